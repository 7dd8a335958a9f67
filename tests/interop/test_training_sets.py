"""Pairs as data sets for training: what is in them, what their programs read of them, and what is refused."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trl_reader
import yaml
from export_rows import expected, flattened
from PIL import Image
from stub_answers import EXPERT, write_pairs

from tests.tiny_checkpoint import qwen3_vl
from twinlens.core.errors import BadInput, BadPhoto
from twinlens.imaging.open import open_photo
from twinlens.interop import grpo_rewards, training_sets
from twinlens.interop.huggingface import Exported
from twinlens.interop.training_sets import Form, Target
from twinlens.judges.local import Local
from twinlens.readers import Rows, open_pairs

RECORDED = Path(__file__).parent / "recorded"
PAIRS = 3
JUDGE = Local("m")
WRITTEN: list[tuple[Target, Form]] = [
    ("trl", "full"), ("trl", "grpo"), ("ms-swift", "full"), ("ms-swift", "grpo"), ("llama-factory", "full"),
]  # fmt: skip
ENDS: dict[Form, Callable[[dict[str, Any]], str]] = {
    "full": lambda row: row["messages"][-1]["content"] + "<|im_end|>",
    "grpo": lambda row: "",
}
"""The text on which the loss falls."""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return open_pairs(write_pairs(tmp_path_factory.mktemp("stub") / "pairs", PAIRS))


def table(folder: Path, rows: Rows, *said: tuple[str, str]) -> Rows:
    """The first pair once for each label and expert's text."""
    first = next(iter(rows))
    with open(folder / "pairs.csv", "w", newline="", encoding="utf-8") as stream:
        lines = [(k, first.a[0].path, first.b[0].path, *one) for k, one in enumerate(said)]
        csv.writer(stream).writerows([("id", "a", "b", "label", "reference"), *lines])
    return open_pairs(folder / "pairs.csv")


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "train.jsonl").read_text("utf-8").splitlines()]


RECORDS = [one for one in WRITTEN if (RECORDED / f"{one[0].replace('-', '_')}.json").exists()]


@pytest.mark.parametrize(("program", "form"), RECORDS)
def test_the_program_read_what_is_written_and_its_loss_falls_on_the_completion(
    program: Target, form: Form, rows: Rows, tmp_path: Path
) -> None:
    made = json.loads((RECORDED / f"{program.replace('-', '_')}.json").read_text("utf-8"))[form]
    training_sets.write(rows, tmp_path / "set", program, JUDGE, form)
    assert made["version"].startswith(training_sets.PROGRAMS[program].version)
    assert made["as_written"]
    for read, ours in zip(made["rows"], expected(tmp_path / "set"), strict=True):
        assert read["messages"] == ours["messages"]
        assert [size[:2] for size in read["images"]] == [size[:2] for size in ours["images"]]
        assert read.get("solution") == ours.get("solution")
        assert read["image_tokens"] == 2 * (12 + 4)
        assert read["trained"].rstrip("\n") == ENDS[form](ours).rstrip("\n")  # a template may end lines
    assert len(made["losses"]) == 2
    assert form == "grpo" or min(made["losses"]) > 1


@pytest.mark.parametrize("form", ["full", "grpo"])
def test_datasets_and_trl_read_what_is_written(form: Form, rows: Rows, tmp_path: Path) -> None:
    training_sets.write(rows, tmp_path / "set", "trl", JUDGE, form)
    read = trl_reader.read(tmp_path / "set", qwen3_vl(tmp_path / "tiny"), tmp_path / "cache")
    ours = expected(tmp_path / "set")
    assert [{key: one[key] for key in ours[0]} for one in read["rows"]] == ours
    end = "completion" if form == "full" else "solution"
    assert read["columns"] == sorted(["id", "scene", "images", "prompt", end])
    for one, row in zip(read["rows"], ours, strict=True):
        assert one["trained"].rstrip("\n") == ENDS[form](row)
        assert one["image_tokens"] == 2 * (12 + 4)


def test_a_row_is_the_prompt_of_the_judge_with_its_images_in_order(rows: Rows, tmp_path: Path) -> None:
    made = training_sets.write(rows, tmp_path / "set", "ms-swift", JUDGE)
    assert made == training_sets.TrainingSet(Exported(PAIRS, 4 * PAIRS, 2 * PAIRS), Counter())
    row, item = next(iter(rows)), lines(tmp_path / "set")[0]
    system, user, assistant = item["messages"]
    assert (item["id"], item["scene"]) == ("astronaut", "space")
    assert user["content"].startswith("Image A (Left), whole photo:\n<image>\nImage A (Left), detail crop")
    assert user["content"].count("<image>") == len(item["images"]) == 4
    assert assistant == {"role": "assistant", "content": EXPERT}
    assert system["role"] == "system"
    for name, shots in zip(item["images"][::2], (row.a, row.b), strict=True):
        assert (tmp_path / "set" / name).read_bytes() == Path(shots[0].path).read_bytes()
    crop = np.asarray(Image.open(tmp_path / "set" / item["images"][1]))
    assert crop.shape == (48, 64, 3)


def test_a_photo_that_is_reduced_is_a_png_of_what_the_judge_shows(rows: Rows, tmp_path: Path) -> None:
    made = training_sets.write(rows, tmp_path / "set", "ms-swift", Local("m", max_pixels=2048, crops=0))
    assert made.exported == Exported(PAIRS, 2 * PAIRS, 0)
    for item in lines(tmp_path / "set"):
        for name in item["images"]:
            assert np.prod(open_photo(tmp_path / "set" / name).pixels.shape[:2]) <= 2048


@pytest.mark.parametrize(
    ("form", "asks", "written"),
    [
        ("answer", "Write nothing but <answer>", "<answer>A</answer>"),
        ("explain", "It is settled that Image A (Left) is the better one.", EXPERT),
        ("full", "whichever is better. There is no tie.", EXPERT),
    ],
)
def test_each_form_asks_for_what_is_written(
    form: Form, asks: str, written: str, rows: Rows, tmp_path: Path
) -> None:
    training_sets.write(rows, tmp_path / "set", "llama-factory", JUDGE, form)
    _, user, assistant = lines(tmp_path / "set")[0]["messages"]
    assert asks in user["content"]
    assert assistant["content"] == written


def test_for_grpo_the_experts_text_or_the_answer_is_what_rewards_compare_with(
    rows: Rows, tmp_path: Path
) -> None:
    bare = EXPERT.removeprefix("<thinking>\n").removesuffix("\n</thinking>\n<answer>A</answer>")
    two = table(tmp_path, rows, ("a", bare), ("b", ""))
    training_sets.write(two, tmp_path / "set", "ms-swift", JUDGE, "grpo")
    items = lines(tmp_path / "set")
    assert [item["solution"] for item in items] == [EXPERT, "<answer>B</answer>"]
    assert [message["role"] for message in items[1]["messages"]] == ["system", "user"]
    assert "twinlens_answer" in (tmp_path / "set" / "train.yaml").read_text("utf-8")
    compile((tmp_path / "set" / "rewards.py").read_text("utf-8"), "rewards.py", "exec")


def test_rewards_take_texts_and_messages_and_the_column_solution() -> None:
    wrong = EXPERT.replace("<answer>A", "<answer>B")
    for texts in ([EXPERT, wrong], [[{"role": "assistant", "content": text}] for text in (EXPERT, wrong)]):
        made = {name: of(texts, [EXPERT] * 2, id=["x", "y"]) for name, of in grpo_rewards.REWARDS.items()}
        assert (made["answer"], made["format"], made["claims"]) == ([1.0, 0.0], [1.0, 1.0], [1.0, 1.0])
        assert made["consistency"][1] == 0.0
    assert grpo_rewards.claims([EXPERT], ["<answer>A</answer>"]) == [None]


def test_rows_that_cannot_be_used_are_counted_and_left_out(rows: Rows, tmp_path: Path) -> None:
    some = table(tmp_path, rows, ("a", EXPERT), ("", EXPERT), ("tie", EXPERT), ("b", ""))
    made = training_sets.write(some, tmp_path / "set", "trl", JUDGE)
    assert made.left_out == {"without a label": 1, "called alike": 1, "without an expert's text": 1}
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    assert "Left out: 1 without a label, 1 called alike, 1 without an expert's text." in card
    assert training_sets.write(some, tmp_path / "answers", "trl", JUDGE, "answer").exported.pairs == 2


@pytest.mark.parametrize("text", ["<image>", "<video>", "<|im_end|>", "<|image_pad|>"])
def test_a_text_that_is_read_as_an_image_or_the_end_is_refused(text: str, rows: Rows, tmp_path: Path) -> None:
    some = table(tmp_path, rows, ("a", EXPERT.replace("sharper", text)))
    with pytest.raises(BadInput, match=r"pairs.csv:2: found '.*' in a text, which is not read as text"):
        training_sets.write(some, tmp_path / "set", "ms-swift", JUDGE)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pairs.csv"]


def test_what_cannot_be_written_is_refused_and_leaves_nothing(rows: Rows, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"LLaMA-Factory has no GRPO; expected --to trl or ms-swift"):
        training_sets.write(rows, tmp_path / "set", "llama-factory", JUDGE, "grpo")
    with pytest.raises(BadInput, match=r"found 1 without a label; expected pairs with the label a or b"):
        training_sets.write(table(tmp_path, rows, ("", "")), tmp_path / "set", "trl", JUDGE)
    (tmp_path / "bad.png").write_bytes(b"oops")
    (tmp_path / "bad.csv").write_text("id,a,b,label\nx,bad.png,bad.png,a\n")
    with pytest.raises(BadPhoto, match=r"bad.png"):
        training_sets.write(open_pairs(tmp_path / "bad.csv"), tmp_path / "set", "trl", JUDGE, "answer")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bad.csv", "bad.png", "pairs.csv"]


@pytest.mark.parametrize(("program", "form"), WRITTEN)
def test_the_card_says_how_to_train_and_how_what_is_trained_judges(
    program: Target, form: Form, rows: Rows, tmp_path: Path
) -> None:
    training_sets.write(rows, tmp_path / "my set", program, Local("Qwen/Qwen3-VL-8B-Instruct"), form)
    card = (tmp_path / "my set" / "README.md").read_text("utf-8")
    settings = yaml.safe_load((tmp_path / "my set" / "train.yaml").read_text("utf-8"))
    stage = training_sets.stage_of(form)
    assert f"```bash\n{training_sets.PROGRAMS[program].command[stage]}\n```" in card
    assert 'local(model="Qwen/Qwen3-VL-8B-Instruct", adapter="output' in card
    assert "3 labelled pairs" in card
    assert "Qwen/Qwen3-VL-8B-Instruct" in settings.values()
    assert max(len(line) for line in card.splitlines()) <= 130
    if program == "llama-factory":
        info = json.loads((tmp_path / "my set" / "dataset_info.json").read_text("ascii"))
        assert info[settings["dataset"]]["file_name"] == "train.jsonl"
        assert settings["image_max_pixels"] == JUDGE.max_pixels


def test_settings_that_would_cut_a_row_away_are_set(rows: Rows, tmp_path: Path) -> None:
    for program, key, value in (("trl", "max_length", None), ("llama-factory", "cutoff_len", 16384)):
        training_sets.write(rows, tmp_path / program, program, JUDGE)  # type: ignore[arg-type]
        settings = yaml.safe_load((tmp_path / program / "train.yaml").read_text("utf-8"))
        assert settings[key] == value
    assert flattened([{"type": "image"}, {"type": "text", "text": "x"}]) == "<image>x"
