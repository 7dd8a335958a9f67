"""Labels are read from tables, JSONL and the challenge's own file; what is no label is told with its line."""

from pathlib import Path

import pytest

from twinlens.core.errors import BadInput
from twinlens.scoring.labels import key, read_labels


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_a_table_of_labels_keeps_its_columns(tmp_path: Path) -> None:
    file = written(tmp_path, "labels.csv", "id,label,scene,share,tier\np1,A,s1,0.9,easy\np2,tie,s1,,hard\n")
    found = read_labels(file)
    assert found[key("p1")].side == "a"
    assert found[key("p1")].share == 0.9
    assert found[key("p1")].columns["tier"] == "easy"
    assert found[key("p2")].side == "tie"
    assert found[key("p2")].scene == "s1"


def test_lines_of_json_hold_labels_or_solutions(tmp_path: Path) -> None:
    text = '{"id": 7, "label": "b"}\n\n{"id": "x", "solution": "Face Noise: alike.\\n<answer>B</answer>"}\n'
    found = read_labels(written(tmp_path, "labels.jsonl", text))
    assert [found[key("7")].side, found[key("x")].side] == ["b", "b"]
    assert found[key("x")].text is not None


def test_the_challenges_file_is_read_by_the_reader_of_runs(data: Path) -> None:
    found = read_labels(data / "raim" / "train_grpo_1536.jsonl")
    assert len(found) == 100
    sides = [label.side for label in found.values()]
    assert (sides.count("a"), sides.count("b")) == (59, 41)
    assert found[key("p_000")].columns["kind"] == "person"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "x.csv",
            "id,side\np1,a\n",
            "x.csv:1: found the columns id, side; expected id, label",
        ),
        ("x.csv", "id,label\np1,a\np1,b\n", "x.csv:3: the id 'p1' stands twice"),
        ("x.csv", "id,label\np1\n", "x.csv:2: found 1 cells; expected 2"),
        ("x.csv", "id,label\np1,c\n", "x.csv:2: found the label 'c'"),
        ("x.csv", "id,label\n,a\n", "x.csv:2: found no id"),
        ("x.csv", "id,label\n", "found no label"),
        ("x.jsonl", '{"id": "p1"}\n', "x.jsonl:1: found neither a label nor an answer"),
        ("x.csv", "id,label,id\np1,a,p1\n", "x.csv:1: the column 'id' stands twice"),
        ("x.jsonl", "[1]\n", "x.jsonl:1: found list; expected an object of id and label a line"),
        ("x.jsonl", '{"id": "p1", "label": 0}\n', "x.jsonl:1: found the label 0"),
        ("x.jsonl", '{"id": "p1", "label": "a", "share": 2}\n', "x.jsonl:1: found the share 2"),
    ],
)
def test_what_is_no_label_is_reported_with_its_line(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_labels(written(tmp_path, name, text))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_labels(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"id,label\n\xff\xfe")
    with pytest.raises(BadInput, match="byte 9 is not UTF-8"):
        read_labels(tmp_path / "binary.csv")
