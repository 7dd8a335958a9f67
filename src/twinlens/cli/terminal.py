"""Output for people and for programs.

What files and models say is data: it goes to the terminal as plain text, never as markup, and with no control
character. JSON goes out as UTF-8 whatever the terminal's encoding is.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from twinlens.core import contracts
from twinlens.core.plain_text import plain as plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDEST = 110
"""Columns that the output for people uses at most."""


def words(text: str, style: str = "") -> Text:
    """Foreign text for rich: no markup, no control character."""
    from rich.text import Text

    return Text(plain(text), style=style)


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
