"""The controls never look, are chosen without the pair they are scored on, and show what overlap is worth."""

import json
import random
import re
from pathlib import Path

import pytest
from made_rows import Run, verdict
from rouge_score.rouge_scorer import RougeScorer

from twinlens.language.parse import read
from twinlens.scoring.controls import _likeness, favouring_a, longest_common, spaced, templates
from twinlens.scoring.score import ScoreRequest, score_run
from twinlens.scoring.text_scores import Reference


@pytest.fixture
def items(data: Path) -> list[dict[str, str]]:
    lines = (data / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    return [
        {
            "id": re.sub("_merged.*", "", Path(item["images"][0]).name),
            "text": item["solution"],
            "kind": "person" if "p_" in item["images"][0] else "scene",
        }
        for item in map(json.loads, lines)
    ]


def test_a_fixed_text_reaches_what_the_winners_text_does_and_the_wrong_side_costs_little(
    items: list[dict[str, str]], run: Run
) -> None:
    rows = [
        verdict(
            item["id"],
            kind=item["kind"],
            label=read(item["text"]).answer,
            reference=item["text"],
            rationale="x",
        )
        for item in items
    ]
    found = score_run(run(rows), ScoreRequest(), "0").record.controls
    right, wrong = found["template_right"], found["template_wrong"]
    assert right["rouge_l"].n == 100
    assert right["rouge_l"].value == pytest.approx(0.287, abs=0.01)
    assert wrong["rouge_l"].value == pytest.approx(0.258, abs=0.005)
    assert right["bleu4"].value == pytest.approx(0.158, abs=0.02)
    assert wrong["bleu4"].value == pytest.approx(0.109, abs=0.02)
    assert wrong["claim_f1"].value < right["claim_f1"].value / 5


def test_the_likeness_of_texts_is_rouge_scores(items: list[dict[str, str]]) -> None:
    texts = [item["text"] for item in items[:8]]
    found, rouge = _likeness(texts), RougeScorer(["rougeL"])
    for at, one in enumerate(texts):
        for other in range(at):
            told = rouge.score(texts[other], one)["rougeL"].fmeasure
            assert found[at, other] == found[other, at] == pytest.approx(told)
        assert found[at, at] == 0


def test_the_longest_common_subsequence_is_the_textbooks() -> None:
    rng = random.Random(0)
    for _ in range(50):
        one, other = ([rng.choice("abcd") for _ in range(rng.randrange(12))] for _ in range(2))
        table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
        for at, mine in enumerate(one):
            for to, theirs in enumerate(other):
                table[at + 1][to + 1] = (
                    table[at][to] + 1 if mine == theirs else max(table[at][to + 1], table[at + 1][to])
                )
        places: dict[str, int] = {}
        for at, word in enumerate(one):
            places[word] = places.get(word, 0) | 1 << at
        assert longest_common(places, len(one), other) == table[-1][-1]


def test_a_template_is_of_the_same_kind_and_never_the_pairs_own_text() -> None:
    texts = [
        f"Face Noise: Image A is {word} than Image B." for word in ("cleaner", "softer", "sharper", "noisier")
    ]
    references = [Reference(at, "ps"[at // 2], "a", text) for at, text in enumerate(texts)]
    assert templates(references) == [texts[1], texts[0], texts[3], texts[2]]


def test_a_kind_with_one_text_has_no_template() -> None:
    assert templates([Reference(0, "p", "a", "Face Noise: Image A is cleaner.")]) == [""]


def test_a_text_is_written_to_favour_a() -> None:
    told = Reference(0, "p", "b", "<thinking>Image B (Right) is sharper.</thinking><answer>B</answer>")
    assert favouring_a(told) == "Image A (Left) is sharper."


def test_very_many_texts_are_tried_evenlyspaced() -> None:
    assert spaced(3, 5) == [0, 1, 2]
    assert spaced(10, 5) == [0, 2, 4, 6, 8]


def test_the_side_that_is_right_more_often_is_a_control_too(run: Run) -> None:
    rows = [verdict(str(at), "a", label="a" if at < 7 else "b") for at in range(10)]
    record = score_run(run(rows), ScoreRequest(), "0").record
    assert record.controls["majority_side"]["accuracy"].value == 0.7
    assert any("not above that of always answering one side (0.700)" in note for note in record.notes)


def test_a_template_that_never_looks_is_exposed(items: list[dict[str, str]], run: Run) -> None:
    text = items[0]["text"]
    rows = [
        verdict(
            item["id"], "ab"[at % 2], kind=item["kind"], label=read(item["text"]).answer,
            reference=item["text"], rationale=text,
        )
        for at, item in enumerate(items)
    ]  # fmt: skip
    notes = score_run(run(rows), ScoreRequest(), "0").record.notes
    told = " ".join(notes)
    assert "Only 1 % of the rationales are distinct: they are a template's." in notes
    for name in ("ROUGE-L", "BLEU-4", "The F1 of claims"):
        assert f"{name} is not above that of one fixed text that never looks" in told
