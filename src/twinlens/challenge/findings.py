"""The rules of a competition bundle by name, and what they find; a rule is a function of the bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from twinlens.core.errors import TwinlensError

if TYPE_CHECKING:
    from twinlens.challenge.opened import Opened

Status = Literal["ok", "error", "warning", "skipped"]


@dataclass(frozen=True)
class Finding:
    """What a rule says: its status, the place, what was found, what was expected and what to do."""

    rule: str
    status: Status
    where: str
    what: str


@dataclass(frozen=True)
class Problem:
    """Something against a rule; a warning where the server takes the bundle all the same."""

    where: str
    what: str
    warning: bool = False


class NotLookedAt(Exception):
    """A rule has nothing to look at, because another one is broken; `str` says what is missing."""


Check = Callable[["Opened"], Iterator[Problem]]


@dataclass(frozen=True)
class Rule:
    """A rule: its name, and what holds where nothing is against it."""

    name: str
    holds: str
    check: Check

    def findings(self, bundle: Opened) -> list[Finding]:
        """The problems of a bundle by this rule, or one that says it holds."""
        made: list[Finding] = []
        try:
            for one in self.check(bundle):
                made.append(Finding(self.name, "warning" if one.warning else "error", one.where, one.what))
        except NotLookedAt as error:
            made.append(Finding(self.name, "skipped", "", f"not looked at: {error}"))
        except TwinlensError as error:
            made.append(Finding(self.name, "error", bundle.file, str(error)))
        return made or [Finding(self.name, "ok", "", self.holds)]


RULES: list[Rule] = []
"""All rules, in the order they are looked at."""


def rule(name: str, holds: str) -> Callable[[Check], Check]:
    """Makes a function a rule."""

    def added(check: Check) -> Check:
        RULES.append(Rule(name, holds, check))
        return check

    return added
