"""Output for people and for programs.

What files and models say is data: it goes to the terminal as plain text, never as markup, and with no control
character. JSON goes out as UTF-8 whatever the terminal's encoding is.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from twinlens.core import contracts
from twinlens.core.plain_text import plain as plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDEST = 110
"""Columns that the output for people uses at most."""
_GLUE = "\ue000"
"""Stands, while lines are broken, for a blank that none may be broken at; of private use in Unicode."""
_BESIDE_DIGIT = re.compile(r"(?<=\d) | (?=\d)|(?<=\d %) ")


def words(text: str, style: str = "") -> Text:
    """Foreign text for rich: no markup, no control character."""
    from rich.text import Text

    return Text(plain(text), style=style)


def wrapped(text: Text, console: Console, width: int) -> list[Text]:
    """The lines of a text; a number stays on one line with its unit and its sign."""
    whole = text.copy()
    whole.plain = _BESIDE_DIGIT.sub(_GLUE, text.plain)
    lines = list(whole.wrap(console, width))
    for line in lines:
        line.plain = line.plain.replace(_GLUE, " ")
    return lines


def show(text: Text, console: Console, bullet: str = "") -> None:
    """Print a text, its lines beside a bullet."""
    for at, line in enumerate(wrapped(text, console, console.width - len(bullet))):
        console.print(" " * len(bullet) if at else bullet, line, sep="")


def console() -> Console:
    """Where the output for people goes."""
    from rich.console import Console

    made = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    made.width = min(made.width, WIDEST)
    return made


def emit(made: Any) -> None:
    """One JSON object on a line of standard output, UTF-8."""
    line = contracts.line(made) + "\n"
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        sys.stdout.write(line)
        return
    sys.stdout.flush()
    raw.write(line.encode("utf-8"))
    raw.flush()


def complain(line: str) -> None:
    """One line on standard error."""
    print(f"twinlens: {plain(line)}", file=sys.stderr)
