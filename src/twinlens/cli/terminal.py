"""Output for people and for programs.

What files and models say is data: it goes to the terminal as plain text, never as markup, and with no control
character. JSON goes out as UTF-8 whatever the terminal's encoding is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any

from twinlens.core import contracts
from twinlens.core.plain_text import plain as plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid
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


def grid(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> Grid:
    """A table for people: words to the left (l), of which only a last column wraps, numbers to the right (r).

    By default the first column holds words, the others numbers.
    """
    from rich.table import Table as Grid

    made = Grid(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    for at, (name, letter) in enumerate(zip(head, align or f"l{'r' * (len(head) - 1)}", strict=True), 1):
        wraps = at == len(head) and letter == "l"
        made.add_column(words(name), justify="left" if letter == "l" else "right", no_wrap=not wraps)
    for row in rows:
        made.add_row(*map(words, row))
    return made


def write(text: str) -> None:
    """Text for a file or a program, as UTF-8 and as it is."""
    sys.stdout.flush()
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        sys.stdout.write(text)
        return
    raw.write(text.encode("utf-8"))
    raw.flush()


def emit(made: Any) -> None:
    """One JSON object on a line of standard output, UTF-8."""
    write(contracts.line(made) + "\n")


def complain(line: str) -> None:
    """One line on standard error."""
    print(f"twinlens: {plain(line)}", file=sys.stderr)


@contextmanager
def apart() -> Iterator[None]:
    """What a judge prints, below Python too, goes to standard error: it is no part of the output."""
    from twinlens.imaging.silence import redirected

    sys.stdout.flush()
    with redirected(1, 2), redirect_stdout(sys.stderr):
        yield
        with suppress(AttributeError, ValueError):  # there may be none, or the judge closed it
            sys.__stdout__.flush()  # type: ignore[union-attr]


def say_what_leaves(judge: str | None) -> None:
    """One line on standard error on what a judge sends where; none where nothing leaves this machine."""
    from twinlens.judges.destinations import notice

    if judge and (leaves := notice(judge)):
        complain(leaves)
