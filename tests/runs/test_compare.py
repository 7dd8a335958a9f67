"""The main path for one pair: bad photos are failures, ties only where allowed, claims grounded."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

from photographs import photo, picture, spoiled
from twinlens.core.catalog import DEFAULT_JUDGE
from twinlens.core.errors import BadSpec
from twinlens.core.types import ASPECTS, REGIONS, Box, Claim, Failure, Favours, Pair, Verdict
from twinlens.features import segmentation
from twinlens.judgement.evidence import measure
from twinlens.judgement.grounding import ground
from twinlens.report.page import page
from twinlens.runs.compare import TOO_CLOSE, compare, compare_pair, grounded

FAVOURS: tuple[Favours, ...] = get_args(Favours)


@dataclass(frozen=True)
class Said:
    """A judge that says what it is made to, with a claim of the side it chooses."""

    p_a: float
    favours: str = "a"

    def judge(self, pair: Pair) -> Verdict | Failure:
        choice = "a" if self.p_a > 0.5 else "b"
        claim = Claim("It is sharper.", "global", "sharpness", self.favours)  # type: ignore[arg-type]
        return Verdict(pair, "said", choice, self.p_a, (claim,), "raw text")  # type: ignore[arg-type]


@dataclass(frozen=True)
class Refuses:
    """A judge that fails."""

    def judge(self, pair: Pair) -> Verdict | Failure:
        return Failure("refused", "no", "I am sorry.", "refuses", pair.id)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    a, b = tmp_path / "sharp.png", tmp_path / "soft.png"
    Image.fromarray(picture("coffee")).save(a)
    Image.fromarray(spoiled("coffee", "blur")).save(b)
    return a, b


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair("cup", photo("coffee"), photo("coffee", "blur"))


def test_two_files_get_a_verdict_with_grounded_claims(files: tuple[Path, Path]) -> None:
    said = compare(*files)
    assert isinstance(said, Verdict)
    assert said.choice == "a"
    assert said.seconds > 0
    assert said.pair.id == "sharp-soft"
    assert said.claims
    assert all(claim.grounding == "supported" and claim.evidence for claim in said.claims)


@pytest.mark.parametrize("bad", [0, 1])
@pytest.mark.parametrize("content", [None, b"", b"no photo", b"\x89PNG\r\n\x1a\n"])
def test_a_photo_that_cannot_be_read_is_a_failure_that_names_the_file(
    files: tuple[Path, Path], bad: int, content: bytes | None
) -> None:
    if content is None:
        files[bad].unlink()
    else:
        files[bad].write_bytes(content)
    outcome = compare(*files)
    assert isinstance(outcome, Failure)
    assert outcome.kind == "bad-photo"
    assert files[bad].name in outcome.detail
    assert outcome.judge == DEFAULT_JUDGE


def test_a_judge_that_does_not_exist_is_refused_before_any_photo_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadSpec, match="measured"):
        compare(tmp_path / "none.png", tmp_path / "neither.png", "mesured")


@pytest.mark.parametrize(
    ("p_a", "plain", "tied"),
    [(0.5 + 1e-9, "a", "tie"), (0.47, "b", "tie"), (TOO_CLOSE + 0.01, "a", "a"), (0.02, "b", "b")],
)
def test_a_close_pair_is_a_tie_only_where_ties_are_allowed(
    pair: Pair, p_a: float, plain: str, tied: str
) -> None:
    for allow_tie, expected in ((False, plain), (True, tied)):
        said = compare_pair(pair, Said(p_a), allow_tie=allow_tie)
        assert isinstance(said, Verdict)
        assert (said.choice, said.p_a) == (expected, p_a)


@pytest.mark.parametrize(
    ("favours", "grounding"), [("a", "supported"), ("b", "contradicted"), ("same", "contradicted")]
)
def test_a_judge_without_evidence_has_its_claims_checked_all_the_same(
    pair: Pair, favours: str, grounding: str
) -> None:
    said = compare_pair(pair, Said(0.9, favours))
    assert isinstance(said, Verdict)
    assert [claim.grounding for claim in said.claims] == [grounding]
    assert said.evidence == measure(pair).evidence
    assert said.self_contradicting is (favours == "b")
    assert said.rationale == "raw text"


@pytest.mark.parametrize("spoil", ["blur", "noise", "dark", "another scene"])
def test_measuring_only_what_claims_can_rest_on_gives_the_same_claims(spoil: str) -> None:
    other = photo("coffee") if spoil == "another scene" else photo("astronaut", spoil)
    pair = Pair("", photo("astronaut"), other)
    whole = measure(pair).evidence
    claims = [
        Claim(f"{region} {aspect}", region, aspect, favours)
        for region in REGIONS
        for aspect in ASPECTS
        for favours in FAVOURS
    ]
    for some in ([one for one in claims if one.aspect != "quality"], claims, claims[:3], []):
        verdict = Verdict(pair, "m", "a", 0.9, tuple(some), "text")
        found = grounded(verdict, sparing=True)
        assert found.claims == ground(some, whole)
        assert found.notes == grounded(verdict).notes


def test_regions_are_looked_for_only_where_claims_speak_of_them(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(small: object) -> list[Box]:
        raise AssertionError("faces were looked for")

    monkeypatch.setattr(segmentation, "find_faces", search)
    claims = [Claim("", "global", aspect, "a") for aspect in ("sharpness", "noise", "contrast")]
    fresh = Pair("fresh", pair.a, pair.b)
    said = grounded(Verdict(fresh, "m", "a", 0.9, tuple(claims), ""), sparing=True)
    assert {claim.grounding for claim in said.claims} <= {"supported", "contradicted"}
    with pytest.raises(AssertionError):
        grounded(replace(said, claims=(Claim("", "face", "noise", "a"),), evidence=()), sparing=True)


def test_of_a_verdict_without_claims_nothing_is_measured_and_its_page_says_so(pair: Pair) -> None:
    @dataclass(frozen=True)
    class Short:
        def judge(self, pair: Pair) -> Verdict | Failure:
            return Verdict(pair, "short", "a", 0.9, (), "<answer>A</answer>")

    said = compare_pair(pair, Short())
    assert isinstance(said, Verdict)
    assert (said.choice, said.evidence, said.claims, said.notes) == ("a", (), (), ())
    assert "Nothing was measured on this pair." in page(said, embed=64)


def test_a_failure_of_a_judge_is_passed_on_as_it_is(pair: Pair) -> None:
    assert compare_pair(pair, Refuses()) == Failure("refused", "no", "I am sorry.", "refuses", "cup")


def test_a_spec_and_its_judge_say_the_same(pair: Pair) -> None:
    from twinlens.judges.measured import Measured

    by_name, by_part = compare_pair(pair, "measured"), compare_pair(pair, Measured())
    assert isinstance(by_name, Verdict)
    assert isinstance(by_part, Verdict)
    assert replace(by_name, seconds=0) == replace(by_part, seconds=0)
