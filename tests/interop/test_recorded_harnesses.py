"""What inspect_ai and lmms-eval wrote of eight pairs (`make interop`) is read, and comes to our scores."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from stub_answers import ANSWERS, PAIRS, UNREAD, write_pairs

from twinlens.core.types import Failure
from twinlens.interop.answer_files import read_answers
from twinlens.interop.answer_scores import f1, score_answer
from twinlens.interop.inspect_log import read_json
from twinlens.interop.question import question
from twinlens.readers import Rows, open_pairs
from twinlens.runs.answers import Answers, run_answers
from twinlens.runs.store import RunFolder
from twinlens.scoring.score import ScoreRequest, score_run

RECORDED = Path(__file__).parent / "recorded"
NUMBERS = json.loads((RECORDED / "scores.json").read_text("utf-8"))
LOGS = {"inspect_ai": "inspect_ai.eval", "lmms-eval": "lmms_eval_samples.jsonl"}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return open_pairs(write_pairs(tmp_path_factory.mktemp("stub") / "pairs"))


@pytest.fixture(scope="module")
def ours(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """Our scores of the stub's answers."""
    folder = tmp_path_factory.mktemp("run") / "run"
    run_answers(rows, Answers("stub", ANSWERS), folder)
    made = score_run(RunFolder(folder), ScoreRequest(), "").record.scores
    accuracy = made["accuracy"]
    numbers = {name: made[name].value for name in ("accuracy", "bleu4", "rouge_l", "claim_f1")}
    return {**numbers, "unread": accuracy.failed / accuracy.n}  # type: ignore[dict-item]


@pytest.mark.parametrize("log", LOGS.values())
def test_a_log_holds_the_answers_as_the_model_gave_them(log: str) -> None:
    assert read_answers(RECORDED / log).by_id == ANSWERS


@pytest.mark.parametrize("harness", [*LOGS, "twinlens"])
def test_a_harness_comes_to_our_scores(harness: str, ours: dict[str, float]) -> None:
    assert NUMBERS[harness] == pytest.approx(ours, rel=1e-12)


def test_the_scores_of_single_answers_add_up_to_those_of_a_run(ours: dict[str, float]) -> None:
    made = [score_answer(said, label, reference) for _, _, label, reference, said in PAIRS]
    means = {
        name: math.fsum(getattr(one, name) for one in made) / len(made)
        for name in ("accuracy", "bleu4", "rouge_l")
    }
    means["claim_f1"] = f1([one.claims for one in made if one.claims])
    means["unread"] = sum(isinstance(one.reading, Failure) for one in made) / len(made)
    assert means == pytest.approx(ours, rel=1e-12)


def test_without_a_label_or_an_experts_text_there_is_no_score() -> None:
    for label in (None, "tie"):
        made = score_answer("<answer>A</answer>", label, None)
        assert all(map(math.isnan, (made.accuracy, made.bleu4, made.rouge_l)))
        assert made.claims is None


def sample(id: str) -> dict[str, Any]:
    return read_json(str(RECORDED / "inspect_ai.eval"), f"samples/{id}_epoch_1.json")


def test_inspect_ai_was_shown_the_photos_between_the_words_of_our_prompt() -> None:
    system, user = sample("cat")["input"]
    photos = ["photos/cat_a.png", "photos/cat_b.png"]
    filled, content = question("other", photos, "expert")
    assert system["content"] == filled.system
    shown = [photos.pop(0) if part["type"] == "image" else part["text"] for part in user["content"]]
    assert shown == list(content)
    images = [part for part in user["content"] if part["type"] == "image"]
    assert [image["detail"] for image in images] == ["original"] * 2


def test_what_inspect_ai_cannot_score_says_why() -> None:
    scores = {id: sample(id)["scores"]["choice"] for id in ANSWERS}
    assert {id for id, score in scores.items() if math.isnan(score["value"])} == set(UNREAD)
    assert [scores[id]["reason"] for id in UNREAD] == ["unreadable", "refused", "unreadable"]
    assert scores["cat-2"]["value"] == 0.5


def test_lmms_eval_keeps_thoughts_and_blank_lines() -> None:
    lines = (RECORDED / LOGS["lmms-eval"]).read_text("utf-8").splitlines()
    assert [json.loads(line)["filtered_resps"] for line in lines] == list(ANSWERS.values())


def test_the_recordings_hold_no_path_of_a_machine() -> None:
    header = json.dumps(read_json(str(RECORDED / "inspect_ai.eval"), "header.json"))
    texts = [header, json.dumps(sample("cat")), (RECORDED / LOGS["lmms-eval"]).read_text("utf-8")]
    assert [text for text in texts if "/tmp/" in text or "/home/" in text or "/root/" in text] == []
