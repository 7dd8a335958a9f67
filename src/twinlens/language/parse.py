"""The only reader of expert and model text: any text becomes a `Reading` or a `Failure`, in linear time.

A line `<Region> <Aspect>: Image A (Left) …, while Image B (Right) ….` gives one claim for every region
and aspect it names, all with the line as text and the side it favours. Prose without headings is read
sentence by sentence. What favours neither side is "same" where the line calls both alike or weighs one
against the other; a line that tells nothing of which side is better is left out. Answers are never guessed
from claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from twinlens.core.types import Claim, Failure, Favours, Reading, Side
from twinlens.language.answer import last_answer, without_answers
from twinlens.language.comparison import LONGEST, lean
from twinlens.language.lexicon import FALSE_STARTS
from twinlens.language.region_aspect import names_region, split, topics
from twinlens.language.side_mentions import find

MOST_STATEMENTS = 400
"""Statements read of one text; no honest rationale comes near."""

_LONGEST = 200_000
_TAG = re.compile(
    r"</?\s{0,3}(?:think|thinking|analysis|reasoning|answer|rationale|output)\s{0,3}>", re.IGNORECASE
)
_LEAD = re.compile(r"[\s>|]*(?:#{1,6}\s+|[-*•·–—+]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z][.)]\s+)?\s*")
_MARKUP = re.compile(r"\*{1,3}|__|`|^#+\s*|\[(?=\w+\]\s?:)|(?<=\w)\](?=\s?:)")
_SENTENCE = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?<!etc\.)[\"')]?\s+(?=[A-Z\"'(“])")
_REFUSAL = re.compile(
    r"(?i)\b(?:i(?:['’]m| am) (?:very |really |so )?sorry|i apologi[sz]e|sorry, (?:but )?i)\b"
    r"|\bi(?: am|['’]m)? ?(?:can['’]?t|cannot|can not|won['’]t|unable to|not able to|must decline)\b"
    r"|\bas an ai\b|\bunable to (?:view|see|access|assist|process|compare|comply)"
)


def read(text: str, *, sides: tuple[Side, Side] = ("a", "b")) -> Reading | Failure:
    """What a text says; a failure of kind "refused" or "unreadable" where it holds neither answer nor claim.

    `sides` are the sides of the pair that the text calls first (A, left) and second (B, right).

    >>> read("Hair Noise: Image A is noisier than Image B.\\n<answer>B</answer>").answer
    'b'
    >>> read("Let me look at the images.").kind
    'unreadable'
    """
    answer = _to_pair(last_answer(text), sides)
    claims = tuple(
        Claim(line, region, aspect, _to_pair(favours, sides) or "same")
        for line, regions, favours, aspects in _statements(text)
        for region in regions
        for aspect in aspects
    )
    if answer is not None or claims:
        return Reading(answer, claims)
    if _REFUSAL.search(text):
        return Failure("refused", "the text declines to compare the images", text)
    found = "an empty text" if not text.strip() else f"{len(text)} characters without an answer or a claim"
    return Failure(
        "unreadable", f"{found}; expected statements about Image A and Image B, and <answer>A</answer>", text
    )


def _to_pair(favours: Favours | None, sides: tuple[Side, Side]) -> Favours | None:
    return sides[0] if favours == "a" else sides[1] if favours == "b" else favours


def _statements(text: str) -> Iterator[tuple[str, tuple[str, ...], Favours, tuple[str, ...]]]:
    """Each statement that favours a side or calls both alike: line, regions, favours, aspects."""
    for count, (line, heading, body, subject) in enumerate(_lines(text)):
        if count >= MOST_STATEMENTS:
            return
        body = body[:LONGEST]
        regions, aspects = topics(heading, body)
        if not heading and (FALSE_STARTS.match(body) or body.rstrip("\"')*_ ").endswith("?")):
            continue
        favours = lean(body, about=aspects[0] if heading else "", subject=subject)
        if favours is not None:
            yield line, regions, favours, aspects


def _lines(text: str) -> Iterator[tuple[str, str, str, Side | None]]:
    """Statements as (line, heading, body, side spoken of): headed lines whole, other lines by sentence.

    A heading alone on its line heads lines below that open with a side, joined to one statement, and lends
    its region to headed lines below that name none; a side alone on its line ("Image A:") is what the
    headed lines below speak of.
    """
    above, joined = "", list[str]()
    subject: Side | None = None
    for raw in (*_rows(_TAG.sub("\n", without_answers(text[:_LONGEST])).splitlines()), ""):
        line = _MARKUP.sub("", _LEAD.sub("", raw.strip(), count=1)).strip()
        heading, body = split(line) if line else ("", "")
        mentions = find(line[:60])
        if above and line and not heading and mentions and mentions[0].start <= 12:
            joined.append(line)
            continue
        if joined:
            yield f"{above}: {' '.join(joined)}", above, " ; ".join(joined), None
            above, joined = "", []
        if not line:
            subject = None
        elif _heads(raw, line, heading, body):
            above, subject = line.rstrip(": "), None
        elif mentions and mentions[0].side in ("a", "b") and not line[mentions[0].end :].strip(" :.*"):
            subject = "a" if mentions[0].side == "a" else "b"
        elif heading:
            above = "" if names_region(heading) else above
            yield line, f"{above} {heading}".strip(), body, subject
        else:
            above = ""
            yield from (
                (sentence, "", sentence, subject) for sentence in _SENTENCE.split(line, MOST_STATEMENTS)
            )


def _rows(lines: list[str]) -> Iterator[str]:
    """The lines, rows of a table with a column for each image written out as statements."""
    columns: tuple[int, int] | None = None
    for line in lines:
        cells = (
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            if line.lstrip().startswith("|")
            else []
        )
        if len(cells) < 3:
            columns = None
            yield line
            continue
        sides = [found[0].side if len(found := find(cell[:40])) == 1 else "" for cell in cells]
        if sides.count("a") == sides.count("b") == 1 and not sides[0]:
            columns = (sides.index("a"), sides.index("b"))
        elif columns and max(columns) < len(cells) and cells[0].strip(":- "):
            yield f"{cells[0].rstrip(':')}: Image A {cells[columns[0]]}; Image B {cells[columns[1]]}"
        elif columns is None:
            yield line


def _heads(raw: str, line: str, heading: str, body: str) -> bool:
    """Whether a line is a heading with nothing after it."""
    if heading and not body.strip():
        return True
    marked = raw.lstrip().startswith(("#", "**"))
    return marked and len(line) <= 80 and not find(line) and bool(split(f"{line}: x")[0])
