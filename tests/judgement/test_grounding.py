"""Claims meet evidence: supported, contradicted, unmeasured, and no difference where there is none."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinlens.core.types import ASPECTS, Box, Claim, Evidence, Favours, Grounding
from twinlens.judgement.grounding import NEAREST, argues_against, ground, metrics_of, opposes
from twinlens.metrics import metrics

MEASURED = [aspect for aspect in ASPECTS if aspect != "quality"]
BOX: Box = (10, 20, 30, 40)


def piece(
    metric: str, says: Favours, steps: float, region: str = "global", box: Box | None = None
) -> Evidence:
    """Evidence for a side (or of a difference to a's good too small to notice)."""
    a, b = (0.0, 1.0) if says == "b" else (1.0, 0.0)
    return Evidence(metric, region, metrics()[metric].aspect, a, b, "", "higher", says, steps, box, box)


def claim(region: str, aspect: str, favours: Favours) -> Claim:
    return Claim("It is so.", region, aspect, favours)


def judged(said: Claim, *evidence: Evidence) -> Grounding:
    (found,) = ground([said], evidence)
    return found.grounding


@pytest.mark.parametrize("aspect", MEASURED)
def test_a_claim_that_its_metric_bears_out_is_supported_and_its_opposite_contradicted(aspect: str) -> None:
    for metric in metrics_of(aspect):
        seen = piece(metric, "a", 3.0)
        assert judged(claim("global", aspect, "a"), seen) == "supported"
        assert judged(claim("global", aspect, "b"), seen) == "contradicted"
        assert judged(claim("global", aspect, "same"), seen) == "contradicted"


@pytest.mark.parametrize("aspect", MEASURED)
def test_no_noticeable_difference_supports_same(aspect: str) -> None:
    metric = min(metrics_of(aspect))
    assert judged(claim("global", aspect, "same"), piece(metric, "same", 0.4)) == "supported"


@pytest.mark.parametrize("aspect", ["sharpness", "noise", "exposure", "contrast", "color", "texture"])
def test_a_difference_that_is_not_there_contradicts_and_one_that_is_not_certain_does_not(aspect: str) -> None:
    metric = min(metrics_of(aspect))
    assert judged(claim("global", aspect, "a"), piece(metric, "same", 0.2)) == "contradicted"
    assert judged(claim("global", aspect, "a"), piece(metric, "same", 0.7)) == "unmeasured"


@pytest.mark.parametrize("aspect", ["artifacts", "realism"])
def test_what_means_more_than_is_measured_is_not_contradicted_by_no_difference(aspect: str) -> None:
    assert judged(claim("global", aspect, "a"), piece("smearing", "same", 0.0)) == "unmeasured"


@pytest.mark.parametrize(("metric", "side"), [("specks", "a"), ("smearing", "b")])
def test_a_claim_rests_on_the_metric_it_was_made_from_however_large_others_are(
    metric: str, side: Favours
) -> None:
    seen = piece("smearing", "b", 9.0), piece("specks", "a", 2.0)
    said = dataclasses.replace(claim("global", "artifacts", side), metric=metric)
    (found,) = ground([said], seen)
    assert (found.grounding, found.evidence[0].metric) == ("supported", metric)
    against = [one.metric for one in found.evidence if opposes(one, found)]
    assert against == [one.metric for one in seen if one.says != side and one.metric != metric]
    (wrong,) = ground([dataclasses.replace(said, favours="b" if side == "a" else "a")], seen)
    assert wrong.grounding == "contradicted"


def test_a_claim_on_what_nothing_measured_is_unmeasured() -> None:
    assert judged(claim("global", "sharpness", "a")) == "unmeasured"
    assert judged(claim("building", "sharpness", "a"), piece("sharpness", "a", 9.0)) == "unmeasured"
    assert judged(claim("global", "noise", "a"), piece("sharpness", "a", 9.0)) == "unmeasured"


@pytest.mark.parametrize(("region", "nearest"), NEAREST.items())
def test_a_region_not_measured_by_itself_is_judged_where_it_lies(region: str, nearest: str) -> None:
    assert judged(claim(region, "sharpness", "b"), piece("sharpness", "b", 2.0, nearest)) == "supported"


def test_metrics_that_disagree_neither_support_nor_contradict() -> None:
    seen = piece("chroma_noise", "a", 3.0), piece("noise", "b", 1.0)
    for side in ("a", "b"):
        assert judged(claim("global", "noise", side), *seen) == "unmeasured"


def test_a_consequence_of_another_difference_does_not_bear_on_a_claim_beside_its_cause() -> None:
    seen = piece("noise", "a", 3.0), piece("chroma_noise", "b", 2.0)  # noise in b raises what a seems to have
    said = claim("global", "noise", "a")
    (found,) = ground([said], seen)
    assert found.grounding == "supported"
    assert [e.metric for e in found.evidence] == ["noise"]


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(metrics())), st.sampled_from("ab"), st.floats(0, 12)), max_size=19
    )
)
def test_no_claim_is_supported_by_evidence_that_speaks_for_the_other_side(
    drawn: list[tuple[str, Favours, float]],
) -> None:
    seen = {name: piece(name, side if size >= 1 else "same", size) for name, side, size in drawn}
    for aspect in ASPECTS:
        for side, other in (("a", "b"), ("b", "a")):
            (found,) = ground([claim("global", aspect, side)], [*seen.values()])  # type: ignore[arg-type]
            says = {e.says for e in found.evidence}
            assert found.grounding != "supported" or (side in says and other not in says)


@pytest.mark.parametrize("favours", ["a", "b", "same"])
def test_an_overall_judgement_is_an_opinion_whatever_was_measured(favours: Favours) -> None:
    seen = piece("sharpness", "a", 9.0), piece("noise", "same", 0.1)
    for region in ("global", "face"):
        (found,) = ground([claim(region, "quality", favours)], seen)
        assert (found.grounding, found.evidence) == ("opinion", ())


def test_what_is_not_noticeable_does_not_disagree() -> None:
    seen = piece("noise", "a", 1.1), piece("chroma_noise", "same", 0.9)
    assert judged(claim("global", "noise", "a"), *seen) == "supported"


def test_a_claim_keeps_its_words_and_gets_its_evidence_most_steps_first_and_a_box() -> None:
    said = claim("face", "noise", "a")
    seen = piece("noise", "a", 2.0, "face", BOX), piece("chroma_noise", "a", 5.0, "face", BOX)
    (found,) = ground([said], (*seen, piece("noise", "b", 9.0)))
    assert (found.text, found.region, found.aspect, found.favours) == ("It is so.", "face", "noise", "a")
    assert [e.metric for e in found.evidence] == ["chroma_noise", "noise"]
    assert found.box == BOX


def test_a_box_of_its_own_stays() -> None:
    said = Claim("It is so.", "face", "noise", "a", (1, 2, 3, 4))
    (found,) = ground([said], [piece("noise", "a", 2.0, "face", BOX)])
    assert found.box == (1, 2, 3, 4)


def test_every_metric_bears_on_an_aspect() -> None:
    assert {name for aspect in MEASURED for name in metrics_of(aspect)} == metrics().keys()


@pytest.mark.parametrize(
    ("favours", "against_a", "against_b"),
    [
        ("aab", False, True),
        ("abb", True, False),
        ("ab", False, False),
        ("", False, False),
        ("b", True, False),
    ],
)
def test_a_rationale_argues_against_an_answer_that_most_of_its_lines_do_not_favour(
    favours: str, against_a: bool, against_b: bool
) -> None:
    claims = [Claim(f"Line {k}.", "global", "noise", side) for k, side in enumerate(favours)]  # type: ignore[arg-type]
    assert argues_against(claims, "a") is against_a
    assert argues_against(claims, "b") is against_b
    assert argues_against(claims, "tie") is False


def test_a_line_that_gives_several_claims_counts_once() -> None:
    one = [Claim("One line.", region, "noise", "b") for region in ("face", "hair", "skin")]
    two = [Claim(f"Line {k}.", "global", "noise", "a") for k in range(2)]
    assert not argues_against([*one, *two], "a")
    assert argues_against([*one, *two], "b")
