"""The judge of two: one decides, the other explains, and what it says is checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fault_server import Request, Server, completion, good, serve
from photographs import photo
from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.spec import write
from twinlens.core.types import Batched, Failure, Pair, Verdict
from twinlens.judges.duo import Duo
from twinlens.runs.compare import compare_pair

MADE = str(Path(__file__).with_name("made_judges.py"))
TRUE = "Global Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry."
WRONG = "Global Noise: Image A (Left) is clean, while Image B (Right) is noisy."
AGAIN = "Global Color: Image A (Left) has natural colors, while Image B (Right) has a color cast."
AGAINST = "Global Sharpness: Image B (Right) is sharper, while Image A (Left) is blurry."


def text(*lines: str, answer: str = "A") -> str:
    return "\n".join(("<thinking>", *lines, "</thinking>", f"<answer>{answer}</answer>"))


def writer(*texts: str) -> str:
    return write(f"{MADE}:Writing", {"texts": texts})


def verdict(pair: Pair, **options: object) -> Verdict:
    said = Duo(**options).judge(pair)  # type: ignore[arg-type]
    assert isinstance(said, Verdict), said
    return said


@pytest.fixture(scope="module")
def blurred() -> Pair:
    """A photograph, and the same blurred."""
    return Pair("astronaut", photo("astronaut"), photo("astronaut", "blur"))


def test_one_decides_and_the_other_explains(blurred: Pair) -> None:
    said = verdict(blurred, decides="fixed(p_a=0.9)", explains=writer(text(TRUE)))
    assert (said.choice, said.p_a, said.rationale) == ("a", 0.9, text(TRUE))
    assert [(claim.favours, claim.grounding) for claim in said.claims] == [("a", "supported")]
    assert said.evidence
    assert said.notes == ("fixed(p_a=0.9): A, probability of A 0.900",)
    assert said.judge == catalog.spec(Duo(decides="fixed(p_a=0.9)", explains=writer(text(TRUE))))


def test_reasons_that_the_pixels_contradict_are_reported(blurred: Pair) -> None:
    said = verdict(blurred, decides="fixed", explains=writer(text(TRUE, WRONG)))
    assert "1 of 2 claims are contradicted by the pixels" in said.notes
    assert [claim.grounding for claim in said.claims] == ["supported", "contradicted"]


def test_they_are_written_again_with_the_contradicted_ones_shown_and_all_texts_stay(blurred: Pair) -> None:
    said = verdict(blurred, decides="fixed", explains=writer(text(TRUE, WRONG), text(TRUE)), retry=1)
    assert said.rationale == text(TRUE)
    assert [call.outcome for call in said.calls] == ["attempt 1", "attempt 2"]
    lost = f"attempt 1 at reasons, discarded, 1 of 2 claims contradicted: {text(TRUE, WRONG)}"
    assert lost in said.notes
    assert not any("contradicted by the pixels" in note for note in said.notes)


def test_the_attempt_with_the_fewest_counts_and_of_equals_the_first(blurred: Pair) -> None:
    worse = text(WRONG, AGAIN)
    first = verdict(blurred, decides="fixed", explains=writer(text(TRUE, WRONG), worse), retry=3)
    assert first.rationale == text(TRUE, WRONG)
    assert any(note.endswith(f"2 of 2 claims contradicted: {worse}") for note in first.notes)
    equal = verdict(blurred, decides="fixed", explains=writer(text(TRUE, WRONG), text(TRUE, AGAIN)), retry=1)
    assert equal.rationale == text(TRUE, WRONG)


def test_a_text_without_a_reason_is_no_better_than_one_with_a_wrong_one(blurred: Pair) -> None:
    empty = text("They differ.")
    said = verdict(blurred, decides="fixed", explains=writer(text(TRUE, WRONG), empty), retry=1)
    assert said.rationale == text(TRUE, WRONG)
    single = verdict(blurred, decides="fixed", explains=writer(empty))
    assert "no reason for the choice is given" in single.notes


def test_reasons_for_the_other_photo_are_reported(blurred: Pair) -> None:
    said = verdict(blurred, decides="fixed", explains=writer(text(AGAINST, answer="B")))
    assert said.choice == "a"
    assert said.self_contradicting
    for note in (
        "1 of 1 claims speak for the photo that was not chosen",
        "no reason for the choice is given",
        "the reasons were written for the answer B",
    ):
        assert note in said.notes


def test_a_second_attempt_that_fails_leaves_the_first(blurred: Pair) -> None:
    said = verdict(blurred, decides="fixed", explains=writer(text(TRUE, WRONG)), retry=1)
    assert said.rationale == text(TRUE, WRONG)
    assert "attempt 2 at reasons failed, timeout: no answer in time: half a wo" in said.notes
    assert len(said.calls) == 2


def test_a_decider_that_fails_is_a_failure_of_its_kind(blurred: Pair) -> None:
    decides = 'fixed(rationale="no", failure="refused")'
    said = Duo(decides=decides, explains="fixed").judge(blurred)
    assert isinstance(said, Failure)
    assert (said.kind, said.detail, said.raw) == ("refused", "no choice: made to fail", "no")


def test_an_explainer_that_fails_is_a_failure_that_names_the_choice(blurred: Pair) -> None:
    said = Duo(decides="fixed", explains='fixed(rationale="hm", failure="timeout")').judge(blurred)
    assert isinstance(said, Failure)
    assert (said.kind, said.raw, said.pair_id) == ("timeout", "hm", blurred.id)
    assert said.detail == "fixed: A, probability of A 0.800; but no reasons came: made to fail"


def test_of_a_tie_no_reasons_are_wanted(blurred: Pair) -> None:
    explains = 'fixed(failure="broken")'
    said = verdict(blurred, decides='fixed(choice="tie")', explains=explains)
    assert said.choice == "tie"
    assert "look about as good" in said.rationale
    same = verdict(Pair("", blurred.a, blurred.a), decides="measured", explains=explains)
    assert "show no visible difference" in same.rationale
    assert [claim.favours for claim in same.claims] == ["same"]


def test_the_words_of_a_model_that_decides_stay_in_the_notes(blurred: Pair) -> None:
    said = verdict(blurred, decides=f"{MADE}:Calling", explains="fixed")
    assert f"{MADE}:Calling wrote: I choose A." in said.notes
    assert len(said.calls) == 1
    assert said.familiar == 0.25


def test_what_is_measured_explains_a_right_choice_with_true_reasons(blurred: Pair) -> None:
    said = compare_pair(blurred, Duo(decides="fixed", explains="measured"))
    assert isinstance(said, Verdict)
    assert {claim.favours for claim in said.claims} == {"a"}
    assert [claim.grounding for claim in said.claims] == ["supported"] * (len(said.claims) - 1) + ["opinion"]


def test_what_is_measured_makes_up_no_reason_for_a_wrong_choice(blurred: Pair) -> None:
    said = verdict(blurred, decides='fixed(choice="b")', explains="measured", retry=2)
    assert said.choice == "b"
    assert not any(claim.favours == "a" for claim in said.claims)
    assert all(claim.grounding != "supported" for claim in said.claims if claim.favours == "b")
    (other,) = (note for note in said.notes if note.startswith("measured for the other photo: "))
    assert "face sharpness" in other


def test_both_members_measured_say_what_the_measured_judge_says(blurred: Pair) -> None:
    duo, single = (compare_pair(blurred, judge) for judge in (Duo(explains="measured"), "measured"))
    assert isinstance(duo, Verdict)
    assert isinstance(single, Verdict)
    assert (duo.choice, duo.p_a) == (single.choice, single.p_a)
    assert {claim.favours for claim in duo.claims} <= {single.choice, "same"}


def test_it_is_symmetric_where_what_decides_is() -> None:
    assert Duo(decides="measured", explains="fixed").symmetric
    assert not Duo(decides="fixed", explains="measured").symmetric


def test_it_takes_as_many_at_once_as_its_members(blurred: Pair) -> None:
    threads = Duo(decides=f"{MADE}:Calling", explains="fixed")
    assert (threads.in_flight, hasattr(threads, "batch")) == (4, False)  # type: ignore[attr-defined]
    assert not isinstance(threads, Batched)
    batch = Duo(decides=f"{MADE}:Many", explains="fixed")
    assert isinstance(batch, Batched)
    said = batch.judge_many([blurred] * 4)
    assert [outcome.notes[1] for outcome in said if isinstance(outcome, Verdict)] == [
        f"{MADE}:Many: of {count}" for count in (3, 3, 3, 1)
    ]
    plain = Duo(decides="fixed", explains="fixed")
    assert not hasattr(plain, "in_flight")
    assert not isinstance(plain, Batched)


def test_an_explainer_that_takes_many_pairs_at_once_is_called_so_in_each_round(
    blurred: Pair, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    texts = (text(TRUE, WRONG), text(TRUE))
    many = write(f"{MADE}:WritingMany", {"texts": texts, "log": str(log)})
    duo = Duo(decides="fixed", explains=many, retry=1)
    assert isinstance(duo, Batched)
    pairs = [replace(blurred, id=name) for name in "wxy"]
    said = duo.judge_many(pairs)
    assert log.read_text().splitlines() == ["w x", "y"] * 2
    single = Duo(decides="fixed", explains=writer(*texts), retry=1).judge_many(pairs)
    for one, other in zip(said, single, strict=True):
        assert isinstance(one, Verdict)
        assert isinstance(other, Verdict)
        assert (one.rationale, one.claims, one.calls) == (text(TRUE), other.claims, other.calls)
        assert one.notes == other.notes


def test_where_a_call_for_many_reasons_breaks_they_are_written_one_by_one(
    blurred: Pair, tmp_path: Path
) -> None:
    many = write(f"{MADE}:WritingMany", {"texts": (text(TRUE),), "log": str(tmp_path / "log")})
    pairs = [replace(blurred, id="bad"), blurred]
    said = Duo(decides="fixed", explains=many).judge_many(pairs)
    assert [isinstance(one, Verdict) and one.rationale for one in said] == [text(TRUE)] * 2


def test_an_explainer_that_waits_for_a_server_is_called_from_threads(blurred: Pair) -> None:
    together = write(f"{MADE}:WritingTogether", {"texts": (text(TRUE),)})
    said = Duo(decides="fixed", explains=together).judge_many([blurred] * 3)
    assert [isinstance(one, Verdict) and one.rationale for one in said] == [text(TRUE)] * 3


def test_its_version_holds_those_of_its_members_and_the_code_from_outside() -> None:
    assert Duo(explains="fixed").version == ""
    message = Duo(decides=f"{MADE}:Calling", explains="fixed").version
    assert message.startswith("code:")
    assert message.endswith(" v7")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"explains": "nobody"}, "duo: no judge is called 'nobody'"),
        ({"explains": f"{MADE}:Breaking"}, "cannot explain a choice that is not its own"),
        ({"decides": "fixed(chioce='a')", "explains": "fixed"}, "duo: fixed: found the argument 'chioce'"),
        ({"explains": "fixed", "retry": -1}, "found retry=-1"),
    ],
)
def test_members_that_cannot_be_are_reported_at_once(options: dict[str, object], message: str) -> None:
    with pytest.raises(BadSpec, match=message):
        catalog.part("judges", write("duo", options))


def test_two_ways_to_write_its_members_have_one_spec() -> None:
    one = catalog.part("judges", """duo(explains='fixed( choice = "a" )', decides=" measured ")""")
    assert catalog.spec(one) == 'duo(explains="fixed")'
    assert catalog.part("judges", catalog.spec(one)) == one


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A model behind a real server: asked for reasons it first says something wrong, then what it sees."""

    def says(model: str, request: Request) -> dict[str, Any]:
        settled, again = "It is settled" in request.text, "contradicted by them" in request.text
        if not settled:
            return good(request)
        return completion(text(TRUE) if again else text(TRUE, WRONG))

    monkeypatch.setattr("fault_server.answer", says)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    with serve() as running:
        yield running


def test_a_model_is_shown_what_the_pixels_contradict_and_writes_again(blurred: Pair, server: Server) -> None:
    chat = f'chat(model="good", base_url="{server.url}")'
    duo = Duo(decides=chat, explains=chat, retry=2)
    said = duo.judge(blurred)
    assert isinstance(said, Verdict)
    assert (said.choice, said.rationale) == ("a", text(TRUE))
    assert 0.5 < said.p_a < 1
    assert len(server.requests) == len(said.calls) == 3
    assert "Global Noise: Image A (Left) is clean" in server.requests[2].text
    assert any(note.startswith("attempt 1 at reasons, discarded, 1 of 2 claims") for note in said.notes)
    assert duo.in_flight > 1  # type: ignore[attr-defined]
