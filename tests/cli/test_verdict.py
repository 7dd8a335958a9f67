"""A verdict on the terminal, for people."""

from __future__ import annotations

import dataclasses
import io
import math
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from twinlens.cli.verdict import certainty, show_verdict, strongest
from twinlens.core.types import Claim, Evidence, Pair, Photo, Verdict

SHARP = Evidence("local_contrast", "face", "sharpness", 61.0, 38.54321, "code values", "higher", "a", 6.2)
QUIET = dataclasses.replace(SHARP, metric="noise", says="same", steps=0.3)
CLAIMS = (
    Claim("A keeps the lashes; B has none.", "eyes", "sharpness", "a", None, "supported", (QUIET, SHARP)),
    Claim("B's sky has less grain.", "background", "noise", "b", None, "contradicted", (SHARP,)),
    Claim("Both look alike in colour.", "global", "color", "same"),
)  # fmt: skip


def verdict(**changes: Any) -> Verdict:
    a, b = (
        Photo(name, "", np.zeros((6, 9, 3), np.uint8), (f"{name} was turned",)) for name in ("a.jpg", "b.jpg")
    )
    made = Verdict(Pair("p", a, b), "measured", "a", 0.87, CLAIMS, "said", notes=("B was moved.",))
    return dataclasses.replace(made, **changes)


def shown(said: Verdict, width: int = 80, **options: Any) -> str:
    out = io.StringIO()
    show_verdict(said, Console(file=out, width=width, highlight=False, markup=False, emoji=False, **options))
    return out.getvalue()


def test_the_headline_says_which_is_better_and_how_sure() -> None:
    first = shown(verdict()).strip().splitlines()[0]
    assert first == "Photo A is better, quite surely: 87 % probability that people prefer it"
    assert "Too close to call" in shown(verdict(p_a=0.52))


def test_no_visible_difference_is_said_of_equal_pixels_only() -> None:
    alike = verdict(choice="tie", p_a=0.5)
    assert "No visible difference" in shown(alike)
    darker = dataclasses.replace(alike.pair.b, pixels=alike.pair.b.pixels + np.uint8(9))
    text = shown(verdict(choice="tie", p_a=0.52, pair=dataclasses.replace(alike.pair, b=darker)))
    assert text.strip().startswith("About as good")


@pytest.mark.parametrize(("p", "word"), [(0.99, "almost surely"), (0.7, "probably"), (0.5, "")])
def test_a_probability_has_a_word(p: float, word: str) -> None:
    assert certainty(p) == word


def test_every_claim_is_shown_with_what_the_pixels_say() -> None:
    text = " ".join(shown(verdict(), 110).split())
    for part in ("eyes sharpness A A keeps the lashes", "✓ supported", "✗ contradicted", "○ not measured"):
        assert part in text
    assert "local contrast 61 : 38.54 code values, 6.2 JND" in text
    assert "1 supported, 1 contradicted, 1 not measured" in text


def test_an_overall_claim_is_shown_as_an_opinion_and_not_as_supported() -> None:
    overall = Claim("A is better overall.", "global", "quality", "a", None, "opinion")
    text = " ".join(shown(verdict(claims=(*CLAIMS, overall)), 110).split())
    assert "A is better overall. ◇ opinion" in text
    assert "1 supported, 1 contradicted, 1 opinion, 1 not measured" in text


def test_reasons_for_the_choice_and_against_it_are_set_apart() -> None:
    lines = [" ".join(line.split()) for line in shown(verdict(), 110).splitlines()]
    places = [lines.index(heading) for heading in ("For it", "Against it", "For neither")]
    reasons = [
        next(at for at, line in enumerate(lines) if part in line) for part in ("lashes", "sky", "Both")
    ]
    assert sorted(places + reasons) == [at for both in zip(places, reasons, strict=True) for at in both]
    assert "For it" not in shown(verdict(claims=CLAIMS[:1]))


def test_unfamiliar_processing_is_said_beside_the_probability() -> None:
    first = shown(verdict(familiar=0.0), 110).strip().splitlines()[0]
    assert first.endswith("prefer it (unfamiliar processing)")
    assert "unfamiliar" not in shown(verdict(familiar=0.9)) + shown(verdict())


def test_a_statement_of_several_claims_is_shown_once() -> None:
    both = tuple(dataclasses.replace(CLAIMS[0], region=region) for region in ("eyes", "hair"))
    text = shown(verdict(claims=both))
    assert (text.count("keeps the lashes"), text.count("✓ supported"), text.count("61 : 38.54")) == (1, 2, 1)


def test_notes_of_the_comparison_and_of_decoding_stand_below() -> None:
    text = shown(verdict(self_contradicting=True))
    assert "· B was moved." in text
    assert "· A: a.jpg was turned" in text
    assert "argue against the choice" in text


@pytest.mark.parametrize("width", [40, 80, 110])
def test_no_line_is_wider_than_the_terminal_and_no_colour_is_needed(width: int) -> None:
    text = shown(verdict(), width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text


def test_the_clearest_number_is_the_one_shown() -> None:
    assert strongest((QUIET, SHARP, dataclasses.replace(SHARP, steps=math.nan))) is SHARP
    assert strongest(()) is None


def test_numbers_that_are_not_finite_are_shown_in_words() -> None:
    odd = dataclasses.replace(SHARP, a=math.nan, b=math.inf, steps=math.inf)
    text = shown(verdict(claims=(dataclasses.replace(CLAIMS[0], evidence=(odd,)),)), 110)
    assert "not measured : ∞" in text


def test_hostile_text_is_shown_and_never_obeyed() -> None:
    bad = "\x1b[2J[red]x[/red]\r\u202egnp.exe\x07"
    a = Photo(bad, "", np.zeros((2, 2, 3), np.uint8), (bad,))
    claims = (dataclasses.replace(CLAIMS[0], text=bad),)
    text = shown(verdict(pair=Pair(bad, a, a), claims=claims, judge=bad, notes=(bad,)), 110)
    assert not {"\x1b", "\r", "\u202e", "\x07"} & set(text)
    assert "[red]x[/red]" in text
