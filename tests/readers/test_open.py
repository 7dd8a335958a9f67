"""The right reader for a file or folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.readers import scan_pairs
from twinlens.readers.folder import Folder
from twinlens.readers.raim import Raim
from twinlens.readers.table import Table


def test_the_readers_are_parts_by_name() -> None:
    assert catalog.names("readers") == ["folder", "raim", "table"]
    for part in (Folder("v1"), Raim("images"), Table()):
        assert catalog.part("readers", catalog.spec(part)) == part


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.tsv", "pairs.jsonl", "pairs.txt", "pairs"])
@pytest.mark.parametrize("text", ['"id";"a";"b"\n', "B,A,ID\n"])
def test_a_table_is_recognised_by_its_name_or_its_header(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    if name.endswith("jsonl"):
        assert scan_pairs(tmp_path / name).problems[0].what.startswith("found no JSON")
    else:
        assert scan_pairs(tmp_path / name).reader == "table"


@pytest.mark.parametrize("name", ["train.jsonl", "train.ndjson", "train.json", "train"])
def test_a_raim_file_is_recognised_by_its_name_or_its_first_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("\ufeff\n" + json.dumps({"images": ["p_1_c0.png"]}) + "\n", "utf-8")
    found = scan_pairs(tmp_path / name, images=tmp_path)
    assert (found.reader, len(found)) == (f'raim(images="{tmp_path}")', 1)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x89PNG", b"\xff\xfe\x00"])
def test_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(BadInput, match=r"expected a RAIM JSONL, a CSV or Parquet table"):
        scan_pairs(tmp_path / "file")
