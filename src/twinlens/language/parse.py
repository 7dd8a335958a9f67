"""The only reader of expert and model text: any text becomes a `Reading` or a `Failure`, in linear time.

A line `<Region> <Aspect>: Image A (Left) …, while Image B (Right) ….` gives one claim for every region
and aspect it names, all with the line as text and the side it favours. Prose without headings is read
sentence by sentence, and gives one claim for each respect in which a sentence compares. What favours
neither side is "same" where the text calls both equal or weighs one against the other; what does not say
which side is better is left out. JSON is read value by value, Chinese by the words of `chinese.toml`.
Answers are never guessed from claims.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from twinlens.core.types import Claim, Failure, Favours, Reading, Side
from twinlens.language.answer import bare_side, last_answer, without_answers
from twinlens.language.chinese import english
from twinlens.language.comparison import LONGEST, tokens
from twinlens.language.json_text import unwrapped
from twinlens.language.lexicon import ENGLISH, Lexicon
from twinlens.language.polarity import polarity
from twinlens.language.propositions import propositions
from twinlens.language.region_aspect import split_heading, topic
from twinlens.language.sentences import headed, sentences
from twinlens.language.side_mentions import Mention, mentions

MOST_STATEMENTS = 400
"""Statements read of one text; no honest rationale comes near."""

_LONGEST = 200_000
_TAG = re.compile(
    r"</?\s{0,3}(?:think|thinking|analysis|reasoning|answer|rationale|output)\s{0,3}>|<\|[a-z_]{1,30}\|>",
    re.IGNORECASE,
)
_BARE = {"a": "Image A is {}", "b": "Image B is {}", "same": "Both images are equal"}
_LEAD = re.compile(r"[\s>|]*(?:#{1,6}\s+|[-*•·–—+]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z][.)]\s+)?\s*")
_MARKUP = re.compile(r"\*{1,3}|__|`|^#+\s*|\[(?=\w+\]\s?:)|(?<=\w)\](?=\s?:)")
_REFUSAL = re.compile(
    r"(?i)\b(?:i(?:['’]m| am) (?:very |really |so )?sorry|i apologi[sz]e|sorry, (?:but )?i)\b"
    r"|\bi(?: am|['’]m)? ?(?:can['’]?t|cannot|can not|won['’]t|unable to|not able to|must decline)\b"
    r"|\bas an ai\b|\bunable to (?:view|see|access|assist|process|compare|comply)"
)


def read(
    text: str, *, sides: tuple[Side, Side] = ("a", "b"), lexicon: Lexicon = ENGLISH
) -> Reading | Failure:
    """What a text says; a failure of kind "refused" or "unreadable" where it holds neither answer nor claim.

    `sides` are the sides of the pair that the text calls first (A, left) and second (B, right).

    >>> read("Hair Noise: Image A is noisier than Image B.\\n<answer>B</answer>").answer
    'b'
    >>> read("Let me look at the images.").kind
    'unreadable'
    """
    of_pair: dict[Favours | None, Favours] = {"a": sides[0], "b": sides[1], "same": "same"}
    answer = of_pair.get(last_answer(text, lexicon))
    claims = tuple(
        replace(claim, favours=of_pair[claim.favours])
        for claim in _statements(unwrapped(text[:_LONGEST]), lexicon)
    )
    if answer is not None or claims:
        return Reading(answer, claims)
    if _REFUSAL.search(text):
        return Failure("refused", "the text declines to compare the images", text)
    what = "an empty text" if not text.strip() else f"{len(text)} characters without an answer or a claim"
    expected = "expected statements about Image A and Image B, and <answer>A</answer>"
    return Failure("unreadable", f"{what}; {expected}", text)


def read_answer(text: str, lexicon: Lexicon = ENGLISH) -> Reading | Failure:
    """What a text says, as `read` gives it; a failure also where it gives no answer.

    >>> read_answer("Hair Noise: Image A is noisier than Image B.").detail
    '1 claims and no answer; expected <answer>A</answer> or <answer>B</answer>'
    """
    reading = read(text, lexicon=lexicon)
    if isinstance(reading, Reading) and reading.answer is None:
        what = f"{len(reading.claims)} claims and no answer"
        return Failure("unreadable", f"{what}; expected <answer>A</answer> or <answer>B</answer>", text)
    return reading


def _statements(text: str, lexicon: Lexicon) -> Iterator[Claim]:
    """What each statement claims."""
    for line, heading, body, subject in islice(_lines(text, lexicon), MOST_STATEMENTS):
        if not heading and (lexicon.preamble.match(body) or body.rstrip("\"')*_ ").endswith("?")):
            continue
        bare = bare_side(body) if heading and not body.strip(" .").isdigit() else None
        one_is = "worse" if bare and _asks_for_the_worse(heading, lexicon) else "better"
        stated = propositions(heading, _BARE[bare].format(one_is) if bare else body, subject, lexicon)
        for region, aspect, favours in stated:
            yield Claim(line, region, aspect, favours)


def _asks_for_the_worse(heading: str, lexicon: Lexicon) -> bool:
    """Whether the side under a heading is the worse: "Noisier: A", "More noise: A", and not "Noise: A"."""
    words = tokens(heading, lexicon)
    bad, more = lexicon.words["negative"], lexicon.words["increasers"]
    graded = any(word.endswith(("ier", "iest")) or word in bad or word in more for word in words)
    return graded and sum(value for value, _ in polarity(words, lexicon=lexicon)[0]) < 0


def _lines(text: str, lexicon: Lexicon) -> Iterator[tuple[str, str, str, Side | None]]:
    """Statements as (line, heading, body, side spoken of): headed lines whole, other lines by sentence.

    A heading with nothing after it heads the lines below that open with a side, joined to one statement, and
    lends its region to headed lines below that name none; a side with nothing after it ("Image A:") is what
    the headed lines below speak of.
    """
    above, joined = "", list[str]()
    subject: Side | None = None
    for raw in (*_rows(_TAG.sub("\n", without_answers(text)).splitlines()), ""):
        line = _MARKUP.sub("", _LEAD.sub("", raw.strip(), count=1)).strip()
        plain = english(line[:LONGEST])
        heading, body = split_heading(plain, lexicon) if line else ("", "")
        first = next(iter(mentions(plain[:60])), None)
        if above and line and not heading and first is not None and first.start <= 12:
            joined.append(line)
            continue
        if joined:
            yield f"{above}: {' '.join(joined)}", above, english(" ; ".join(joined)[:LONGEST]), None
            above, joined = "", []
        if not line:
            subject = None
        elif _is_heading(raw, plain, heading, body, lexicon):
            above, subject = plain.rstrip(": "), None
        elif not heading and first is not None and _heads(plain, first):
            subject = "a" if first.side == "a" else "b"
        elif heading:
            above = "" if topic(heading, lexicon)[0] else above
            for part, head, said in headed(line, f"{above} {heading}".strip(), body, lexicon):
                yield part, head, said, subject
        else:
            above = ""
            for sentence in sentences(line):
                yield sentence, *split_heading(english(sentence[:LONGEST]), lexicon), subject


def _rows(lines: list[str]) -> Iterator[str]:
    """The lines, rows of a table with a column for each image written out as statements."""
    columns: tuple[int, int] | None = None
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) < 3 or not line.lstrip().startswith("|"):
            columns = None
            yield line
            continue
        sides = [named[0].side if len(named := mentions(cell[:40])) == 1 else "" for cell in cells]
        if sides.count("a") == sides.count("b") == 1 and not sides[0]:
            columns = (sides.index("a"), sides.index("b"))
        elif columns and max(columns) < len(cells) and cells[0].strip(":- "):
            yield f"{cells[0].rstrip(':')}: Image A {cells[columns[0]]}; Image B {cells[columns[1]]}"
        elif columns is None:
            yield line


def _heads(line: str, first: Mention) -> bool:
    """Whether a line is nothing but the name of a side, which the lines below speak of."""
    before, after = line[: first.start], line[first.end :]
    return first.side in ("a", "b") and len(before) <= 14 and ":" not in before and not after.strip(" :.*")


def _is_heading(raw: str, line: str, heading: str, body: str, lexicon: Lexicon) -> bool:
    """Whether a line is a heading with nothing after it."""
    marked = raw.lstrip().startswith(("#", "**")) and len(line) <= 80 and not mentions(line)
    return bool(heading and not body.strip()) or (marked and bool(split_heading(f"{line}: x", lexicon)[0]))
