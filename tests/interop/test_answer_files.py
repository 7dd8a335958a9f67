"""Files of answers in three forms; what is none of them is one line that says why."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from twinlens.core.errors import BadInput, MissingExtra
from twinlens.core.types import Failure
from twinlens.interop.answer_files import read_answers
from twinlens.runs.answers import Said

RECORDED = Path(__file__).parent / "recorded"


def answers(folder: Path, *lines: Any) -> dict[str, Said]:
    text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    (folder / "answers.jsonl").write_text(text, "utf-8")
    return read_answers(folder / "answers.jsonl").by_id


def log(folder: Path, **files: Any) -> Path:
    """A log of inspect_ai with a header and these samples."""
    with zipfile.ZipFile(folder / "log.eval", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("header.json", json.dumps({"eval": {"model": "m"}}))
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            made.writestr(f"samples/{name}_epoch_1.json", text)
    return folder / "log.eval"


def test_lines_of_id_and_text_are_read(tmp_path: Path) -> None:
    assert answers(tmp_path, {"id": "x", "text": "A", "more": 1}, "", {"id": 7, "text": ""}) == {
        "x": "A",
        "7": "",
    }


def test_a_sample_of_lmms_eval_is_what_the_model_wrote_before_filters(tmp_path: Path) -> None:
    sample = {"doc_id": 0, "unread": {"id": "x"}, "filtered_resps": "A"}
    assert answers(tmp_path, sample) == {"x": "A"}
    assert answers(tmp_path, sample | {"resps": [["<think>Hm.</think>A"]]}) == {"x": "<think>Hm.</think>A"}
    assert answers(tmp_path, sample | {"filtered_resps": None}) == {"x": ""}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("oops", "found no JSON"),
        ([1], "found list"),
        ({"text": "A"}, "found no id; expected"),
        ({"id": "x"}, "found no text; expected"),
        ({"id": "x", "text": 1}, "of another type"),
        ({"id": True, "text": "A"}, "of another type"),
        ({"doc_id": 0, "filtered_resps": "A"}, "without the id of a pair"),
        ({"doc_id": 0, "filtered_resps": [[["A"]]], "unread": {"id": "x"}}, "an answer that is list"),
        ({"doc_id": 0, "filtered_resps": ["A", "B"], "unread": {"id": "x"}}, "2 answers to one question"),
    ],
)
def test_a_line_that_is_no_answer_is_a_failure_of_its_pair_or_named(
    tmp_path: Path, line: Any, message: str
) -> None:
    made = answers(tmp_path, {"id": "0", "text": "A"}, line, {"id": "1", "text": "B"})
    failed = [one.detail for one in made.values() if isinstance(one, Failure)]
    (fault,) = failed or read_answers(tmp_path / "answers.jsonl").unread
    assert re.search(f"answers.jsonl:2: .*{message}", fault)
    assert {"0": "A", "1": "B"}.items() <= made.items()


def test_two_answers_to_a_pair_are_none(tmp_path: Path) -> None:
    made = answers(tmp_path, {"id": "0", "text": "A"}, {"id": "1", "text": "B"}, {"id": 0, "text": "B"})
    assert made["1"] == "B"
    assert isinstance(twice := made["0"], Failure)
    assert re.search("answers.jsonl:3: the id '0' stands already at .*answers.jsonl:1", twice.detail)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a JSON object of many lines; .* a log of inspect_ai"):
        answers(tmp_path, json.dumps({"eval": {}}, indent=1))
    with pytest.raises(BadInput, match="No such file"):
        read_answers(tmp_path / "nothing")


def test_what_inspect_ai_could_not_get_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    stopped = {"completion": "", "choices": [{"stop_reason": "content_filter"}]}
    read = read_answers(
        log(
            tmp_path,
            x={"id": "x", "output": {"completion": "A"}},
            y={"id": 5, "output": {"completion": ""}, "error": {"message": "no\n connection"}},
            z={"id": "z", "output": stopped},
            e={"id": "e", "output": {"completion": ""}},
            f={"id": "f", "output": {"completion": "", "error": "too long"}},
        )
    )
    assert (read.file, read.model) == ("log.eval", "m")
    assert read.by_id == {
        "x": "A",
        "5": Failure("broken", "inspect_ai: no connection"),
        "z": Failure("refused", "inspect_ai: the answer was filtered"),
        "e": "",
        "f": Failure("broken", "inspect_ai: too long"),
    }


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ({"x": {"output": {}}}, "samples/x_epoch_1.json: found a sample without an id"),
        ({"x": "[]"}, "x_epoch_1.json: found list; expected a JSON object"),
        ({"x": "{"}, "x_epoch_1.json: cannot be read"),
    ],
)
def test_a_log_with_a_sample_that_is_none_is_refused(
    tmp_path: Path, samples: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        read_answers(log(tmp_path, **samples))


def test_a_zip_that_is_no_log_or_cut_short_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("photo.jpg", "")
    with pytest.raises(BadInput, match=r"found a zip without header.json"):
        read_answers(tmp_path / "other.zip")
    whole = (RECORDED / "inspect_ai.eval").read_bytes()
    (tmp_path / "cut.eval").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="no zip that can be read"):
        read_answers(tmp_path / "cut.eval")


@pytest.mark.parametrize(("at", "value"), [(6, b"\x01"), (40, b"\xff" * 8)], ids=["locked", "spoiled"])
def test_a_log_that_is_locked_or_spoiled_is_refused(tmp_path: Path, at: int, value: bytes) -> None:
    file = log(tmp_path)
    whole = bytearray(file.read_bytes())
    whole[at : at + len(value)] = value
    if at == 6:  # the central directory says so too
        whole[whole.index(b"PK\x01\x02") + 8] = 1
    file.write_bytes(whole)
    with pytest.raises(BadInput, match=r"header.json: cannot be read"):
        read_answers(file)


def test_a_sample_that_a_retry_wrote_again_counts_as_it_was_written_last(tmp_path: Path) -> None:
    file = log(tmp_path, x={"id": "x", "output": {"completion": "A"}})
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as made:
        made.writestr("samples/x_epoch_1.json", json.dumps({"id": "x", "output": {"completion": "B"}}))
    assert read_answers(file).by_id == {"x": "B"}


def test_a_file_of_a_log_that_unpacks_to_more_than_expected_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinlens.interop.inspect_log.LONGEST", 1000)
    with pytest.raises(BadInput, match=r"found 1,0\d\d bytes; expected at most 1,000"):
        read_answers(log(tmp_path, x={"id": "x", "output": {"completion": "A" * 1000}}))


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python unpacks Zstandard itself")
def test_a_log_that_needs_an_extra_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingExtra, match=r"twinlens\[inspect\]"):
        read_answers(RECORDED / "inspect_ai.eval")


def test_bytes_of_a_log_that_are_no_zstandard_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("zstandard")
    whole = bytearray((RECORDED / "inspect_ai.eval").read_bytes())
    with zipfile.ZipFile(RECORDED / "inspect_ai.eval") as packed:
        start = packed.getinfo("header.json").header_offset + 30 + len("header.json")
    whole[start + 12 : start + 40] = b"\xff" * 28
    (tmp_path / "spoiled.eval").write_bytes(whole)
    with pytest.raises(BadInput, match=r"header.json: cannot be read"):
        read_answers(tmp_path / "spoiled.eval")
