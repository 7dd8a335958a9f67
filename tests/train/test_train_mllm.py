"""Multimodal LLMs trained by `twinlens train sft` and `grpo`: they learn, and a kill loses nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("trl", reason="the extra train-mllm is not installed")

from PIL import Image
from skimage import data as photographs

import tiny_checkpoint
from twinlens.cli import main
from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.core.types import Verdict
from twinlens.judges import checkpoint
from twinlens.judges.image_features import tokenize
from twinlens.judges.local import Local
from twinlens.readers import open_pairs
from twinlens.runs.row_photos import Photos
from twinlens.train.grpo import mirrored_texts, shuffled
from twinlens.train.mllm_model import modules_named, open_model
from twinlens.train.mllm_plan import Plan
from twinlens.train.mllm_rows import read_rows, write_rows
from twinlens.train.mllm_training import Watch

SIDE, TRAINED, HELD_OUT, LEAST_RIGHT = 64, 14, 15, 14
"""Of 15 pairs 14 or more are right at chance level in fewer than one case of 2,000 (binomial)."""
SHORT: tuple[str, ...] = ("--form", "answer", "--batch", "8", "--at-once", "8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small photographs, each beside itself at a quarter of the light, and a model of random weights."""
    made = tmp_path_factory.mktemp("mllm")
    random, shown = np.random.default_rng(0), [photographs.astronaut(), photographs.coffee()]
    for name, count in (("trained", TRAINED), ("held_out", HELD_OUT)):
        lines = ["id,a,b,label,scene,reference"]
        for at in range(count):
            whole = shown[at % 2]
            y, x = (int(random.integers(0, full - SIDE)) for full in whole.shape[:2])
            cut = whole[y : y + SIDE, x : x + SIDE]
            for side, light in (("bright", 1.0), ("dark", 0.25)):
                Image.fromarray((cut * light).astype(np.uint8)).save(made / f"{name}{at}{side}.png")
            sides = ("bright", "dark") if at % 2 else ("dark", "bright")
            files = ",".join(f"{name}{at}{side}.png" for side in sides)
            better, worse = ("A (Left)", "B (Right)") if at % 2 else ("B (Right)", "A (Left)")
            text = f"Global Exposure: Image {worse} is far too dark, while Image {better} is well exposed."
            lines.append(f'{name}{at},{files},{better[0].lower()},{name}{at},"{text}"')
        (made / f"{name}.csv").write_text("\n".join(lines) + "\n")
    tiny_checkpoint.qwen3_vl(made / "model")
    return made


def judge(folder: Path, model: str = "model", prompt: str = "answer", **more: Any) -> Local:
    return Local(str(folder / model), crops=0, prompt=prompt, **more)


def train(
    folder: Path, goal: str, out: str, *options: str, asks: Local | None = None, pairs: str = "trained"
) -> int:
    """The exit code of a training in this process."""
    spec = catalog.spec(asks or judge(folder))
    words = [str(folder / f"{pairs}.csv"), "--judge", spec, "--out", str(folder / out)]
    with pytest.raises(SystemExit) as ended:
        main(["train", goal, *words, *options])
    return int(ended.value.code or 0)


def logged(out: Path, name: str) -> list[float]:
    return [one[name] for one in json.loads((out / "training" / "log.json").read_text()) if name in one]


@pytest.fixture(scope="module")
def learned(folder: Path) -> Path:
    """A model that was trained to answer, with what it scores on pairs of other scenes."""
    options = ("--full", "--steps", "26", "--rate", "2e-3", "--held-out", str(folder / "held_out.csv"))
    assert train(folder, "sft", "learned", *SHORT, *options) == 0
    return folder / "learned"


def test_the_loss_falls_and_unseen_scenes_are_judged_right(learned: Path) -> None:
    loss = logged(learned, "loss")
    assert loss[-1] < 0.1 * loss[0]
    scores = json.loads((learned / "training" / "scores.json").read_text())
    after = scores["against"]["scores"]["accuracy"]
    assert after["n"] == HELD_OUT
    assert after["value"] * HELD_OUT >= LEAST_RIGHT
    assert scores["difference"]["scores"]["accuracy"]["low"] > 0


def test_the_folder_says_what_it_is_and_the_judge_that_it_names_opens_it(learned: Path, folder: Path) -> None:
    card = (learned / "README.md").read_text()
    spec = re.search(r"--judge '(.*)'", card)
    assert spec is not None
    for words in ("base_model:", "14 pairs of 14 scenes", "| accuracy |", "all weights", "transformers 5"):
        assert words in card
    page = (learned / "report.html").read_text()
    assert page.count("<article>") == 6
    assert "accuracy" in page
    assert "<polyline" in page
    assert re.search("after: [AB] over both orders, right", page)
    assert list((learned / "training" / "tensorboard").glob("events.*"))
    assert not (learned / "training" / "checkpoints").exists()
    (row, *_) = open_pairs(folder / "held_out.csv")
    verdict = catalog.part("judges", spec[1]).judge(Photos(row).pair)
    assert isinstance(verdict, Verdict)
    assert verdict.choice == row.label


def test_the_same_command_again_trains_nothing_anew_and_says_the_same(
    learned: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (learned / "model.safetensors").stat().st_mtime_ns
    options = ("--full", "--steps", "26", "--rate", "2e-3", "--held-out", str(folder / "held_out.csv"))
    assert train(folder, "sft", "learned", *SHORT, *options) == 0
    assert "held-out pairs of 15 scenes" in capsys.readouterr().out
    assert (learned / "model.safetensors").stat().st_mtime_ns == before
    assert train(folder, "sft", "learned", *SHORT, "--full", "--steps", "27", "--rate", "2e-3") == 2
    assert "found a training with settings steps 26, not 27" in capsys.readouterr().err


def test_grpo_raises_the_reward_and_says_where_a_batch_has_no_signal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that writes A or B at random, since it learned from pairs of one photo, is rewarded for A."""
    for name, sides in (("alike", "ab"), ("first", "aa")):
        files = [f"trained{at // 2}bright.png" for at in range(8)]  # each once with either label
        rows = [f"{at},{file},{file},{sides[at % 2]},{at}" for at, file in enumerate(files)]
        (folder / f"{name}.csv").write_text("\n".join(["id,a,b,label,scene", *rows]) + "\n")
    options = ("--full", "--one-order", "--rate", "2e-3", "--steps", "30")
    assert train(folder, "sft", "unsure", *SHORT, *options, pairs="alike") == 0
    capsys.readouterr()
    options = (*SHORT[:2], "--full", "--one-order", "--steps", "10", "--rate", "3e-4", "--batch", "2",
               "--at-once", "8", "--temperature", "0.7", "--reward", "answer=1",
               "--reward", "consistency=0.1")  # fmt: skip
    assert (
        train(folder, "grpo", "rewarded", *options, asks=judge(folder, "unsure", max_tokens=8), pairs="first")
        == 0
    )
    reward = logged(folder / "rewarded", "reward")
    assert np.mean(reward[-3:]) > np.mean(reward[:2]) + 0.2
    silent = logged(folder / "rewarded", "frac_reward_zero_std").count(1.0)
    assert capsys.readouterr().err.count("this batch teaches nothing") == silent
    assert "1 × answer, 0.1 × consistency" in (folder / "rewarded" / "README.md").read_text()


def test_killed_and_resumed_equals_undisturbed_bit_for_bit(folder: Path) -> None:
    options = ("--form", "answer,explain", "--batch", "4", "--steps", "8", "--save-steps", "2",
               "--train", "connector", "--lora-rank", "4", "--rate", "1e-3")  # fmt: skip
    asks = judge(folder, prompt="challenge")
    words = [str(folder / "trained.csv"), "--judge", catalog.spec(asks), "--out", str(folder / "killed")]
    process = subprocess.Popen([sys.executable, "-m", "twinlens.cli", "train", "sft", *words, *options])
    checkpoints = folder / "killed" / "training" / "checkpoints"
    while not list(checkpoints.glob("*/complete")) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    (checkpoints / "checkpoint-7").mkdir()  # as if it had been killed while this one was written
    assert not (folder / "killed" / "adapter_model.safetensors").exists()
    for out in ("killed", "undisturbed"):
        assert train(folder, "sft", out, *options, asks=asks) == 0
    files = ("adapter_model.safetensors", "adapter_config.json")
    for name in files:
        assert (folder / "killed" / name).read_bytes() == (folder / "undisturbed" / name).read_bytes()
    assert logged(folder / "killed", "loss") == logged(folder / "undisturbed", "loss")


def test_two_processes_train_together(folder: Path) -> None:
    spec = catalog.spec(judge(folder))
    words = [str(folder / "trained.csv"), "--judge", spec, "--out", str(folder / "together")]
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2",
              "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
              "--main_process_port", "0", "--module", "twinlens.cli"]  # fmt: skip
    options = ("--form", "answer", "--batch", "4", "--at-once", "2")
    ran = subprocess.run(
        [*launch, "train", "sft", *words, *options, "--steps", "2", "--lora-rank", "2"],
        capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("written: ") == 1
    assert len(logged(folder / "together", "loss")) == 2
    assert (folder / "together" / "adapter_model.safetensors").exists()


def plan(folder: Path, adapter: str | None = None, **given: Any) -> Plan:
    return Plan(goal="sft", judge=judge(folder, prompt="challenge", adapter=adapter), **given)


def test_rows_of_both_orders_balance_and_share_their_images(folder: Path, tmp_path: Path) -> None:
    pairs = list(open_pairs(folder / "trained.csv"))[:5]
    given = plan(folder, forms=("answer", "explain", "full"))
    assert write_rows(pairs, given.judge, given.forms, True, tmp_path) == []
    rows = read_rows(pairs, tmp_path, open_model(given)[1])
    assert len(rows) == 5 * 3 * 2
    assert rows["label"].count("a") == rows["label"].count("b")
    assert len(list(tmp_path.glob("*.png"))) == 2 * len(pairs)
    photos = [np.asarray(image).tobytes() for image in rows[0]["images"]]
    assert [np.asarray(image).tobytes() for image in rows[1]["images"]] == photos[::-1]
    ends = {row["completion"][0]["content"][0]["text"][-18:] for row in rows if row["label"] == "b"}
    assert ends == {"<answer>B</answer>"}
    again = shuffled(rows, given)
    assert again["id"] == [id for id in again["id"][::2] for _ in range(2)]
    assert again["swapped"] == [False, True] * 15


def test_the_trainer_is_given_the_tokens_that_the_judge_asks_with(folder: Path, tmp_path: Path) -> None:
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    given = plan(folder, forms=("answer",))
    (row, *_) = open_pairs(folder / "trained.csv")
    loaded = checkpoint.load(given.judge.model, None, "cpu", "float32", False)
    write_rows([row], given.judge, given.forms, True, tmp_path)
    rows = read_rows([row], tmp_path, loaded.processor)
    collated = DataCollatorForVisionLanguageModeling(loaded.processor, completion_only_loss=True)([rows[0]])
    asked = tokenize(loaded, given.judge.prompt_for(Photos(row).pair), None).tokens
    letter = loaded.letters["ab".index(str(row.label))]
    assert collated["input_ids"][0, : len(asked) + 1].tolist() == [*asked, letter]


def test_a_connector_is_saved_apart_and_a_later_stage_begins_with_it(folder: Path, tmp_path: Path) -> None:
    first, _ = open_model(plan(folder, modules=("connector",)))
    trained = {name for name, weight in first.named_parameters() if weight.requires_grad}
    assert {re.sub(r".*\.(merger|deepstack_merger_list)\..*", r"\1", name) for name in trained} == {
        "merger", "deepstack_merger_list",
    }  # fmt: skip
    for weight in first.parameters():
        weight.data.add_(0.01 * weight.requires_grad)
    first.save_pretrained(tmp_path)
    assert (tmp_path / "adapter_model.safetensors").stat().st_size < 0.3 * (
        folder / "model/model.safetensors"
    ).stat().st_size
    adapter = str(tmp_path)
    later, _ = open_model(plan(folder, adapter=adapter, modules=("connector",), lora_rank=4))
    values = {name: weight for name, weight in later.named_parameters() if weight.requires_grad}
    assert trained < values.keys()
    assert all((values[name] == weight).all() for name, weight in first.named_parameters() if name in trained)
    on, _ = open_model(plan(folder, adapter=adapter))
    assert {name for name, weight in on.named_parameters() if weight.requires_grad} == trained
    with pytest.raises(
        BadInput, match=r"weights have no place in what is trained.* expected the same --train"
    ):
        open_model(plan(folder, adapter=adapter, lora_rank=4))
    base = checkpoint.load(str(folder / "model"), None, "cpu", "float32", False).model
    with pytest.raises(
        BadInput, match="--train nothing: 'm' has no such module; expected connector or one of"
    ):
        modules_named(base, ["nothing"], "m")


@pytest.mark.parametrize(
    ("logs", "what"),
    [
        ({"loss": float("nan")}, "step 3 of 9: the loss is nan; expected a number: lower --rate"),
        ({"loss": 0.0, "mean_token_accuracy": 0.0}, "the loss is 0 and no token counts"),
    ],
)
def test_a_training_that_learns_nothing_stops(logs: dict[str, float], what: str) -> None:
    state = type("State", (), {"global_step": 3, "max_steps": 9})
    with pytest.raises(BadInput, match=what):
        Watch(print).on_log(None, state, None, logs)


def test_texts_are_matched_with_those_of_the_other_order() -> None:
    rows = [
        ("p", "full", False),
        ("p", "full", False),
        ("p", "full", True),
        ("p", "full", True),
        ("q", "full", True),
    ]
    assert mirrored_texts(rows, ["1", "2", "3", "4", "5"]) == ["3", "4", "1", "2", ""]


@pytest.mark.parametrize(
    ("goal", "options", "what"),
    [
        ("sft", ["--judge", "expert"], "--judge 'expert': found no model to train; expected one like local"),
        (
            "sft",
            ["--judge", 'local(model="m", four_bit=True)', "--full"],
            "four_bit=True: found --full or --train; expected LoRA",
        ),
        ("sft", ["--full", "--lora-rank", "4"], "--full: found --train or --lora-rank as well"),
        (
            "sft",
            ["--batch", "6"],
            "--batch 6: 6 rows a step, 4 at once in 1 processes; expected a multiple of 4",
        ),
        ("sft", ["--form", "all"], "--form 'all': expected some of answer, explain, full"),
        ("grpo", ["--reward", "luck"], "--reward 'luck': no reward is called 'luck'; expected one of answer"),
        (
            "grpo",
            ["--reward", "order", "--batch", "3"],
            "--reward order: both orders of a pair have to be in one",
        ),
    ],
)
def test_wrong_use_is_one_line(
    folder: Path, tmp_path: Path, goal: str, options: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(folder, goal, str(tmp_path / "out"), *options) == 2
    said = capsys.readouterr().err
    assert what in said.splitlines()[-1]


def test_rows_that_cannot_be_trained_on_are_named_before_any_step(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--held-out", str(folder / "trained.csv"), "--form", "answer")
    assert train(folder, "sft", str(tmp_path / "out"), *options) == 2
    lines = capsys.readouterr().err.splitlines()
    assert sum("its scene or its photos are also those of" in line for line in lines) == TRAINED
    assert lines[-1] == f"twinlens: {TRAINED} faults; nothing was trained"
