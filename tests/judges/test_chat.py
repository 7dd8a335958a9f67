"""Models behind a server: what they are sent, and that every answer, however broken, ends as one outcome."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from fault_server import FAULTS, KEY, Server, only_this_server, serve
from photographs import picture, spoiled
from twinlens.core import catalog
from twinlens.core.errors import BadInput, BadSpec, BudgetSpent
from twinlens.core.types import Failure, Pair, Verdict
from twinlens.judges import budget, openai_client
from twinlens.judges.chat import Chat
from twinlens.judges.openai_client import probability_of_a
from twinlens.train.examples import photo_of


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    only_this_server(monkeypatch)


@pytest.fixture(scope="module")
def pair() -> Pair:
    a, b = (
        np.ascontiguousarray(photo[40:168, 200:392])
        for photo in (picture("coffee"), spoiled("coffee", "blur"))
    )
    return Pair("p", photo_of(a), photo_of(b), kind="scene")


def exchanged(pair: Pair) -> Pair:
    return replace(pair, a=pair.b, b=pair.a)


def chat(server: Server, model: str = "good", **arguments: Any) -> Chat:
    return Chat(model, server.url, **{"retries": 3, **arguments})


def verdict(outcome: Verdict | Failure) -> Verdict:
    assert isinstance(outcome, Verdict), outcome
    return outcome


def failure(outcome: Verdict | Failure) -> Failure:
    assert isinstance(outcome, Failure), outcome
    return outcome


def test_a_good_answer_is_a_verdict_with_claims_probability_and_cost(server: Server, pair: Pair) -> None:
    said = verdict(chat(server).judge(pair))
    assert (said.choice, said.claims[0].favours, said.notes) == ("a", "a", ())
    assert 0.5 < said.p_a < 1
    (call,) = said.calls
    assert (call.model, call.outcome, call.prompt_tokens) == ("good", "ok", 1000)
    assert call.images == ((192, 128), (96, 64), (192, 128), (96, 64))
    assert call.seconds > 0
    assert said.judge == f'chat(model="good", base_url="{server.url}", retries=3)'


def test_the_probability_is_that_of_the_photos_not_of_their_order(server: Server, pair: Pair) -> None:
    here, there = (verdict(chat(server).judge(shown)) for shown in (pair, exchanged(pair)))
    assert (here.choice, there.choice) == ("a", "b")
    assert here.p_a == pytest.approx(1 - there.p_a, abs=1e-12)


def test_images_arrive_to_the_last_bit(server: Server, pair: Pair) -> None:
    judge = chat(server)
    judge.judge(pair)
    judge.judge(exchanged(pair))
    expected = [part for part in judge.prompt_for(pair).content if not isinstance(part, str)]
    for images, order in (
        (server.requests[0].images, (0, 1, 2, 3)),
        (server.requests[1].images, (2, 3, 0, 1)),
    ):
        assert all(np.array_equal(image, expected[k]) for image, k in zip(images, order, strict=True))
    assert np.array_equal(server.requests[0].images[0], pair.a.pixels)


def test_a_composite_is_judged_the_same(server: Server, pair: Pair) -> None:
    judge = chat(server, layout="side_by_side", prompt="challenge", crops=0)
    assert verdict(judge.judge(pair)).choice == "a"
    assert verdict(judge.judge(exchanged(pair))).choice == "b"
    assert server.requests[0].images[0].shape == (128, 384, 3)


def test_the_prompt_may_be_for_the_answer_only(server: Server, pair: Pair) -> None:
    said = verdict(chat(server, reasons=False).judge(pair))
    assert said.rationale == "<answer>A</answer>"
    assert 0.5 < said.p_a < 1


def test_the_prompt_may_be_for_the_reasons_of_a_settled_choice(server: Server, pair: Pair) -> None:
    said = verdict(chat(server).explain(pair, "a"))
    assert (said.choice, len(said.claims)) == ("a", 1)
    assert "It is settled that Image A" in server.requests[0].text


@pytest.mark.parametrize(
    ("model", "kind", "raw"),
    [
        ("hang", "timeout", ""),
        ("drip", "timeout", " "),
        ("cut connection", "broken", '{"id": "c"'),
        ("cut at once", "broken", ""),
        ("half a JSON", "broken", '{"id": "c"'),
        ("1 MB of junk", "broken", '!"#$'),
        ("empty answer", "unreadable", ""),
        ("refusal", "refused", "I'm sorry"),
        ("declines", "refused", "I will not."),
        ("endless think", "unreadable", "<think>\nThe answer could be <answer>A"),
        ("junk in JSON", "unreadable", '!"#$'),
        ("no answer", "unreadable", "Global Sharpness"),
        ("thinks apart", "unreadable", "<think>\n<thinking>"),
        ("status 500", "broken", '{"error"'),
        ("status 400", "broken", '{"error"'),
        ("status 403", "broken", '{"error"'),
    ],
)
def test_every_fault_is_a_typed_failure_with_what_was_said(
    server: Server, pair: Pair, model: str, kind: str, raw: str
) -> None:
    failed = failure(chat(server, model, timeout=0.3 if kind == "timeout" else 20.0, retries=2).judge(pair))
    assert (failed.kind, failed.pair_id) == (kind, "p")
    assert failed.raw.startswith(raw)
    assert len(failed.raw) < 101_000
    assert len(failed.calls) == len(server.requests) <= 3
    assert failed.detail
    assert "\n" not in failed.detail
    assert KEY not in repr(failed)


@pytest.mark.parametrize(
    ("model", "outcomes"),
    [
        ("429 with Retry-After", ["the server says 429: slow down", "ok"]),
        ("500 twice", ["the server says 500: out of memory"] * 2 + ["ok"]),
        ("both answers", ["ok"]),
        ("in pieces", ["ok"]),
    ],
)
def test_a_server_that_recovers_gives_a_verdict_and_every_call_is_reported(
    server: Server, pair: Pair, model: str, outcomes: list[str]
) -> None:
    said = verdict(chat(server, model).judge(pair))
    assert [call.outcome for call in said.calls] == outcomes
    assert len(server.requests) == len(outcomes)


def test_the_last_of_two_answers_counts(server: Server, pair: Pair) -> None:
    assert verdict(chat(server, "both answers").judge(pair)).choice == "b"


def test_all_threads_wait_as_long_as_a_server_asks(
    server: Server, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(openai_client.time, "sleep", sleep)
    monkeypatch.setattr(openai_client.time, "monotonic", lambda: clock[0])
    judge = chat(server, "429 with Retry-After", timeout=30.0)
    verdict(judge.judge(pair))
    assert slept == [1.0]
    client = openai_client.client(judge.base_url, judge.model, judge.in_flight)
    client._closed_until = clock[0] + 2.5
    client.wait_for_server()
    assert slept == [1.0, 2.5]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert openai_client.retry_after(headers) == seconds


def test_tokens_and_seconds_are_reported_where_nothing_could_be_read(server: Server, pair: Pair) -> None:
    failed = failure(chat(server, "endless think", max_tokens=99).judge(pair))
    (call,) = failed.calls
    assert (call.prompt_tokens, call.answer_tokens, call.outcome) == (1000, 639, "cut at 99 tokens")
    assert failed.detail.endswith("(cut at 99 tokens)")


def test_a_server_without_probabilities_gives_only_the_answer_and_says_so(server: Server, pair: Pair) -> None:
    said = verdict(chat(server, "no probabilities").judge(pair))
    assert said.p_a == 1.0
    assert said.notes == ("the model gives no probabilities: p_a is 1 or 0 by its answer",)


def test_what_a_server_does_not_take_is_left_out_from_then_on(server: Server, pair: Pair) -> None:
    judge = chat(server, "without logprobs temperature max_tokens", retries=0)
    said = verdict(judge.judge(pair))
    assert len(said.calls) == 4
    assert said.notes[0].startswith("the server takes no temperature")
    assert server.requests[-1].body["max_completion_tokens"] == 1024
    assert len(verdict(judge.judge(pair)).calls) == 1


def test_no_key_is_needed_for_a_server_of_ones_own(
    server: Server, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.requests == []
    verdict(chat(server).judge(pair))
    assert server.requests[-1].key == KEY
    monkeypatch.delenv("OPENAI_API_KEY")
    verdict(chat(server).judge(pair))
    assert server.requests[-1].key == "none"
    with pytest.raises(BadInput, match="expected one in the environment as OPENAI_API_KEY"):
        Chat("gpt").judge(pair)


def test_the_server_may_be_named_by_the_environment_and_the_version_names_it(
    server: Server, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    judge = Chat("good")
    assert verdict(judge.judge(pair)).judge == 'chat(model="good")'
    assert judge.version.endswith(server.url)
    assert Chat("good", server.url).version == judge.version.removesuffix(f" {server.url}")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user:pass@host/v1")
    with pytest.raises(BadSpec, match="OPENAI_BASE_URL holds a key"):
        judge.judge(pair)


@pytest.mark.parametrize(
    "url",
    [
        "http://me:hunter2@host/v1",
        "https://host/v1?api_key=hunter2",
        "https://host/v1?x=1&access_token=hunter2",
        "https://host/sk-hunter2hunter2hunter2/v1",
        f"https://host/{KEY}/v1",
    ],
)
def test_a_key_in_a_base_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(BadSpec) as caught:
        catalog.part("judges", f'chat(model="m", base_url="{url}")')
    assert "expected it in the environment as OPENAI_API_KEY" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "", "http://[::1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadSpec, match="expected one such as http://localhost:8000/v1"):
        Chat("m", url)


def test_a_key_that_a_server_sends_back_is_not_stored(server: Server, pair: Pair) -> None:
    assert verdict(chat(server, "key").judge(pair)).rationale == "<answer>A</answer> [key]"
    assert "no, [key]" in failure(chat(server, "status 400").judge(pair)).detail
    for status in (401, 404):
        with pytest.raises(BadInput, match=f"the server says {status}: no, .key.; expected") as caught:
            chat(server, f"status {status}").judge(pair)
        assert KEY not in str(caught.value)


def test_a_server_that_is_not_there_is_a_failure(pair: Pair) -> None:
    failed = failure(Chat("m", "http://127.0.0.1:9/v1", retries=1).judge(pair))
    assert failed.kind == "broken"
    refused = r"connection to 127\.0\.0\.1:9 failed: .*refused \(asked 2 times\)"
    assert re.fullmatch(refused, failed.detail)


def test_a_wrong_path_says_what_is_expected(server: Server, pair: Pair) -> None:
    with pytest.raises(BadInput, match="expected a base_url such as"):
        Chat("good", server.url.removesuffix("/v1")).judge(pair)


def test_beyond_the_budget_of_calls_whatever_judge_asks_none_is_made(server: Server, pair: Pair) -> None:
    with budget.allow(calls=2):
        for heat in (0.0, 0.1):
            verdict(chat(server, temperature=heat).judge(pair))
        with pytest.raises(BudgetSpent, match=r"used up: 2 of 2 calls made, 2,\d\d\d tokens used$"):
            chat(server, temperature=0.2).judge(pair)
    assert len(server.requests) == 2
    verdict(chat(server).judge(pair))


def test_beyond_the_budget_of_tokens_too(server: Server, pair: Pair) -> None:
    with budget.allow(tokens=1500):
        verdict(chat(server).judge(pair))
        verdict(chat(server).judge(pair))
        with pytest.raises(BudgetSpent, match=r"2 calls made, 2,\d\d\d of 1,500 tokens used"):
            chat(server).judge(pair)


def test_calls_that_are_made_again_count(server: Server, pair: Pair) -> None:
    with budget.allow(calls=2), pytest.raises(BudgetSpent):
        chat(server, "500 twice").judge(pair)
    assert len(server.requests) == 2


def test_a_budget_holds_where_many_ask_at_once(pair: Pair) -> None:
    def answered(_: int) -> bool:
        try:
            return isinstance(judge.judge(pair), Verdict)
        except BudgetSpent:
            return False

    with serve(latency=0.05) as server, ThreadPoolExecutor(8) as pool, budget.allow(calls=5):
        judge = chat(server, in_flight=3)
        assert sum(pool.map(answered, range(12))) == 5
        assert len(server.requests) == 5
        assert server.most_at_once <= 3


def test_photos_are_sent_as_png_made_once_for_both_orders_and_exchanged(
    server: Server, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    encode = cv2.imencode
    monkeypatch.setattr(cv2, "imencode", lambda *given: (made.append(1), encode(*given))[1])
    fresh = replace(pair)
    for shown in (fresh, fresh.swapped(), fresh):
        verdict(chat(server).judge(shown))
    assert len(made) == 4
    first, second, third = (request.images for request in server.requests)
    for here, there in ((first, (*second[2:], *second[:2])), (first, third)):
        assert all(map(np.array_equal, here, there))
    assert np.array_equal(first[0], pair.a.pixels)


def test_threads_do_not_mix_up_their_answers(pair: Pair) -> None:
    with serve(latency=0.02) as server, ThreadPoolExecutor(8) as pool:
        judge = chat(server)
        shown = [pair, exchanged(pair)] * 8
        said = [verdict(outcome).choice for outcome in pool.map(judge.judge, shown)]
    assert said == ["a", "b"] * 8


@pytest.mark.parametrize(
    "wrong", ["temperature=-1", "max_tokens=0", "retries=-1", "in_flight=0", "timeout=0", "crops=-1"]
)
def test_wrong_arguments_are_reported(wrong: str) -> None:
    with pytest.raises(BadSpec, match="expected"):
        catalog.part("judges", f'chat(model="m", {wrong})')


def test_a_spec_gives_its_judge_back() -> None:
    spec = 'chat(model="m", prompt="challenge", evidence=True, base_url="http://localhost:8000/v1")'
    assert catalog.spec(catalog.part("judges", spec)) == spec
    assert catalog.part("judges", catalog.spec(Chat("m", timeout=5))) == Chat("m", timeout=5.0)


def test_opening_the_judge_loads_no_client() -> None:
    code = (
        "import sys; from twinlens.core import catalog; catalog.part('judges', 'chat(model=\"m\")');"
        "assert not {'httpcore2', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_client_the_install_line_is_reported(tmp_path: Path) -> None:
    (tmp_path / "httpcore2.py").write_text(
        "raise ModuleNotFoundError('No module named httpcore2', name='httpcore2')\n"
    )
    code = (
        "from twinlens.judges.openai_client import client\n"
        "try: client('http://localhost/v1', 'm', 1)\n"
        "except Exception as error: print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": os.pathsep.join((str(tmp_path), *sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install 'twinlens[chat]'" in ran.stdout


def likely(*pairs: tuple[str, float]) -> list[dict[str, Any]]:
    return [{"token": token, "logprob": logprob} for token, logprob in pairs]


@pytest.mark.parametrize("letter", ["A", " A", ">A", "A</", "A\n"])
def test_the_probability_is_found_however_the_letter_is_cut_out(letter: str) -> None:
    other = letter.replace("A", "B")
    start = "<answer" if letter.startswith(">") else "<answer>"
    end = "answer>" if letter.endswith("</") else "</answer>"
    tokens = [{"token": "A B <answer>B</answer>"}, {"token": start}]
    top = likely((letter, -0.5), (other, -1.5), ("a", -3.0), ("Apple", -0.9))
    found = probability_of_a([*tokens, {"token": letter, "top_logprobs": top}, {"token": end}])
    a, b = np.exp(-0.5) + np.exp(-3.0), np.exp(-1.5)
    assert found == pytest.approx(a / (a + b))


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        [{"token": "A"}],
        [{"token": "<answer>A</answer>", "top_logprobs": None}],
        [{"token": "<answer>"}, {"token": "A", "top_logprobs": likely(("Yes", -0.1))}],
        [{"token": "<answer>"}, {"token": "A", "top_logprobs": [None, {"token": 3}, {"token": "A"}]}],
        [{"token": "<answer>"}, {"token": None}],
        [None],
        [{"token": "<answer>A</answer> Final answer: B"}],
    ],
)
def test_where_tokens_do_not_say_there_is_no_probability(tokens: list[Any]) -> None:
    assert probability_of_a(tokens) is None


def test_every_fault_of_the_server_is_tested_here() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [fault for fault in FAULTS if f'("{fault}",' not in text] == []
