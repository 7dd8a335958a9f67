"""A verdict on the terminal: which is better, how sure, and the reasons with what the pixels say of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from twinlens.cli.terminal import words
from twinlens.core.types import Choice, Claim, Evidence, Grounding, Photo, Side, Verdict
from twinlens.report.page import headline, original_lines, parts, probability_phrase, towards, unfamiliar
from twinlens.report.template import number, steps

if TYPE_CHECKING:
    from rich.console import Console

MARKS: dict[Grounding, tuple[str, str, str]] = {
    "supported": ("✓", "supported", "green"),
    "contradicted": ("✗", "contradicted", "bold red"),
    "opinion": ("◇", "opinion", "dim"),
    "unmeasured": ("○", "not measured", "dim"),
}
SIDES = {"a": ("A", "bold cyan"), "b": ("B", "bold yellow"), "same": ("=", "dim")}
REACH = 5
"""Marks on either side of the middle of a gauge; each stands for two JNDs."""


def show_verdict(verdict: Verdict, console: Console) -> None:
    """Print a verdict."""
    console.print()
    console.print(_headline(verdict))
    for line in original_lines(verdict):
        console.print(words(line))
    console.print()
    sides: tuple[tuple[Side, Photo], ...] = (("a", verdict.pair.a), ("b", verdict.pair.b))
    for side, photo in sides:
        name, style = SIDES[side]
        console.print(Text(name, style), words(photo.file), Text(f"{photo.width} × {photo.height}", "dim"))
    show_claims(verdict.claims, console, choice=verdict.choice)
    for note in _notes(verdict):
        console.print(Padding(words(note, "dim"), (0, 0, 0, 2)))
    console.print(words(f"judge {verdict.judge}, {verdict.seconds:.1f} s", "dim"))


def show_claims(
    claims: tuple[Claim, ...], console: Console, checked: bool = True, choice: Choice = "tie"
) -> None:
    """Print claims as a table, a statement a row; where they were `checked`, with what the pixels say.

    Where some are against the choice, those for it and those against it are set apart.
    """
    console.print()
    if not claims:
        console.print(Text("No reasons were given.", "dim"))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), header_style="dim")
    table.add_column("where, what", no_wrap=True, max_width=22)
    table.add_column("for", width=3)
    table.add_column("reason", ratio=1)
    if checked:
        table.add_column("the pixels", no_wrap=True)
    for heading, part in parts(claims, choice):
        if heading:
            table.add_row(Text(heading, "bold"))
        for _, together in groupby(part, key=lambda claim: claim.text):
            table.add_row(*_row(list(together), checked))
    console.print(table)
    if checked:
        counts = Counter(claim.grounding for claim in claims)
        summary = ", ".join(f"{counts[kind]} {word}" for kind, (_, word, _) in MARKS.items() if counts[kind])
        console.print(Text(f"Checked against the pixels: {summary}.", "dim"))


def _row(claims: list[Claim], checked: bool) -> list[Text]:
    """The cells of the claims that one statement makes."""
    where = [Text(" ").join([words(claim.region, "bold"), words(claim.aspect)]) for claim in claims]
    sides = [Text(*SIDES[claim.favours]) for claim in claims]
    heading = f"{claims[0].region} {claims[0].aspect}: ".title()
    cells = [where, sides, [words(claims[0].text.removeprefix(heading))]]
    if checked:
        pieces = dict.fromkeys(strongest(claim.evidence) for claim in claims)
        cells[2] += [_gauge(piece) for piece in pieces if piece is not None]
        marks = (MARKS[claim.grounding] for claim in claims)
        cells.append([Text(f"{mark} {word}", style) for mark, word, style in marks])
    return [Text("\n").join(cell) for cell in cells]


def _headline(verdict: Verdict) -> Text:
    style = SIDES[verdict.choice][1] if verdict.choice != "tie" else "bold"
    line, word, percent = (
        Text(headline(verdict), style),
        certainty(verdict.confidence),
        probability_phrase(verdict),
    )
    if word and percent:
        line.append(f", {word}", "not bold")
    if percent:
        line.append(f": {percent}", "none")
    label = unfamiliar(verdict.familiar, verdict.choice)
    return line.append(f" ({label})", "not bold yellow") if label else line


def certainty(confidence: float) -> str:
    """A probability from 0.5 to 1 in words; none below 0.55."""
    words = {0.95: "almost surely", 0.8: "quite surely", 0.65: "probably", 0.55: "perhaps"}
    return next((word for least, word in words.items() if confidence >= least), "")


def strongest(evidence: Iterable[Evidence]) -> Evidence | None:
    """The piece of evidence with the largest difference, in JNDs."""
    return max(evidence, key=lambda piece: piece.steps if piece.steps == piece.steps else -1.0, default=None)


def _gauge(piece: Evidence) -> Text:
    """A bar towards the better side, then the metric and both numbers."""
    side = towards(piece)
    filled = min(REACH, max(1, round(min(piece.steps, 99.0) / 2))) if piece.steps > 0 else 0
    left, right = (filled if side == "a" else 0), (filled if side == "b" else 0)
    bar = Text("─" * (REACH - left), "dim").append("━" * left, "cyan").append("┼", "dim")
    bar.append("━" * right, "yellow").append("─" * (REACH - right), "dim")
    name = piece.metric.replace("_", " ")
    values = f"{name} {number(piece.a)} : {number(piece.b)} {piece.unit}, {steps(piece.steps)} JND"
    return bar.append(" ").append_text(words(values, "dim"))


def _notes(verdict: Verdict) -> list[str]:
    notes = list(verdict.notes)
    if verdict.self_contradicting:
        notes.append("The reasons, taken together, argue against the choice.")
    for name, photo in (("A", verdict.pair.a), ("B", verdict.pair.b)):
        notes += [f"{name}: {note}" for note in photo.notes]
    return [f"· {note}" for note in notes]
