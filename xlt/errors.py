"""The errors that a user can mend. The command line alone turns them into exit codes."""

from collections.abc import Mapping


class XltError(Exception):
    """Bad input or wrong usage: one sentence that says what, where, and how to mend it (exit status 2)."""


class SchemaError(XltError):
    """A table does not have the columns or types that its kind demands."""


class OptionError(XltError):
    """An option has a value that cannot be. It speaks of options by the names of their fields; see :meth:`named`."""

    def __init__(self, option: str, text: str, other: str = "", value: object = None) -> None:
        """``text`` may speak of another option as ``{option}``, of a value as ``{value}``; of more by field name."""
        self.option, self.text, self.other, self.value = option, text, other, value
        super().__init__(self.named({}))

    def named(self, flags: Mapping[str, str]) -> str:
        """The sentence with the names that the options have elsewhere, such as ``--csls-k`` on a command line."""
        names = _Names(flags)
        own = _Names({**flags, "option": names[self.other], "value": self.value})
        return f"{names[self.option]} {self.text.format_map(own) if self.other else self.text}"


class _Names(dict[str, object]):
    # What has no other name goes by its own.
    def __missing__(self, name: str) -> str:
        return name


class OutputExistsError(XltError):
    """The output is already there and ``--force`` was not given."""


class OfflineError(XltError):
    """A download is needed, but the network is forbidden or cannot be reached."""


def how_to_install(extra: str) -> str:
    """What to type for the packages of an extra, with xlt out of an index or in a clone."""
    return f"pip install 'xlt[{extra}]', or in a clone pip install -e '.[{extra}]'"


class MissingExtraError(XltError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs the package {package}: {how_to_install(extra)}")


class FailedRunError(XltError):
    """A run that cannot go on although its input was sound, such as one whose loss is no number (exit status 1)."""


class StoppedError(Exception):
    """A run was asked to stop by a signal, and what was done is kept for a resume (exit status 128 and the signal)."""

    def __init__(self, signum: int, message: str) -> None:
        super().__init__(message)
        self.signum = signum
