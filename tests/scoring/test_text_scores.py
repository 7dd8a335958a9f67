"""Texts are scored as sacrebleu and rouge-score score them; claims by hand-worked examples."""

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
from made_rows import Run, claim, failure, verdict
from rouge_score.rouge_scorer import RougeScorer

from twinlens.core.errors import MissingExtra
from twinlens.scoring.choice_scores import Tally
from twinlens.scoring.labels import Label
from twinlens.scoring.rows import read_rows
from twinlens.scoring.score import Asked, score_run, scored
from twinlens.scoring.text_scores import (
    COUNTS,
    FIELDS,
    Overlap,
    Texts,
    body,
    claims_of,
    corpus_bleu,
    matches,
    rationale,
)

EXPERT = (
    "<thinking>\nFace Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry.\n"
    "Hair Noise: Image A (Left) is noisy, while Image B (Right) is clean.\n</thinking>\n<answer>A</answer>"
)


@pytest.fixture
def texts(data: Path) -> list[str]:
    lines = (data / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["solution"] for line in lines]


def measured(folder: Path) -> dict[str, Tally]:
    reader = Texts()
    table = read_rows(folder, measure=(FIELDS, reader.measure))
    return {tally.name: tally for tally in rationale(table)}


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
    assert scored(found["bleu4"]).value == pytest.approx(np.mean(sentences) / 100)
    assert scored(found["rouge_l"]).value == pytest.approx(np.mean(overlaps))
    assert scored(found["bleu4_corpus"]).value == pytest.approx(
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
    assert float(corpus_bleu(np.array(numbers[-len(COUNTS) :]))) == pytest.approx(told)


def test_the_body_of_a_text_is_without_tags_and_answer() -> None:
    assert body("<think>one\ntwo</think><answer>A</answer>") == "one\ntwo"
    assert body("<thinking>\ncut short\n<answer>B</answer>") == "cut short"
    assert body("Just reasons.\n<answer>A</answer>") == "Just reasons."


def test_claims_match_on_region_aspect_and_side_each_once() -> None:
    told = [("face", "sharpness", "a"), ("hair", "noise", "b"), ("global", "color", "same")]
    said = [
        ("face", "sharpness", "a"),
        ("face", "sharpness", "a"),
        ("face", "noise", "b"),
        ("hair", "noise", "a"),
    ]
    assert matches(said, told) == (1, 3, 3, 2, 3, 3)
    assert matches([], told) == (0, 0, 3, 0, 0, 3)


def test_precision_recall_and_f1_are_of_all_claims_and_a_failure_finds_none(run: Run) -> None:
    claims = [claim("face", "sharpness", "a"), claim("hair", "noise", "a"), claim("skin", "noise", "b")]
    rows = [
        verdict("1", label="a", reference=EXPERT, rationale="x", claims=claims),
        failure("2", label="a", reference=EXPERT),
    ]
    assert claims_of(EXPERT) == {("face", "sharpness", "a"), ("hair", "noise", "b")}
    found = {name: scored(tally) for name, tally in measured(run(rows)).items()}
    assert found["claim_precision"].value == pytest.approx(1 / 3)
    assert found["claim_recall"].value == pytest.approx(1 / 4)
    assert found["claim_f1"].value == pytest.approx(2 / 7)
    assert found["claim_f1_relaxed"].value == pytest.approx(4 / 7)
    assert (found["claim_f1"].n, found["claim_f1"].failed) == (2, 1)
    assert found["bleu4"].failed == 1


def test_the_pixels_word_is_the_share_of_claims(run: Run) -> None:
    grounded = ["supported", "supported", "contradicted", "unmeasured"]
    rows = [
        verdict("1", claims=[claim("face", "noise", "a", one) for one in grounded], rationale="one"),
        verdict("2", claims=[claim("face", "noise", "a")], rationale="two", self_contradicting=True),
        verdict("3", rationale="Two"),
        failure("4"),
    ]
    found = {name: scored(tally) for name, tally in measured(run(rows)).items()}
    assert (found["supported"].value, found["contradicted"].value) == (0.4, 0.2)
    assert found["self_contradiction"].value == 0.5
    assert (found["supported"].n, found["supported"].failed) == (2, 1)
    assert found["distinct_rationales"].value == pytest.approx(2 / 3)


def test_a_text_that_is_the_experts_own_scores_one(texts: list[str], run: Run) -> None:
    rows = [verdict(str(at), label="a", reference=text, rationale=text) for at, text in enumerate(texts[:5])]
    found = {name: scored(tally).value for name, tally in measured(run(rows)).items()}
    assert [found[name] for name in ("bleu4", "bleu4_corpus", "rouge_l")] == pytest.approx([1, 1, 1])


def test_rows_without_texts_have_no_score_of_them(run: Run) -> None:
    assert measured(run([verdict("1", label="a"), failure("2", label="b")])) == {}


def test_a_missing_extra_is_told_where_it_was_asked_for_and_noted_elsewhere(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sacrebleu", "sacrebleu.metrics.bleu"):
        monkeypatch.setitem(sys.modules, name, None)
    rows = [verdict(str(at), label="a", reference=EXPERT, rationale=EXPERT) for at in range(3)]
    folder = run(rows)
    with pytest.raises(MissingExtra, match=r"pip install 'twinlens\[score\]'"):
        score_run(folder, Asked(rationale=True), "0")
    record = score_run(folder, Asked(), "0").record
    assert "bleu4" not in record["scores"]
    assert "claim_f1" in record["scores"]
    assert any("BLEU-4 and ROUGE-L are left out" in note for note in record["notes"])


def test_a_label_without_a_text_leaves_only_the_texts_own_numbers() -> None:
    numbers = Texts().measure(verdict("1", rationale="x"), Label("a"))
    assert len(numbers) == len(FIELDS)
    assert np.isnan(numbers[FIELDS.index("told")])
    assert Texts().measure(verdict("1"), Label("a")) == ()


def test_an_experts_text_without_a_side_is_still_one_to_compare_with(run: Run) -> None:
    found = measured(run([verdict(str(at), reference=EXPERT, rationale=EXPERT) for at in range(2)]))
    assert scored(found["rouge_l"]).value == 1
