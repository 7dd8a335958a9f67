"""The error model, in prose.

A *failure* (`core.types.Failure`) is data: a judge could not give a verdict on one pair, and the run goes on.
An *error* stops the command: wrong use or wrong input. Every error a user can cause is a `TwinlensError`
with a one-line message that names the file, what was found, what was expected and what to do; the command
line prints that line and exits with code 2; with code 1 where a budget ends the command, which goes on when
it is given again. Any other exception is a bug of ours.
"""


class TwinlensError(Exception):
    """Wrong use or input; `str(error)` is one line for people."""

    def __str__(self) -> str:
        return " ".join(super().__str__().split())


class BadPhoto(TwinlensError):
    """A file that cannot be read as a photo."""

    def __init__(self, file: str, found: str, expected: str) -> None:
        self.file, self.found, self.expected = file, found, expected
        super().__init__(f"{file!r}: {found}; expected {expected}")


class BadSpec(TwinlensError):
    """A part named or configured in a way that does not exist."""


class MissingExtra(TwinlensError):
    """A package of an optional extra is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra that is not installed; run: pip install 'twinlens[{extra}]'")


class BadInput(TwinlensError):
    """A table, text or option that is not what the command needs."""

    @classmethod
    def unreadable(cls, file: object, error: Exception, expected: str) -> "BadInput":
        """A file that cannot be opened: an OSError says why, a ValueError that it is no name of a file."""
        why = error.strerror if isinstance(error, OSError) else "no name of a file"
        return cls(f"{str(file)!r}: cannot be read: {why}; expected {expected}")


class Stopped(TwinlensError):
    """What ends a command that goes on when it is given again; what was done until then stays."""


class BudgetSpent(Stopped):
    """The calls or tokens that a command may cost are used up."""


class ServerLost(Stopped):
    """A server that judges is not there: all further calls would fail alike."""
