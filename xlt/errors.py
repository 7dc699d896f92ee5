"""The errors that a user can mend. The command line alone turns them into exit codes."""

from collections.abc import Callable, Mapping, Sequence


class XltError(Exception):
    """Bad input or wrong usage: one sentence that says what, where, and how to mend it (exit status 2)."""

    def named(self, flags: Mapping[str, str]) -> str:
        """The sentence with the names that options have elsewhere, such as ``--csls-k`` on a command line."""
        del flags
        return str(self)


class SchemaError(XltError):
    """A table does not have the columns or types that its kind demands."""


class OptionError(XltError):
    """An option has a value that cannot be. It speaks of options by the names of their fields; see :meth:`named`."""

    def __init__(self, option: str, text: str, other: str = "", value: object = None) -> None:
        """``text`` may speak of another option as ``{option}``, of a value as ``{value}``; of more by field name."""
        self.option, self.text, self.other, self.value = option, text, other, value
        super().__init__(self.named({}))

    def named(self, flags: Mapping[str, str]) -> str:
        """The sentence with the names that the options have elsewhere."""
        names = _Names(flags)
        own = _Names({**flags, "option": names[self.other], "value": self.value})
        return f"{names[self.option]} {self.text.format_map(own) if self.other else self.text}"


class _Names(dict[str, object]):
    # What has no other name goes by its own.
    def __missing__(self, name: str) -> str:
        return name


class SeveralFaultsError(XltError):
    """Faults that were looked for together: all of them in one line."""

    def __init__(self, errors: Sequence[XltError]) -> None:
        flat = (inner for error in errors for inner in getattr(error, "errors", [error]))
        self.errors: tuple[XltError, ...] = tuple(flat)
        super().__init__(self.named({}))

    def named(self, flags: Mapping[str, str]) -> str:
        """The sentences, each with the names that the options have elsewhere."""
        missing = [error for error in self.errors if isinstance(error, NotFetchedError)]
        texts = [error.named(flags) for error in self.errors if not isinstance(error, NotFetchedError)]
        return "; and ".join(dict.fromkeys([*texts, *([not_fetched(missing)] if missing else [])]))


def check_all(*checks: Callable[[], object]) -> None:
    """Make all checks, so that whoever has made two mistakes hears of both at once.

    Raises:
        XltError: that of the check that failed, or those of several in one.
    """
    errors: dict[str, XltError] = {}
    for check in checks:
        try:
            check()
        except XltError as error:
            errors.setdefault(str(error), error)
    if errors:
        first, *others = errors.values()
        raise SeveralFaultsError([first, *others]) if others else first


class OutputExistsError(XltError):
    """The output is already there and ``--force`` was not given."""


class OfflineError(XltError):
    """A download is needed, but the network is forbidden or cannot be reached."""


# Without -f iconv takes a file for what the machine writes, which is UTF-8 nearly everywhere, and refuses it as well.
TO_UTF8 = "convert the file with iconv -f ENCODING -t UTF-8, ENCODING being LATIN1 or UTF-16, say"


def how_to_install(extra: str) -> str:
    """What to type for the packages of an extra, with xlt out of an index or in a clone."""
    return f"pip install 'xlt[{extra}]', or in a clone pip install -e '.[{extra}]'"


class NotFetchedError(OfflineError):
    """A download is needed, but a variable forbids the network.

    Args:
        what: the file.
        reason: the variable and its value.
        remedy: what to do instead.
        another: another way, which may be the same for several files and is told once.
    """

    def __init__(self, what: str, reason: str, remedy: str, another: str = "") -> None:
        self.what, self.reason, self.remedy, self.another = what, reason, remedy, another
        super().__init__(not_fetched([self]))


def not_fetched(errors: Sequence[NotFetchedError]) -> str:
    """One sentence for files that are to be put in their places by hand."""
    names = list(dict.fromkeys(error.what for error in errors))
    remedies = "; ".join(dict.fromkeys(error.remedy for error in errors))
    others = "".join(dict.fromkeys(f", or {error.another}" for error in errors if error.another))
    verb = "is" if len(names) == 1 else "are"
    return f"{', '.join(names)} {verb} not in the cache, and {errors[0].reason} forbids the network; {remedies}{others}"


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
