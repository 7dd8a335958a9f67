"""Hostile servers: bounded in bytes and seconds, never followed elsewhere, read or named, without the key."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fault_server import KEY, Server, only_this_server, serve
from hostile_answers import ANSWER, HOSTILE, REASON
from photographs import picture, spoiled
from twinlens.core.errors import BadInput, BadSpec
from twinlens.core.types import Failure, Pair, Verdict
from twinlens.judges import http_call
from twinlens.judges.chat import Chat
from twinlens.judges.redaction import Redaction
from twinlens.train.examples import photo_of


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    only_this_server(monkeypatch)


@pytest.fixture(scope="module")
def pair() -> Pair:
    a, b = (photo[40:104, 200:264].copy() for photo in (picture("coffee"), spoiled("coffee", "blur")))
    return Pair("p", photo_of(a), photo_of(b), kind="scene")


def judged(server: Server, pair: Pair, model: str, **arguments: Any) -> Verdict | Failure:
    server.requests.clear()
    return Chat(model, server.url, **{"retries": 2, **arguments}).judge(pair)


@pytest.mark.parametrize(
    ("model", "calls", "detail"),
    [
        ("gzip bomb 500", 1, "an answer of over 16,777,216 bytes"),
        ("gzip bomb 200", 1, "an answer of over 16,777,216 bytes"),
        ("endless chunks 400", 1, "an answer of over 16,777,216 bytes"),
        ("interim", 1, "an answer of over 16,777,216 bytes"),
        ("gzip and more", 2, "the server's answer is no JSON"),
        ("gzip twice", 3, "the server packed its answer as 'gzip, gzip'; expected it as it is"),
        ("no gzip", 3, "the server's answer cannot be unpacked: "),
    ],
)
def test_an_answer_without_end_in_bytes_is_cut_whatever_its_status(
    server: Server, pair: Pair, model: str, calls: int, detail: str
) -> None:
    failed = judged(server, pair, model)
    assert isinstance(failed, Failure)
    assert (failed.kind, len(failed.calls)) == ("broken", calls)
    assert failed.detail.startswith(detail)
    assert len(failed.raw) < 101_000


@pytest.mark.parametrize("model", ["slow chunks 400", "slow headers", "slow interim", "drip"])
def test_an_answer_without_end_in_seconds_ends_at_the_one_deadline(
    server: Server, pair: Pair, model: str
) -> None:
    failed = judged(server, pair, model, timeout=0.3, retries=0)
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.detail) == ("timeout", "no whole answer in 0.3 s")
    assert 0.3 <= (failed.calls[0].seconds or 0) < 5


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirection_is_not_followed_and_the_failure_says_where_it_points(
    server: Server, pair: Pair, status: int
) -> None:
    with serve() as other:
        server.elsewhere = f"{other.url}/chat/completions?secret=1"
        failed = judged(server, pair, str(status))
        server.elsewhere = ""
        assert other.requests == []
    assert isinstance(failed, Failure)
    assert failed.detail == (
        f"the server says {status} and points to 127.0.0.1; "
        "expected a base_url that answers itself, since photos are sent to no other"
    )
    assert (failed.kind, len(failed.calls)) == ("broken", 1)
    assert "points to no host;" in judged(server, pair, "to a file").detail  # type: ignore[union-attr]
    assert "points to photos.elsewhere.test;" in judged(server, pair, str(status)).detail  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("model", "detail"),
    [
        ("error in 200", "the server says: no such lens"),
        ("error text in 200", "the server says: no such lens"),
        ("error in choice", "the server says: no such lens"),
        ("detail in 200", "the server says: no such lens"),
        ("error in stream", "the server says: no such lens"),
        ("half a stream", "the server's answer is no JSON"),
    ],
)
def test_the_words_of_an_error_are_shown_whatever_its_status(
    server: Server, pair: Pair, model: str, detail: str
) -> None:
    failed = judged(server, pair, model)
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.detail) == ("broken", f"{detail} (asked 2 times)")


@pytest.mark.parametrize(
    ("model", "notes"),
    [
        ("gzip", ()),
        ("stream", ()),
        ("tool with answer", ("the model called the tool judge in place of an answer",)),
        ("only thought", ("the answer stands only in the model's reasoning (reasoning_content)",)),
    ],
)
def test_an_answer_in_another_form_is_read_and_a_note_says_what_was_odd(
    server: Server, pair: Pair, model: str, notes: tuple[str, ...]
) -> None:
    said = judged(server, pair, model)
    assert isinstance(said, Verdict), said
    assert (said.choice, [claim.text for claim in said.claims]) == ("a", [REASON])
    assert said.notes == (*notes, "the model gives no probabilities: p_a is 1 or 0 by its answer")
    assert said.calls[0].prompt_tokens == 1000


@pytest.mark.parametrize(
    ("model", "raw", "detail"),
    [
        (
            "tool",
            '{"zoom": 2}\n{"zoom": 4}',
            "(the model called the tool judge, judge in place of an answer)",
        ),
        ("stream without answer", "I am not sure.", ""),
    ],
)
def test_what_cannot_be_read_stays_as_raw_text(
    server: Server, pair: Pair, model: str, raw: str, detail: str
) -> None:
    failed = judged(server, pair, model)
    assert isinstance(failed, Failure)
    assert (failed.kind, failed.raw) == ("unreadable", raw)
    assert failed.detail.endswith(detail)


def forms(text: str) -> list[str]:
    """What of the key is left in a text, in any form that is tried."""
    coded = base64.b64encode(f"Bearer {KEY}".encode()).decode()
    escapes = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    return [part for whole in (KEY, coded, escapes) for part in (whole[8:16], whole[-12:-2]) if part in text]


def test_the_key_is_cleaned_away_before_anything_is_cut_and_in_every_form(server: Server, pair: Pair) -> None:
    failed, said = judged(server, pair, "key in error"), judged(server, pair, "key in answer")
    assert isinstance(failed, Failure)
    assert isinstance(said, Verdict)
    assert f"{'x' * 160}[key] [key] [key] " in failed.detail
    assert failed.raw.count("[key]") == said.rationale.count("[key]") == 7
    assert [forms(text) for text in (repr(failed), repr(said))] == [[], []]
    assert "[key] QmVhcmVy[key] [key] [key] [key]" in failed.raw
    assert forms(ANSWER + KEY) != []


@pytest.mark.parametrize(
    "form",
    [
        KEY[:9] + "\r\n  " + KEY[9:], KEY[:9] + r"\n" + KEY[9:], KEY[:9] + '" + "' + KEY[9:],
        "<wbr>".join(KEY),
        "\u200b".join(KEY), f"{KEY[:9]}\x1b[0m{KEY[9:]}", KEY.encode().hex(":"), str([*KEY.encode()]),
        ", ".join(map(hex, KEY.encode())), "".join(f"\\{ord(one):03o}" for one in KEY),
        "".join(f"\\u{{{ord(one):x}}}" for one in KEY), "".join(f"={ord(one):02X}" for one in KEY),
        "".join(f"&amp;#{ord(one)};" for one in KEY), "".join(f"%u{ord(one):04x}" for one in KEY),
        base64.encodebytes(f"Proxy-Authorization: Bearer: {KEY}".encode()).decode(),
        repr(base64.encodebytes(f"Proxy-Authorization: Bearer: {KEY}".encode()).decode()),
    ],
)  # fmt: skip
def test_a_key_that_is_split_or_escaped_in_any_form_is_cleaned_away(form: str) -> None:
    redact = Redaction(KEY)
    assert "[key]" in redact(form)
    assert forms(redact(form)) == []
    assert forms(redact.ends(100_000 * "x" + form + 100_000 * "x", 200_000)) == []


def test_a_key_with_one_wrong_sign_takes_no_time_to_look_for() -> None:
    nearly = "".join(f"%{ord(one):02x}" for one in KEY[:-1]) + "!"
    assert Redaction(KEY)(1000 * nearly) == 1000 * nearly


def test_an_answer_of_many_characters_is_read_at_both_ends(server: Server, pair: Pair) -> None:
    said = judged(server, pair, "long")
    assert isinstance(said, Verdict)
    assert (said.choice, "characters left out" in said.rationale) == ("a", True)
    assert isinstance(judged(server, pair, "counts"), Verdict)
    assert "400: \ufffd[31mno" in judged(server, pair, "colours").detail  # type: ignore[union-attr]


def test_a_name_that_is_looked_up_without_end_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found.wait())
    try:
        with pytest.raises(http_call.CallFailed) as caught:
            http_call.post("http://nowhere.test/v1", {}, b"", 0.2, 100)
    finally:
        found.set()
    assert (caught.value.reason, caught.value.detail) == ("unconnected", "none in 0.2 s")


def test_a_key_of_any_signs_is_cleaned_away() -> None:
    key = "a+b/c=.*(d[e"
    redact = Redaction(key)
    assert redact(f"1{key}2&#97;{key[1:]}3%61%2b{key[2:]}") == "1[key]2[key]3[key]"
    assert redact("nothing") == "nothing"
    assert Redaction("")("nothing") == "nothing"


@pytest.mark.parametrize(
    "url",
    [
        "http://host:port/v1",
        "http://h\u00f6st/v1",
        "http://ho st/v1",
        "http://host:99999",
        f"http://{70 * 'a'}.test/v1",
    ],
)
def test_an_address_that_no_request_can_have_is_refused(url: str) -> None:
    with pytest.raises(BadSpec, match="expected one such as http://localhost:8000/v1"):
        Chat("m", url)


def test_a_key_that_no_header_can_have_is_refused(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-\u00e4bcdefgh")
    with pytest.raises(BadInput, match="OPENAI_API_KEY holds what no key does"):
        Chat("m", "http://127.0.0.1:9/v1").judge(pair)


def test_a_proxy_of_the_environment_is_used(
    server: Server, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1").replace("//", "//me:word@"))
    server.requests.clear()
    assert isinstance(Chat("good", "http://elsewhere.test/v1", retries=0).judge(pair), Verdict)
    assert len(server.requests) == 1


def test_every_hostile_answer_is_tested_here() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [name for name in HOSTILE if f'"{name}"' not in text and not name.isdigit()] == []


def test_an_upload_that_is_not_taken_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"
        with pytest.raises(http_call.CallFailed) as caught:
            http_call.post(address, {}, bytes(32 << 20), 0.2, 100)
    assert (caught.value.reason, caught.value.detail) == ("timeout", "no whole answer in 0.2 s")
