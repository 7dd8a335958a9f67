"""Whole commands with a model on this machine: tiny weights, the code that a user's 8B model takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

pytest.importorskip("transformers", reason="the extra local is not installed")

import tiny_checkpoint
from twinlens import cli
from twinlens.core.contracts import schema
from twinlens.core.types import Pair, Side
from twinlens.imaging.open import open_pair
from twinlens.judges.image_features import conversation, processor_inputs
from twinlens.judges.local import BEGUN, Local

TEXT = "Global Sharpness: Image A (Left) keeps fine detail, while Image B (Right) is softer.\n</thinking>"
SIDES: tuple[Side, Side] = ("a", "b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint.qwen3_vl(tmp_path_factory.mktemp("checkpoint") / "model")


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def table(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Path:
    file = tmp_path / "pairs.csv"
    lines = [f"pair_{number:02},{a},{b}" for number, (a, b) in enumerate(pictures[:5])]
    file.write_text("\n".join(("id,a,b", *lines)) + "\n", "utf-8")
    return file


def twinlens(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "rows.jsonl").read_bytes().splitlines()]


def test_a_run_has_the_same_answers_whatever_its_batches(folder: Path, table: Path, tmp_path: Path) -> None:
    found = []
    for batch in (1, 2, 8):
        judge = f'local(model="{folder}", device="cpu", reasons=False, batch={batch})'
        assert twinlens("run", table, "--judge", judge, "--out", tmp_path / f"run{batch}") == 0
        found.append(rows(tmp_path / f"run{batch}"))
    for row in found[0]:
        assert row["orders"]["ab"]["images"][0] == [128, 96]
    for many in found[1:]:
        assert [row["id"] for row in many] == [row["id"] for row in found[0]]
        for one, other in zip(found[0], many, strict=True):
            for order in ("ab", "ba"):
                expected = pytest.approx(one["orders"][order]["p_a"], abs=1e-4)
                assert other["orders"][order]["p_a"] == expected
    times = [json.loads(line) for line in (tmp_path / "run8" / "times.jsonl").read_bytes().splitlines()]
    assert all(call["prompt_tokens"] > 100 for row in times for call in row["calls"])


def test_a_run_again_is_the_same_to_the_last_byte_and_known(
    folder: Path, table: Path, tmp_path: Path
) -> None:
    judge = f'local(model="{folder}", device="cpu", max_tokens=8)'
    for name, more in (("one", "--no-cache"), ("two", "--no-cache")):
        assert twinlens("run", table, "--judge", judge, "--out", tmp_path / name, more) == 0
    assert (tmp_path / "one" / "rows.jsonl").read_bytes() == (tmp_path / "two" / "rows.jsonl").read_bytes()


def test_reasons_are_set_against_the_pixels(
    folder: Path, pictures: list[tuple[Path, Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sharp, soft = pictures[0]
    taught(folder, tmp_path / "lora", open_pair(str(sharp), str(soft)))
    judge = f'local(model="{folder}", adapter="{tmp_path / "lora"}", device="cpu")'
    assert twinlens("compare", sharp, soft, "--judge", judge, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    Draft202012Validator(schema("verdict")).validate(record)
    (claim,) = record["claims"]
    assert (claim["region"], claim["aspect"], claim["favours"]) == ("global", "sharpness", "a")
    assert claim["grounding"] == "supported"
    assert record["self_contradicting"] == (record["choice"] == "b")
    assert record["rationale"].startswith("<thinking>\nGlobal Sharpness: ")
    duo = f"duo(decides='measured', explains={judge!r})"
    assert twinlens("compare", sharp, soft, "--judge", duo, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["choice"], record["claims"][0]["grounding"]) == ("a", "supported")


def test_a_folder_that_holds_no_model_is_one_line_and_code_2(
    pictures: list[tuple[Path, Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert twinlens("compare", *pictures[0], "--judge", f'local(model="{tmp_path}")') == 2
    assert str(tmp_path) in capsys.readouterr().err


def taught(folder: Path, out: Path, pair: Pair) -> None:
    """A LoRA adapter that has learnt to write one text."""
    import warnings

    import peft
    import torch

    from twinlens.judges import checkpoint

    loaded = checkpoint.load(str(folder), None, "cpu", "float32", False)
    torch.manual_seed(0)
    settings = peft.LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", modules_to_save=["lm_head"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        model: Any = peft.get_peft_model(loaded.model, settings)
    lessons = []
    for choice in SIDES:
        prompt = Local(str(folder)).prompt_for(pair, choice)
        text = conversation(loaded, prompt, BEGUN)
        inputs = processor_inputs(loaded.processor, text + TEXT, prompt.images)
        start = processor_inputs(loaded.processor, text, prompt.images)["input_ids"].shape[1]
        labels = inputs["input_ids"].clone()
        labels[:, :start] = -100
        lessons.append({**inputs, "labels": labels})
    learner = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=3e-3)
    losses = [1.0]
    while losses[-1] > 0.02:
        losses += [_step(model, learner, lesson) for lesson in lessons]
        assert len(losses) < 300
    model.save_pretrained(out)
    checkpoint.load.cache_clear()  # the model now has the adapter's layers in it


def _step(model: Any, learner: Any, lesson: dict[str, Any]) -> float:
    loss = model(**lesson).loss
    loss.backward()
    learner.step()
    learner.zero_grad()
    return float(loss.item())
