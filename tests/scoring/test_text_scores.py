"""Texts are scored as sacrebleu and rouge-score score them."""

import json
import random
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import sacrebleu
from made_rows import Run, failure, verdict
from rouge_score.rouge_scorer import RougeScorer

from twinlens.core.errors import MissingExtra
from twinlens.core.run_records import VerdictRow
from twinlens.runs.store import RunFolder
from twinlens.scoring.estimator import Estimator
from twinlens.scoring.labels import Label
from twinlens.scoring.rows import read_rows
from twinlens.scoring.score import ScoreRequest, score_run
from twinlens.scoring.text_scores import (
    FIELDS,
    NGRAMS,
    Overlap,
    TextReader,
    body,
    corpus_bleu,
    text_estimators,
)

EXPERT = (
    "<thinking>\nFace Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry.\n"
    "Hair Noise: Image A (Left) is noisy, while Image B (Right) is clean.\n</thinking>\n<answer>A</answer>"
)


@pytest.fixture
def texts(data: Path) -> list[str]:
    lines = (data / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["solution"] for line in lines]


def measured(run: RunFolder) -> dict[str, Estimator]:
    table = read_rows(run, readers=[(FIELDS, TextReader().numbers)])
    return {one.name: one for one in text_estimators(table)}


def test_overlap_is_sacrebleus_and_rouge_scores(texts: list[str], run: Run) -> None:
    said = random.Random(0).sample(texts, len(texts))
    rows = [
        verdict(str(at), label="a", reference=theirs, rationale=mine)
        for at, (mine, theirs) in enumerate(zip(said, texts, strict=True))
    ]
    found = measured(run(rows))
    mine, theirs = [body(text) for text in said], [body(text) for text in texts]
    sentences = [sacrebleu.sentence_bleu(one, [other]).score for one, other in zip(mine, theirs, strict=True)]
    rouge = RougeScorer(["rougeL"])
    overlaps = [rouge.score(other, one)["rougeL"].fmeasure for one, other in zip(mine, theirs, strict=True)]
    assert found["bleu4"].score().value == pytest.approx(np.mean(sentences) / 100)
    assert found["rouge_l"].score().value == pytest.approx(np.mean(overlaps))
    assert found["bleu4_corpus"].score().value == pytest.approx(
        sacrebleu.corpus_bleu(mine, [theirs]).score / 100
    )


@pytest.mark.parametrize(
    "text",
    [
        "the cat sat on the mat",
        "a cat sat",
        "the dog is here now",
        "dogs",
        "",
        "the cat sat on a mat today yes",
    ],
)
def test_corpus_bleu_of_counts_is_sacrebleus(text: str) -> None:
    reference = "the cat sat on the mat today"
    numbers = Overlap()(text, reference)
    told = sacrebleu.corpus_bleu([text], [[reference]]).score / 100
    assert float(corpus_bleu(np.array(numbers[-len(NGRAMS) :]))) == pytest.approx(told)


def test_the_body_of_a_text_is_without_tags_and_answer() -> None:
    assert body("<think>one\ntwo</think><answer>A</answer>") == "one\ntwo"
    assert body("<thinking>\ncut short\n<answer>B</answer>") == "cut short"
    assert body("Just reasons.\n<answer>A</answer>") == "Just reasons."


def test_a_text_that_is_the_experts_own_scores_one(texts: list[str], run: Run) -> None:
    rows = [verdict(str(at), label="a", reference=text, rationale=text) for at, text in enumerate(texts[:5])]
    found = {name: one.score().value for name, one in measured(run(rows)).items()}
    assert [found[name] for name in ("bleu4", "bleu4_corpus", "rouge_l")] == pytest.approx([1, 1, 1])


def test_rows_without_texts_have_no_score_of_them(run: Run) -> None:
    assert measured(run([verdict("1", label="a"), failure("2", label="b")])) == {}


def test_a_missing_extra_is_an_error_where_texts_are_required_and_noted_elsewhere(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sacrebleu", "sacrebleu.metrics.bleu"):
        monkeypatch.setitem(sys.modules, name, None)
    rows = [verdict(str(at), label="a", reference=EXPERT, rationale=EXPERT) for at in range(3)]
    folder = run(rows)
    with pytest.raises(MissingExtra, match=r"pip install 'twinlens\[score\]'"):
        score_run(folder, ScoreRequest(rationale=True), "0")
    record = score_run(folder, ScoreRequest(), "0").record
    assert "bleu4" not in record.scores
    assert "claim_f1" in record.scores
    assert any("BLEU-4 and ROUGE-L are left out" in note for note in record.notes)


def test_a_label_without_a_text_leaves_only_the_texts_own_numbers() -> None:
    bare, written = (msgspec.convert(verdict("1", rationale=text), VerdictRow) for text in ("", "x"))
    numbers = TextReader().numbers(written, Label("a"))
    assert len(numbers) == len(FIELDS)
    assert np.isnan(numbers[FIELDS.index("bleu")])
    assert TextReader().numbers(bare, Label("a")) == ()


def test_an_experts_text_without_a_side_is_still_one_to_compare_with(run: Run) -> None:
    found = measured(run([verdict(str(at), reference=EXPERT, rationale=EXPERT) for at in range(2)]))
    assert found["rouge_l"].score().value == 1
