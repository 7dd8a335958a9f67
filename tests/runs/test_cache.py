"""What judges said is found again, and never where anything differs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from twinlens.core.run_records import JudgeRecord, OrderRecord
from twinlens.judges.fixed import Fixed
from twinlens.readers import Row, Shot
from twinlens.runs import cache
from twinlens.runs.cache import Cache, folder, identity
from twinlens.runs.row_groups import Known
from twinlens.runs.row_photos import Photos
from twinlens.runs.swap import Answer


@pytest.fixture
def row(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Row:
    for name, photo in zip("12", pictures[0], strict=True):
        shutil.copy(photo, tmp_path / f"{name}.png")
    return Row("x", (Shot(str(tmp_path / "1.png")),), (Shot(str(tmp_path / "2.png")),), "s")


WHO = identity(Fixed(), "fixed")
KNOWN = Known(Answer(OrderRecord(first="a", choice="b", p_a=0.2, rationale="é")), {})


def question(who: JudgeRecord, row: Row, order: str) -> str:
    return cache.question(who, row, Photos(row).content, order)


def test_what_was_put_is_got_again(own_cache: Path) -> None:
    known = Cache(own_cache)
    assert known.get("ab12", Known) is None
    known.put("ab12", KNOWN)
    assert Cache(own_cache).get("ab12", Known) == KNOWN


def test_a_byte_changed_anywhere_is_as_if_the_file_were_not_there(own_cache: Path) -> None:
    known, whole = Cache(own_cache), Known(Answer(OrderRecord(first="a", choice="b", p_a=0.25)), {})
    known.put("ab12", whole)
    (file,) = own_cache.rglob("*.json")
    content = file.read_bytes()
    for at in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[at] ^= 1 << bit
            file.write_bytes(changed)
            assert known.get("ab12", Known) is None
    for cut in (*range(0, len(content), 7), len(content) - 1):
        file.write_bytes(content[:cut])
        assert known.get("ab12", Known) is None
    file.write_bytes(content)
    assert known.get("ab12", Known) == whole


def test_the_answer_to_another_question_is_no_answer(own_cache: Path) -> None:
    known = Cache(own_cache)
    known.put("ab12", KNOWN)
    shutil.copy(own_cache / "verdicts" / "ab" / "ab12.json", own_cache / "verdicts" / "ab" / "ab34.json")
    assert known.get("ab34", Known) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_a_damaged_file_is_as_if_it_were_not_there(own_cache: Path, content: bytes) -> None:
    known = Cache(own_cache)
    known.put("ab12", KNOWN)
    (file,) = own_cache.rglob("*.json")
    file.write_bytes(content)
    assert known.get("ab12", Known) is None


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Cache(tmp_path / "file").put("ab12", KNOWN)
    assert Cache(tmp_path / "file").get("ab12", Known) is None


def test_the_same_question_has_the_same_key(row: Row) -> None:
    assert question(WHO, row, "ab") == question(WHO, row, "ab")
    moved = replace(row, label="a", reference="text", columns={"n": 1}, file="f", line=3)
    assert question(WHO, moved, "ab") == question(WHO, row, "ab")


def test_whatever_a_judge_can_see_changes_the_key(row: Row) -> None:
    swapped = replace(row, a=row.b, b=row.a)
    halved = replace(row, a=(Shot(row.a[0].path, "left"),), b=(Shot(row.a[0].path, "right"),))
    others = [replace(row, id="y"), replace(row, scene="t"), replace(row, kind="person"), swapped, halved]
    keys = {question(WHO, other, "ab") for other in (row, *others)}
    keys |= {question(WHO, row, "ba"), question(identity(Fixed(), 'fixed(choice="b")'), row, "ab")}
    assert len(keys) == 8


def test_a_replaced_photo_is_another_question(row: Row) -> None:
    before = question(WHO, row, "ab")
    shutil.copy(row.b[0].path, row.a[0].path)
    assert question(WHO, row, "ab") != before


def test_a_replaced_detail_is_another_question(row: Row) -> None:
    detailed = replace(row, a=(*row.a, row.a[0]), b=(*row.b, row.b[0]))
    turned = replace(row, a=(*row.a, row.b[0]), b=(*row.b, row.a[0]))
    assert len({question(WHO, one, "ab") for one in (row, detailed, turned)}) == 3


def test_a_judge_of_another_version_is_another_question(row: Row) -> None:
    @dataclass(frozen=True)
    class Trained:
        version: str

    keys = {question(identity(Trained(version), "mine"), row, "ab") for version in ("1", "2")}
    assert len(keys) == 2


def test_the_cache_is_where_twinlens_cache_or_xdg_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path / "mine"))
    assert folder() == tmp_path / "mine"
    monkeypatch.delenv("TWINLENS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folder() == tmp_path / "twinlens"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folder() == tmp_path / ".cache" / "twinlens"
