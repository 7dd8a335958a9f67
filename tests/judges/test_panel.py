"""The panel: several judges of one pair, each heard, each word kept."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from fault_server import serve
from photographs import photo
from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.spec import write
from twinlens.core.types import Batched, Failure, Pair, Verdict
from twinlens.judges.fixed import Fixed
from twinlens.judges.panel import Panel
from twinlens.runs.compare import compare_pair

MADE = str(Path(__file__).with_name("made_judges.py"))
LOST = 'fixed(rationale="hm", failure="timeout")'


@pytest.fixture(scope="module")
def pair() -> Pair:
    """A photograph, and the same blurred."""
    return Pair("astronaut", photo("astronaut"), photo("astronaut", "blur"))


def saying(*p_a: float) -> tuple[str, ...]:
    """Judges that give these probabilities."""
    return tuple(catalog.spec(Fixed("a" if p > 0.5 else "b" if p < 0.5 else "tie", p_a=p)) for p in p_a)


def verdict(pair: Pair, *judges: str, **options: object) -> Verdict:
    said = Panel(judges=judges, **options).judge(pair)  # type: ignore[arg-type]
    assert isinstance(said, Verdict), said
    return said


@pytest.mark.parametrize(
    ("p_a", "how", "weights", "expected"),
    [
        ((0.9, 0.4, 0.4), "probability", (), ("a", 17 / 30)),
        ((0.9, 0.4, 0.4), "votes", (), ("b", 1 / 3)),
        ((0.9, 0.4), "votes", (), ("tie", 0.5)),
        ((0.8, 0.2, 0.5), "probability", (), ("tie", 0.5)),
        ((0.9, 0.5), "votes", (), ("a", 0.75)),
        ((0.9, 0.4, 0.4), "votes", (3.0, 1.0, 1.5), ("a", 3 / 5.5)),
        ((0.9, 0.4), "probability", (1.0, 4.0), ("tie", 0.5)),
        ((1.0, 1.0), "probability", (), ("a", 1.0)),
        ((0.3,), "probability", (), ("b", 0.3)),
    ],
)
def test_the_mean_of_probabilities_or_votes_decides(
    pair: Pair, p_a: tuple[float, ...], how: str, weights: tuple[float, ...], expected: tuple[str, float]
) -> None:
    judges = [f"{judge[:-1]}, delay={at}e-9)" for at, judge in enumerate(saying(*p_a))]
    said = verdict(pair, *judges, how=how, weights=weights)
    assert said.choice == expected[0]
    assert said.p_a == pytest.approx(expected[1])


def test_exchanging_the_photos_exchanges_the_probability_exactly(pair: Pair) -> None:
    for p_a in itertools.combinations((0.625, 0.75, 0.9375, 0.0625, 0.3125), 3):
        mirrored = tuple(1 - p for p in p_a)
        for how in ("probability", "votes"):
            one, other = (verdict(pair, *saying(*said), how=how) for said in (p_a, mirrored))
            assert other.p_a == 1 - one.p_a


def test_who_said_what_is_noted(pair: Pair) -> None:
    one, two, three = saying(0.9, 0.7, 0.2)
    said = verdict(pair, one, two, three)
    assert said.notes == (
        "2 of 3 judges chose so",
        f"{one}: A, probability of A 0.900",
        f"{two}: A, probability of A 0.700",
        f"{three}: B, probability of A 0.200",
    )
    agreed = verdict(pair, one, two)
    assert len(agreed.notes) == 2


def test_the_reasons_are_those_of_the_judges_on_its_side_each_once_the_whole_last(pair: Pair) -> None:
    def says(choice: str, *lines: str) -> str:
        return write("fixed", {"choice": choice, "rationale": "\n".join(lines)})

    whole = "Global Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry."
    face = "Face Noise: Image A (Left) is clean, while Image B (Right) is noisy."
    other = "Hair Texture: Image B (Right) is more detailed, while Image A (Left) is smeared."
    again = "Global Sharpness: Image A (Left) is crisp, while Image B (Right) is soft."
    said = verdict(pair, says("a", whole), says("b", other), says("a", again, face))
    assert [claim.text for claim in said.claims] == [face, whole]
    assert said.rationale == f"<thinking>\n{face}\n{whole}\n</thinking>\n<answer>A</answer>"


def test_a_panel_with_the_measured_judge_measures_once_and_its_claims_are_checked(pair: Pair) -> None:
    said = verdict(pair, "measured", "fixed")
    assert said.evidence
    checked = compare_pair(pair, Panel(judges=("measured", "fixed")))
    assert isinstance(checked, Verdict)
    assert {claim.grounding for claim in checked.claims} == {"supported", "opinion"}


def test_a_missing_verdict_is_a_failure_that_says_whose(pair: Pair) -> None:
    said = Panel(judges=("fixed", LOST)).judge(pair)
    assert isinstance(said, Failure)
    assert (said.kind, said.raw, said.pair_id) == ("timeout", "hm", "astronaut")
    for part in ("1 of 2 judges gave no verdict", "fixed: A, probability of A 0.800", "made to fail"):
        assert part in said.detail


def test_with_a_quorum_it_stands_and_the_missing_verdict_is_seen(pair: Pair) -> None:
    said = verdict(pair, "fixed", LOST, *saying(0.6), quorum=2)
    assert (said.choice, said.p_a) == ("a", pytest.approx(0.7))
    assert said.notes[0] == "2 of 3 judges chose so"
    assert f"{LOST}: no answer, timeout: made to fail" in said.notes
    assert f"{LOST} wrote: hm" in said.notes
    short = Panel(judges=("fixed", LOST, 'fixed(failure="refused")'), quorum=2).judge(pair)
    assert isinstance(short, Failure)
    assert short.detail.startswith("2 of 3 judges gave no verdict")


@pytest.mark.parametrize(
    ("name", "message"), [("Breaking", "ZeroDivisionError: by nothing"), ("Wordless", "gave NoneType")]
)
def test_a_member_that_breaks_is_a_missing_verdict(pair: Pair, name: str, message: str) -> None:
    said = Panel(judges=("fixed", f"{MADE}:{name}")).judge(pair)
    assert isinstance(said, Failure)
    assert said.kind == "broken"
    assert message in said.detail
    assert verdict(pair, "fixed", f"{MADE}:{name}", quorum=1).choice == "a"


def test_the_words_and_calls_of_models_are_recorded(pair: Pair) -> None:
    said = verdict(pair, f"{MADE}:Calling", "fixed")
    assert [call.model for call in said.calls] == ["m"]
    assert f"{MADE}:Calling: seen" in said.notes
    assert f"{MADE}:Calling wrote: I choose A." in said.notes


def test_it_is_as_familiar_as_its_members_that_know_are_on_average(pair: Pair) -> None:
    one, other = f"{MADE}:Calling", f"{MADE}:Many"
    assert verdict(pair, one, other, "fixed").familiar == 0.5
    assert verdict(pair, "fixed").familiar is None


def test_members_are_called_as_they_like_to_be(pair: Pair) -> None:
    batch = Panel(judges=(f"{MADE}:Many", f"{MADE}:Calling"))
    assert isinstance(batch, Batched)
    assert batch.batch == 3
    said = batch.judge_many([pair] * 5)
    counts = [one.notes[2] for one in said if isinstance(one, Verdict)]
    assert counts == [f"{MADE}:Many: of {count}" for count in (3, 3, 3, 2, 2)]
    threads = Panel(judges=(f"{MADE}:Calling", "fixed"))
    assert (threads.in_flight, isinstance(threads, Batched)) == (4, False)  # type: ignore[attr-defined]
    assert len(threads.judge_many([pair] * 9)) == 9


def test_a_batch_that_breaks_is_called_pair_by_pair(pair: Pair) -> None:
    pairs = [pair, Pair("bad", pair.a, pair.b)]
    said = Panel(judges=(f"{MADE}:Many",)).judge_many(pairs)
    assert isinstance(said[0], Verdict)
    assert isinstance(said[1], Failure)
    assert "MemoryError: too many" in said[1].detail


def test_it_is_symmetric_where_all_its_members_are() -> None:
    assert Panel(judges=("measured", 'fixed(by="content")')).symmetric
    assert not Panel(judges=("measured", "fixed")).symmetric


def test_panels_and_duos_may_be_members(pair: Pair) -> None:
    inner = catalog.spec(Panel(judges=("measured", "fixed")))
    spec = write("panel", {"judges": (inner, 'duo(explains="measured")'), "how": "votes"})
    made = catalog.part("judges", spec)
    assert catalog.spec(made) == spec
    said = made.judge(pair)
    assert isinstance(said, Verdict)
    assert (said.choice, said.p_a) == ("a", 1.0)


def test_its_version_holds_those_of_its_members() -> None:
    assert Panel(judges=("measured", f"{MADE}:Calling")).version.endswith("v7")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"judges": ()}, "expected one or more, each once"),
        ({"judges": ("fixed", "fixed()")}, "each once"),
        ({"judges": ("nobody",)}, "panel: no judge is called 'nobody'"),
        ({"judges": ("fixed",), "weights": (1.0, 2.0)}, "expected a number above 0 for each judge"),
        ({"judges": ("fixed",), "weights": (0.0,)}, "expected a number above 0 for each judge"),
        ({"judges": ("fixed",), "quorum": 2}, "found quorum=2"),
        ({"judges": ("fixed",), "how": "mean"}, 'expected "probability" or "votes"'),
    ],
)
def test_members_that_cannot_be_are_reported_at_once(options: dict[str, object], message: str) -> None:
    with pytest.raises(BadSpec, match=message):
        catalog.part("judges", write("panel", options))


def test_models_behind_a_server_are_members_like_others(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    with serve() as server:
        good, refusing = (f'chat(model="{model}", base_url="{server.url}")' for model in ("good", "refusal"))
        said = verdict(pair, "measured", good)
        assert said.choice == "a"
        assert len(said.calls) == 1
        lost = Panel(judges=("measured", refusing)).judge(pair)
    assert isinstance(lost, Failure)
    assert lost.kind == "refused"
    assert "I'm sorry" in lost.raw
    assert len(lost.calls) == 1
