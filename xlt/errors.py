"""The errors that a user can mend. The command line alone turns them into exit codes."""


class XltError(Exception):
    """Bad input or wrong usage: one sentence that says what, where, and how to mend it (exit status 2)."""


class SchemaError(XltError):
    """A table does not have the columns or types that its kind demands."""


class OutputExistsError(XltError):
    """The output is already there and ``--force`` was not given."""


class OfflineError(XltError):
    """A download is needed, but the network is forbidden or cannot be reached."""


class MissingExtraError(XltError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs the package {package}: pip install 'xlt[{extra}]'")
