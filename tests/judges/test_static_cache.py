"""Writing by a static cache, which graphs of a GPU need, and words that end it: the tokens stay the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra local is not installed")

import torch

import tiny_checkpoint
from twinlens.core.types import Pair, Photo, Verdict
from twinlens.judges import checkpoint, static_cache
from twinlens.judges.checkpoint import LoadedModel
from twinlens.judges.generation import Session
from twinlens.judges.local import BEGUN, Local
from twinlens.judges.vlm import VisionPrompt

MOST = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint.qwen3_vl(tmp_path_factory.mktemp("checkpoints") / "qwen3_vl")


@pytest.fixture(scope="module")
def loaded(folder: Path) -> LoadedModel:
    return checkpoint.load(str(folder), None, "cpu", "auto", False)


def pairs() -> list[Pair]:
    """Pairs of several sizes, so that rows differ in length."""
    random = np.random.default_rng(0)
    sizes = ((96, 128), (64, 160), (128, 96), (96, 96))
    made = [random.integers(0, 256, (2, *size, 3), dtype=np.uint8) for size in sizes]
    return [
        Pair(f"p{at}", Photo("a", f"a{at}", a), Photo("b", f"b{at}", b)) for at, (a, b) in enumerate(made)
    ]


@pytest.fixture(scope="module")
def prompts(folder: Path) -> list[VisionPrompt]:
    judge = Local(str(folder), device="cpu")
    return [judge.prompt_for(pair, "a") for pair in pairs()]


def written(loaded: LoadedModel, prompts: list[VisionPrompt], rows: int, until: str = "") -> list[str]:
    """The texts of a session that is compiled for so many rows, answers first, as the judge does it."""
    with torch.inference_mode():
        session = Session(loaded, rows)
        session.answers(prompts)
        return [one.text for one in session.completions(prompts, BEGUN, MOST, until)]


def test_a_static_cache_writes_the_tokens_of_the_dynamic_one(
    loaded: LoadedModel, prompts: list[VisionPrompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, filled, made = written(loaded, prompts, 0), static_cache.filled, []
    assert len(set(plain)) > 1

    def noted(*arguments: Any) -> Any:
        made.append(filled(*arguments))
        return made[-1]

    monkeypatch.setattr(static_cache, "filled", noted)
    assert written(loaded, prompts, 4) == plain
    assert written(loaded, prompts[:3], 4) == plain[:3]
    assert written(loaded, prompts[::-1], 4) == plain[::-1]
    assert len(made) == 3
    assert len(set(map(id, made))) == 1  # one cache, so that its graph is used again


def test_few_rows_of_many_are_written_by_the_dynamic_cache(
    loaded: LoadedModel, prompts: list[VisionPrompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(static_cache, "filled")
    assert written(loaded, prompts[:2], 4) == written(loaded, prompts[:2], 0)


def test_words_end_a_text_where_transformers_own_stop_strings_do(
    loaded: LoadedModel, prompts: list[VisionPrompt]
) -> None:
    whole = written(loaded, prompts, 0)
    until = whole[0][MOST // 2 : MOST // 2 + 4]
    ended = written(loaded, prompts, 0, until)
    assert ended == [text.partition(until)[0] for text in whole]
    with torch.inference_mode():
        ((inputs, _),) = Session(loaded)._batches(prompts[:1], BEGUN)
        stop: Any = {"stop_strings": [until], "tokenizer": loaded.processor.tokenizer}
        own = loaded.model.generate(**inputs, do_sample=False, max_new_tokens=MOST, **stop)
        (one,) = Session(loaded).completions(prompts[:1], BEGUN, MOST, until)
    count = own.shape[1] - inputs["input_ids"].shape[1]
    assert one.calls[0].answer_tokens == count < MOST


def test_where_nothing_can_be_compiled_the_dynamic_cache_writes(
    folder: Path, loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Local(str(folder), device="cpu", max_tokens=8, batch=4)
    plain = judge.judge_many(pairs())
    config = loaded.model.generation_config
    completions, rows = Session.completions, []

    def failing(self: Session, *arguments: Any) -> Any:
        rows.append(self.compiled)
        if self.compiled:
            raise torch._dynamo.exc.TorchDynamoException("no C compiler")
        return completions(self, *arguments)

    monkeypatch.setattr(LoadedModel, "compiles", property(lambda _: not config.disable_compile))
    monkeypatch.setattr(config, "disable_compile", False)
    monkeypatch.setattr(Session, "completions", failing)
    again = judge.judge_many(pairs())
    assert rows == [4, 0]
    assert all(isinstance(one, Verdict) for one in plain)
    assert [one.rationale for one in again if isinstance(one, Verdict)] == [
        one.rationale for one in plain if isinstance(one, Verdict)
    ]
    assert not LoadedModel.compiles.fget(loaded)  # type: ignore[attr-defined]
