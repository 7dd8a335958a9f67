"""A verdict on the terminal, for people."""

from __future__ import annotations

import dataclasses
import io
import math
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from twinlens.cli.verdict import BAR, certainty, show_claims, show_verdict
from twinlens.core.types import Claim, Evidence, Pair, Photo, Verdict
from twinlens.judgement.evidence import evidence_of
from twinlens.judgement.explanation import Reason, closing, for_and_against
from twinlens.judgement.grounding import ground

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


def shown(said: Verdict, width: int = 80, numbers: bool = False, **options: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False, emoji=False, **options)
    show_verdict(said, console, numbers)
    return out.getvalue()


def explained(*pieces: Evidence) -> Verdict:
    """A verdict with the reasons that our judges make of evidence, checked against all of it."""
    reasons = [Reason(piece, piece.steps if piece.says == "a" else -piece.steps) for piece in pieces[:1]]
    return verdict(claims=ground(for_and_against(reasons, "a", None), pieces), notes=())  # type: ignore[arg-type]


NOISY = evidence_of("noise", "face", 0.0, 8.2)
SOFT = evidence_of("sharpness", "global", 60.0, 30.0)


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


@pytest.mark.parametrize(("p", "filled"), [(0.5, 0), (0.75, BAR // 2), (0.9, round(0.8 * BAR)), (1.0, BAR)])
def test_the_bar_of_confidence_is_empty_at_a_coin_toss_and_full_at_certainty(p: float, filled: int) -> None:
    (line,) = [line for line in shown(verdict(p_a=p)).splitlines() if line.endswith(" certain")]
    assert (line.count("━"), line.count("─")) == (filled, BAR - filled)
    assert line.startswith("coin toss ")
    assert "coin toss ━" not in shown(verdict(choice="tie"))


def test_every_claim_is_shown_with_what_the_pixels_say() -> None:
    text = " ".join(shown(verdict(), 110).split())
    for part in (
        "✓ eyes sharpness A A keeps the lashes; B has none. the pixels: on the face B looks flat (37 % less",
        "✗ background noise B B's sky has less grain. against it: on the face B looks flat",
        "○ color = Both look alike in colour. not measured",
        "✓ 1 supported, ✗ 1 contradicted, ○ 1 not measured",
    ):
        assert part in text


def test_a_reason_of_ours_says_once_what_is_seen_and_by_how_much() -> None:
    text = shown(explained(NOISY))
    assert "✓ face noise A  B shows more noise (grain of 8.2 of 255 levels)" in text
    assert text.count("noise") == 2
    assert "half as much fine detail" in shown(explained(SOFT))


def test_what_was_measured_is_shown_in_units_and_jnds_where_it_is_wanted() -> None:
    for said, measured in (
        (verdict(), "local contrast 61 : 38.54 code values, 6.2 JND"),
        (explained(NOISY), "noise 0 : 8.2 code values, 6.1 JND"),
    ):
        assert not {"JND", "code"} & set(shown(said).replace(",", " ").split())
        assert measured in " ".join(shown(said, numbers=True).split())


def test_evidence_that_speaks_against_a_supported_claim_stands_beside_it_as_such() -> None:
    blocks, bleeding = (
        evidence_of("blocking", "face", 0.0, 3.0),
        evidence_of("color_bleeding", "face", 40.0, 0.0),
    )
    text = " ".join(shown(explained(blocks, bleeding), 110).split())
    assert "✓ face artifacts A B shows 8 x 8 block artifacts (steps of 3 of 255 levels)" in text
    assert ") against it: A lets colours bleed over borders (40 % of the colour detail lost)" in text
    ours = dataclasses.replace(CLAIMS[0], evidence=(SHARP, dataclasses.replace(SHARP, a=30.0, says="b")))
    text = " ".join(shown(verdict(claims=(ours,)), 110).split())
    assert (
        "the pixels: on the face B looks flat (37 % less contrast) against it: on the face A looks flat"
        in text
    )


def test_an_overall_claim_is_shown_as_an_opinion_and_not_as_supported() -> None:
    overall = Claim("A is better overall.", "global", "quality", "a", None, "opinion")
    text = " ".join(shown(verdict(claims=(*CLAIMS, overall)), 110).split())
    assert "◇ quality A A is better overall." in text
    assert "✓ 1 supported, ✗ 1 contradicted, ◇ 1 opinion, ○ 1 not measured" in text


def test_reasons_for_the_choice_and_against_it_are_set_apart() -> None:
    lines = [" ".join(line.split()) for line in shown(verdict(), 110).splitlines()]
    places = [lines.index(heading) for heading in ("For it", "Against it", "For neither")]
    reasons = [
        next(at for at, line in enumerate(lines) if part in line) for part in ("lashes", "sky", "Both")
    ]
    assert sorted(places + reasons) == [at for both in zip(places, reasons, strict=True) for at in both]
    assert "For it" not in shown(verdict(claims=CLAIMS[:1]))


def test_a_tie_is_said_once_and_a_missing_reason_in_one_place() -> None:
    tie = verdict(choice="tie", p_a=0.5, claims=(closing("tie", identical=True),))
    assert shown(tie).lower().count("no visible difference") == 1
    assert "opinion" not in shown(tie)
    assert "No reason is stated." in shown(verdict(claims=(), evidence=()))
    assert "No reason is stated." not in shown(verdict(claims=(), evidence=(SHARP,))), "its notes say more"


def test_unfamiliar_processing_is_said_beside_the_probability() -> None:
    first = shown(verdict(familiar=0.0), 110).strip().splitlines()[0]
    assert first.endswith("prefer it (unfamiliar processing)")
    assert "unfamiliar" not in shown(verdict(familiar=0.9)) + shown(verdict())


def test_a_statement_of_several_claims_is_shown_once() -> None:
    both = tuple(dataclasses.replace(CLAIMS[0], region=region) for region in ("eyes", "hair"))
    text = shown(verdict(claims=both))
    assert (text.count("keeps the lashes"), text.count("looks flat"), text.count("✓")) == (1, 1, 3)
    assert "✓ eyes sharpness A  A keeps" in text
    assert "\n✓ hair sharpness A  the same" in text


def test_notes_of_the_comparison_and_of_decoding_stand_below() -> None:
    text = shown(verdict(self_contradicting=True))
    assert "· B was moved." in text
    assert "· A: a.jpg was turned" in text
    assert "argue against the choice" in text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_no_line_is_too_wide_and_no_number_is_parted_from_its_unit(width: int) -> None:
    notes = ("Photo A (255x320) was reduced to 75 % of 512 × 512 pixels, by 1.25 px, for the 99 of them.",)
    said = verdict(claims=(*CLAIMS, *explained(NOISY).claims, *explained(SOFT).claims), notes=notes)
    for numbers in (False, True):
        text = shown(said, width, numbers=numbers)
        assert max(map(len, text.splitlines())) <= width
        assert "\x1b" not in text
        for whole in (
            "37 %",
            "8.2 of 255 levels",
            "512 × 512",
            "75 %",
            "1.25 px",
            "87 %",
            "0 : 8.2 code",
            "6.1 JND",
        ):
            assert " ".join(text.split()).count(whole) == text.count(whole), (whole, text)


def test_numbers_that_are_not_finite_are_shown_in_words() -> None:
    odd = dataclasses.replace(SHARP, a=math.nan, b=math.inf, steps=math.inf)
    said = verdict(claims=(dataclasses.replace(CLAIMS[0], evidence=(odd,)),))
    assert "A is better in local contrast" in shown(said, 110)
    assert "not measured : ∞" in shown(said, 110, numbers=True)


def test_evidence_of_a_metric_that_is_not_here_is_shown_by_its_name() -> None:
    odd = dataclasses.replace(SHARP, metric="edge_width")
    said = verdict(claims=(dataclasses.replace(CLAIMS[0], evidence=(odd,)),))
    assert "A is better in edge width" in shown(said, 110)


def test_what_nobody_checked_is_shown_without_marks() -> None:
    out = io.StringIO()
    show_claims(CLAIMS, Console(file=out, width=80), checked=False)
    assert out.getvalue().splitlines()[1] == "eyes sharpness   A  A keeps the lashes; B has none."
    assert not {"✓", "✗", "○"} & set(out.getvalue())


def test_hostile_text_is_shown_and_never_obeyed() -> None:
    bad = "\x1b[2J[red]x[/red]\r\u202egnp.exe\x07"
    a = Photo(bad, "", np.zeros((2, 2, 3), np.uint8), (bad,))
    claims = (dataclasses.replace(CLAIMS[0], text=bad),)
    text = shown(verdict(pair=Pair(bad, a, a), claims=claims, judge=bad, notes=(bad,)), 110)
    assert not {"\x1b", "\r", "\u202e", "\x07"} & set(text)
    assert "[red]x[/red]" in text
