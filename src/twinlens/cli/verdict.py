"""A verdict on the terminal: which is better, how sure, and the reasons with what the pixels say of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from rich.text import Text

from twinlens.cli.terminal import show, words, wrapped
from twinlens.core.types import OPINION, Choice, Claim, Evidence, Grounding, Photo, Side, Verdict
from twinlens.judgement.explanation import in_words
from twinlens.judgement.grounding import opposes
from twinlens.language.render import short, topic
from twinlens.report.page import (
    beyond_headline,
    headline,
    original_lines,
    parts,
    probability_phrase,
    unfamiliar,
)
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
BAR = 30
"""Characters of the bar of confidence, from a coin toss to certainty."""
NARROW = 60
"""Columns below which a reason stands under what it is about, not beside it."""


def show_verdict(verdict: Verdict, console: Console, numbers: bool = False) -> None:
    """Print a verdict; with `numbers` also what was measured, in units and JNDs."""
    console.print()
    show(_headline(verdict), console)
    if verdict.choice != "tie":
        filled = round((verdict.confidence - 0.5) * 2 * BAR)
        bar = ("━" * filled, SIDES[verdict.choice][1]), ("─" * (BAR - filled), "dim")
        show(Text.assemble(("coin toss ", "dim"), *bar, (" certain", "dim")), console)
    for line in original_lines(verdict):
        show(words(line), console)
    console.print()
    sides: tuple[tuple[Side, Photo], ...] = (("a", verdict.pair.a), ("b", verdict.pair.b))
    for side, photo in sides:
        size = Text(f"{photo.width} × {photo.height}", "dim")
        show(Text("  ").join([Text(*SIDES[side]), words(photo.file), size]), console)
    said = beyond_headline(verdict.claims, verdict.choice)
    if said or not (verdict.evidence or verdict.choice == "tie"):
        show_claims(said, console, choice=verdict.choice, numbers=numbers)
    else:
        console.print()
    for note in _notes(verdict):
        show(words(note, "dim"), console, "  · ")
    show(words(f"judge {verdict.judge}, {verdict.seconds:.1f} s", "dim"), console)


def show_claims(
    claims: tuple[Claim, ...],
    console: Console,
    checked: bool = True,
    choice: Choice = "tie",
    numbers: bool = False,
) -> None:
    """Print claims, a statement at a time; where they were `checked`, with what the pixels say.

    Where some are against the choice, those for it and those against it are set apart.
    """
    console.print()
    if not claims:
        show(Text("No reason is stated.", "dim"), console)
        return
    widest = max(len(topic(claim.region, claim.aspect)) for claim in claims)
    for heading, part in parts(claims, choice):
        if heading:
            show(Text(heading, "bold"), console)
        for _, together in groupby(part, key=lambda claim: claim.text):
            _show_statement(list(together), console, widest, checked, numbers)
    if checked:
        console.print()
        counts = Counter(claim.grounding for claim in claims)
        summary = (f"{mark} {counts[kind]} {word}" for kind, (mark, word, _) in MARKS.items() if counts[kind])
        show(Text(f"Checked against the pixels: {', '.join(summary)}.", "dim"), console)


def _show_statement(claims: list[Claim], console: Console, widest: int, checked: bool, numbers: bool) -> None:
    """Print the claims that one statement makes: each with what is seen beside or below it."""
    beside = console.width >= NARROW
    lead = widest + (6 if checked else 4) if beside else 2
    shown: set[str] = set()
    for claim in claims:
        pieces = dict.fromkeys(
            line for line in (_evidence(claim, numbers) if checked else ()) if line not in shown
        )
        shown.update(pieces)
        said = [words(_seen(claim))] * (claim is claims[0]) + [words(line, "dim") for line in pieces]
        said = said or [words("the same", "dim")] * checked
        right = [line for one in said for line in wrapped(one, console, console.width - lead)]
        about = _about(claim, checked, widest)
        if not beside:
            console.print(about)
        for left, line in zip_longest([about] if beside else [], right, fillvalue=Text()):
            console.print(left, " " * (lead - len(left)), line, sep="")


def _about(claim: Claim, checked: bool, widest: int) -> Text:
    """How a claim stands to the pixels, what it is about, and which photo it favours."""
    mark, _, style = MARKS[claim.grounding]
    about = Text(topic(claim.region, claim.aspect).ljust(widest), "bold")
    shown = [about, Text(*SIDES[claim.favours])]
    return Text(" ").join([Text(mark, style), *shown] if checked else shown)


def _own(claim: Claim) -> Evidence | None:
    """The evidence that a claim was made from, where it bears it out."""
    own = (piece for piece in claim.evidence if piece.metric == claim.metric)
    return next((piece for piece in own if not opposes(piece, claim)), None)


def _seen(claim: Claim) -> str:
    """What is seen: in the words of the metric that a claim was made from, else in its own."""
    own = _own(claim)
    return short(claim.text, claim.region, claim.aspect) if own is None else in_words(own)


def _evidence(claim: Claim, numbers: bool) -> Iterator[str]:
    """The evidence that is not yet said: the strongest for a claim and against it, all with `numbers`."""
    if not claim.evidence and claim.aspect != OPINION:
        yield "not measured"
    noticed = [piece for piece in claim.evidence if piece.says != "same"] or claim.evidence[:1]
    first = {opposes(piece, claim): piece for piece in reversed(noticed)}
    for piece in noticed if numbers else (first[side] for side in sorted(first)):
        said = [] if piece == _own(claim) else [in_words(piece)]
        place = "" if piece.region == claim.region else f"on the {piece.region} "
        if numbers:
            name, values = piece.metric.replace("_", " "), f"{number(piece.a)} : {number(piece.b)}"
            said.append(f"{name} {values} {piece.unit}, {steps(piece.steps)} JND")
        if said:
            yield f"{'against it' if opposes(piece, claim) else 'the pixels'}: {place}{': '.join(said)}"


def _headline(verdict: Verdict) -> Text:
    style = SIDES[verdict.choice][1] if verdict.choice != "tie" else "bold"
    word, percent = certainty(verdict.confidence), probability_phrase(verdict)
    line = Text().append(headline(verdict), style)
    if word and percent:
        line.append(f", {word}", f"{style} not bold")
    if percent:
        line.append(f": {percent}")
    label = unfamiliar(verdict.familiar, verdict.choice)
    return line.append(f" ({label})", "yellow") if label else line


def certainty(confidence: float) -> str:
    """A probability from 0.5 to 1 in words; none below 0.55."""
    words = {0.95: "almost surely", 0.8: "quite surely", 0.65: "probably", 0.55: "perhaps"}
    return next((word for least, word in words.items() if confidence >= least), "")


def _notes(verdict: Verdict) -> list[str]:
    notes = list(verdict.notes)
    if verdict.self_contradicting:
        notes.append("The reasons, taken together, argue against the choice.")
    for name, photo in (("A", verdict.pair.a), ("B", verdict.pair.b)):
        notes += [f"{name}: {note}" for note in photo.notes]
    return notes
