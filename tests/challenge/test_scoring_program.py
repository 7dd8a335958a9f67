"""The scoring program: numbers as sacrebleu's and rouge-score's, plain failures, any bare Python."""

from __future__ import annotations

import ast
import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_submissions import (
    ANSWERS,
    IDS,
    TEXTS,
    WEIGHTS,
    images,
    interpreters,
    jsonl,
    line,
    reference,
    right,
    solution,
    write_reference,
)  # fmt: skip

from twinlens.challenge.program import scoring
from twinlens.challenge.program.rationale import body, item_name, last_answer
from twinlens.challenge.program.reference import Item, Unscorable
from twinlens.challenge.program.scoring import Evaluation, Reference, evaluate
from twinlens.challenge.sandbox import PROGRAM
from twinlens.readers import scan_pairs
from twinlens.scoring import text_scores
from twinlens.scoring.text_scores import Overlap

PACKAGES = Overlap()
FILES = sorted(PROGRAM.glob("*.py"))
PIECES = st.sampled_from([
    "Image", "image", "A", "(Left)", "is", "3.5", "3-4", "dB,", "the", "<skipped>", "&amp;", "&lt;b&gt;",
    "well-", "\n", "-\n", ".", "..", ",.", "a.b", "1,000.", "%", "'s", "don't", "ſ", "İ", "é", "½", "\u00a0",
    "\t", "[x]", "a/b", "~", "_", "9-", "-", "--", "x.9", "9.x",
])  # fmt: skip


def overlap(text: str, expert: str) -> tuple[float, float]:
    return Item("", [], text=expert).overlap(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join))
def test_bleu_and_rouge_are_those_of_sacrebleu_and_rouge_score(one: str, other: str) -> None:
    for text, expert in ((one, other), (other, one), (one, one)):
        mine, theirs = body(text), body(expert)
        assert overlap(mine, theirs) == pytest.approx(PACKAGES(text, expert)[:2], abs=1e-9)


def test_bleu_and_rouge_of_experts_texts_are_those_of_the_packages() -> None:
    for text in TEXTS:
        for expert in TEXTS:
            assert overlap(text, expert) == pytest.approx(PACKAGES(text, expert)[:2], abs=1e-9)


def test_bleu_and_rouge_of_the_challenges_texts_are_those_of_the_packages(data: Path) -> None:
    lines = (data / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(one)["solution"] for one in lines]
    for text, expert in zip(texts, texts[1:] + texts[:1], strict=True):
        assert overlap(body(text), body(expert)) == pytest.approx(PACKAGES(text, expert)[:2], abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "<thinking>\nFace: A.\n</thinking>\n<answer>A</answer>", "<think>x</think><answer>B</answer>", "bare",
        "<THINKING>x", "<answer>A</answer> more <answer> B </answer>", "<think>a</think><think>b</think>", "",
        "<b>x</b> <answer>A", "< answer >A< / answer > x", "<thinking>x<answer>A</answer>y</thinking>z",
    ],
)  # fmt: skip
def test_the_reasons_are_those_that_twinlens_scores(text: str) -> None:
    assert body(text) == text_scores.body(text)


def test_an_item_is_named_as_the_reader_of_the_challenge_names_it(tmp_path: Path) -> None:
    names = [
        "images/p_000_merged_c0.jpg",
        "s_1_crop.png",
        "x.y_left.png",
        "a b_c0.png",
        "p_7_c1_a",
        "left.png",
    ]
    for name in names:
        file = tmp_path / "pairs.jsonl"
        file.write_text(json.dumps({"images": [name, name.replace("left", "right")]}), "utf-8")
        rows = scan_pairs(file).rows
        assert not rows or rows[0].id == item_name(name)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer>A</answer>", "A"), ("<answer> b </answer>", "B"),
        ("<answer>A</answer><answer>B</answer>", "B"),
        ("<answer>A or B</answer>", None), ("A", None), ("<answer>A", None), ("<answer></answer>", None),
        ("<answer>C</answer>", None), ("<answer>A</answer> <answer>both", "A"),
    ],
)  # fmt: skip
def test_the_last_answer_counts_and_is_never_guessed(text: str, answer: str | None) -> None:
    assert last_answer(text, ("A", "B")) == answer


def scored(folder: Path, lines: list[Any], **changed: Any) -> Evaluation:
    file = folder / "submission.jsonl"
    file.write_text(jsonl(lines), "utf-8")
    return evaluate(reference(folder / "ref", **changed), file)


def test_a_perfect_submission_has_perfect_scores(tmp_path: Path) -> None:
    made = scored(tmp_path, right())
    assert made.scores == pytest.approx(dict.fromkeys((*WEIGHTS, "score"), 1.0))
    assert not made.problems
    assert [(row.id, row.line, row.answer, row.correct) for row in made.rows[:2]] == [
        ("p_000", 1, "A", True), ("s_001", 2, "B", True),
    ]  # fmt: skip


def test_scores_are_means_over_all_items_and_their_weighted_mean(tmp_path: Path) -> None:
    made = scored(tmp_path, [line(0), line(1, answer="A"), line(2, text="Words of no expert.")])
    rows, count = made.rows, len(TEXTS)
    assert made.scores["accuracy"] == pytest.approx(2 / count)
    assert made.scores["rouge_l"] == pytest.approx(math.fsum(row.rouge_l for row in rows) / count)
    weighted = math.fsum(weight * made.scores[key] for key, weight in WEIGHTS.items())
    assert made.scores["score"] == pytest.approx(weighted)


def test_both_tags_of_reasons_are_read_and_stray_folders_do_not_matter(tmp_path: Path) -> None:
    given = {"images": [name.removeprefix("images/") for name in images(IDS[0])]}
    said = solution(TEXTS[0], "A").replace("thinking>", "think>")
    made = scored(tmp_path, [given | {"solution": said}])
    assert made.rows[0].bleu4 == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("no json", "no JSON"), ("[1]", "no object"), ('{"images": []}', "no list of images"),
        ('{"images": ["p_000_c0.jpg"], "solution": NaN}', "NaN, which is no JSON"),
        ('{"images": ["p_000_c0.jpg"], "x": -Infinity}', "-Infinity"),
        ('{"images": ["p_000_c0.jpg"], "x": 1' + "0" * 9000 + "}", "9001 digits"),
        ('{"images": ["p_000_c0.jpg"], "solution": "a", "solution": "b"}', "twice"),
        ("[" * 100_000, "no JSON"), ('{"x": ' * 20_000, "no JSON"),
        ({"images": images("p_999"), "solution": ""}, "no item of this phase"),
        ({"images": [images(IDS[0])[0], images(IDS[1])[0]], "solution": ""}, "no item of this phase"),
        ({"images": [{"path": "x"}], "solution": ""}, "no path"),
        ({"images": ["x"] * 17}, "no list of images"), ({"images": images(IDS[0])}, "no solution"),
        ({"images": images(IDS[0]), "solution": 7}, "no solution"), (line(0, answer="C"), "none of A, B"),
        (line(0, text="x" * 5000), "5042 characters; expected at most 4000"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_named_and_fails_its_item_only(
    tmp_path: Path, bad: Any, said: str
) -> None:
    made = scored(tmp_path, [line(1), bad])
    problem = next(one for one in made.problems if one.line == 2)
    assert said in problem.text
    assert made.rows[0].line == 0
    assert made.scores["accuracy"] == pytest.approx(1 / len(TEXTS))
    assert "p_000" in " ".join(one.text for one in made.problems)


def test_an_item_that_stands_twice_counts_for_nobody(tmp_path: Path) -> None:
    made = scored(tmp_path, [line(0), line(1), line(0, answer="B"), line(0)])
    assert [one.line for one in made.problems if "already on line 1" in one.text] == [3, 4]
    assert [row.line for row in made.rows[:2]] == [0, 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no line about an item"), (b"\n\n", "no line about an item"), (b"x\n", "no JSON"),
        (jsonl(right()).encode("utf-16"), "UTF-16"),
        (jsonl([line(0)]).encode() + "é".encode("latin-1"), "line 2 of the predictions is not UTF-8"),
        (b"\n" * 300, "301 lines"), (b" " * 200_001, "more than 200000 bytes"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_is_one_plain_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(Unscorable, match=re.escape(said)) as error:
        evaluate(reference(tmp_path / "ref"), tmp_path / "x.jsonl")
    assert "\n" not in str(error.value)


def test_a_byte_order_mark_and_dos_lines_are_read(tmp_path: Path) -> None:
    text = "\ufeff" + jsonl(right()).replace("\n", "\r\n")
    (tmp_path / "x.jsonl").write_bytes(text.encode())
    assert not evaluate(reference(tmp_path / "ref"), tmp_path / "x.jsonl").problems


def test_the_predictions_are_looked_for_in_all_folders_and_links_are_not_followed(tmp_path: Path) -> None:
    made, res = reference(tmp_path / "ref"), tmp_path / "res"
    for name in ("deep/er/sub.JSONL", "__MACOSX/._sub.jsonl", ".hidden.jsonl", "readme.txt"):
        (res / name).parent.mkdir(parents=True, exist_ok=True)
        (res / name).write_text(jsonl(right()) if "er" in name else "x", "utf-8")
    (res / "link.jsonl").symlink_to(tmp_path / "ref" / "reference.jsonl")
    assert evaluate(made, res).scores["accuracy"] == 1.0
    (res / "second.jsonl").write_text("", "utf-8")
    with pytest.raises(Unscorable, match=r"found 2 \.jsonl files"):
        evaluate(made, res)


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": "other/1"}, {"metrics": []}, {"metrics": [{"key": "bleu4", "weight": -1}]},
        {"metrics": [{"key": "cider", "weight": 1}]}, {"metrics": [{"key": "bleu4", "weight": "NaN"}]},
        {"metrics": 3}, {"limits": {}}, {"answers": ["C", "D"]},
    ],
)  # fmt: skip
def test_a_reference_that_cannot_be_used_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(Unscorable, match=r"(settings\.json|reference\.jsonl:1): expected"):
        reference(tmp_path / "ref", **changed)


def app(folder: Path, lines: list[Any]) -> list[str]:
    """A folder laid out as the server's /app; the arguments of the program."""
    shutil.copytree(PROGRAM, folder / "program", ignore=shutil.ignore_patterns("__pycache__"))
    write_reference(folder / "input" / "ref")
    (folder / "input" / "res").mkdir()
    (folder / "output").mkdir()
    content = jsonl(lines).encode("utf-8", "replace")
    (folder / "input" / "res" / "predictions.jsonl").write_bytes(content)
    return [str(folder / "program" / "scoring.py"), str(folder / "input"), str(folder / "output")]


@pytest.mark.parametrize("version", interpreters())
def test_it_runs_in_every_bare_python_with_the_same_result(tmp_path: Path, version: str) -> None:
    lines = [line(0), line(1, text=TEXTS[3]), line(2, answer="A"), "broken"]
    command = [interpreters()[version], "-I", "-S", *app(tmp_path, lines)]
    ran = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("scored: 5 items, 2 failed")
    scores = json.loads((tmp_path / "output" / "scores.json").read_text("utf-8"))
    expected = scored(tmp_path / "output", lines).scores
    assert scores == expected
    summary = json.loads((tmp_path / "output" / "summary.json").read_text("utf-8"))
    assert (summary["items"], summary["failed"], summary["problems"][0][0]) == (5, 2, 4)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_is_written_in_the_syntax_of_python_3_7_and_needs_no_package(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"), feature_version=(3, 7))
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        assert all(name.split(".")[0] in sys.stdlib_module_names for name in names)


def test_it_writes_no_scores_where_it_cannot_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, given, output = app(tmp_path, ["broken"])
    assert scoring.main([given, output]) == 1
    assert list((tmp_path / "output").iterdir()) == []
    said = capsys.readouterr().err
    assert said.startswith("not scored: found no line")
    assert said.count("\n") == 1
    assert scoring.main([]) == 1
    assert scoring.main([given, str(tmp_path / "absent")]) == 1


def test_every_score_is_a_finite_number_under_a_known_key(tmp_path: Path) -> None:
    _, given, output = app(tmp_path, [line(0, text="")])
    assert scoring.main([given, output]) == 0
    scores = json.loads((tmp_path / "output" / "scores.json").read_text("utf-8"))
    assert list(scores) == [*WEIGHTS, "score"]
    assert all(math.isfinite(value) for value in scores.values())


def test_the_page_escapes_all_text_and_fetches_nothing(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x00\ud800 & \"'"
    _, given, output = app(tmp_path, [line(0, text=evil), {"images": [evil], "solution": evil}, evil])
    assert scoring.main([given, output]) == 0
    page = (tmp_path / "output" / "detailed_results.html").read_text("utf-8")
    assert not re.search(r"<script|<img|<b>|\bhref|\bsrc=[^x]|url\(|@import|[\u202e\x00\ud800]", page)
    assert "&lt;script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_the_page_names_each_failed_line_and_gives_no_label_away(tmp_path: Path) -> None:
    pages = []
    for flipped in (False, True):
        folder = tmp_path / str(flipped)
        _, given, output = app(folder, [*right()[:3], "broken", line(3, answer="C")])
        file = folder / "input" / "ref" / "reference.jsonl"
        if flipped:  # other labels, of which as many are A
            rows = [json.loads(one) for one in file.read_text("utf-8").splitlines()]
            for row, answer in zip(rows, "BABBB", strict=True):
                row["answer"] = answer
            file.write_text(jsonl(rows), "utf-8")
        assert scoring.main([given, output]) == 0
        page = (folder / "output" / "detailed_results.html").read_text("utf-8")
        for text in ('<td class="n">4</td>', '<td class="n">5</td>', "s_003: the last", "p_004: no line"):
            assert text in page
        pages.append(page.partition("What is wrong")[2])
    assert ANSWERS == "ABBBB"
    assert pages[0] == pages[1]


def test_a_reference_serves_many_submissions(tmp_path: Path) -> None:
    made: Reference = reference(tmp_path / "ref")
    file = tmp_path / "x.jsonl"
    file.write_text(jsonl(right()), "utf-8")
    assert evaluate(made, file).scores == evaluate(made, str(file)).scores
