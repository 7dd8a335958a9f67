"""A set to train on is looked at before any step: every fault is one line that names its row."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("trl", reason="the extra train-mllm is not installed")


from tiny_checkpoint import idefics3, internvl, qwen3_vl
from twinlens.train.preflight import Goal, Limits, preflight

REASONS = "<thinking>\nHair Noise: Image A (Left) is cleaner, while Image B (Right) is noisy.\n</thinking>\n"


def photo(seed: int, width: int = 64, height: int = 48) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def row(at: int = 0, **changed: Any) -> dict[str, Any]:
    asked = [
        {"type": "text", "text": "Image A:"}, {"type": "image"},
        {"type": "text", "text": "Image B:"}, {"type": "image"}, {"type": "text", "text": "Which is better?"},
    ]  # fmt: skip
    return {
        "id": f"p{at}", "where": f"pairs.csv:{at + 2}", "scene": f"s{at}", "label": "a",
        "images": [photo(2 * at), photo(2 * at + 1)],
        "prompt": [{"role": "system", "content": "You judge."}, {"role": "user", "content": asked}],
        "completion": [{"role": "assistant", "content": f"{REASONS}<answer>A</answer>"}],
        **changed,
    }  # fmt: skip


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return opened(qwen3_vl, tmp_path_factory)


def opened(make: Callable[..., Any], folders: pytest.TempPathFactory) -> Any:
    from transformers import AutoProcessor

    return AutoProcessor.from_pretrained(make(folders.mktemp("model")), padding_side="left")


def faults(processor: Any, *rows: dict[str, Any], goal: Goal = "sft", **given: Any) -> list[str]:
    held_out = given.pop("held_out", ())
    return [str(one) for one in preflight(rows, processor, goal, Limits(**given), held_out)]


def assistant(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def test_a_sound_set_has_no_fault_for_either_goal(processor: Any) -> None:
    assert faults(processor, row(0), row(1)) == []
    assert faults(processor, row(0), row(1), goal="grpo", new_tokens=64, context=4096) == []
    together = [{"role": "user", "content": "Which is better?"}]
    assert faults(processor, row(0, prompt=together)) == []


@pytest.mark.parametrize("make", [idefics3, internvl])
def test_processors_of_other_families_are_looked_at_alike(
    make: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = opened(make, tmp_path_factory)
    assert faults(other, row(0)) == []
    (cut,) = faults(other, row(0), max_length=90)
    assert "0 of " in cut
    assert "label tokens left" in cut


def test_label_tokens_are_those_of_the_trainer(processor: Any) -> None:
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    collated = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)([row(0)])
    total, labels = collated["labels"].numel(), int((collated["labels"] != -100).sum())
    assert faults(processor, row(0), max_length=total) == []
    (cut,) = faults(processor, row(0), max_length=total - 1)
    assert cut.startswith(f"pairs.csv:2: 'p0': {labels - 1} of {labels} label tokens left")
    assert f"give max_length {total} or none" in cut


def test_a_completion_that_is_cut_away_is_named_before_it_trains_at_loss_0(processor: Any) -> None:
    (cut,) = faults(processor, row(0), row(1, images=[photo(1, 512, 512), photo(2)]), max_length=300)
    assert cut.startswith("pairs.csv:3: 'p1': 0 of ")
    assert "images 512 × 512, 64 × 48" in cut


def test_places_that_are_not_as_many_as_images_are_named(processor: Any) -> None:
    found = faults(processor, row(0, images=[photo(0)]), row(1, images=[photo(n) for n in range(3)]))
    assert [line.split(";")[0] for line in found] == [
        "pairs.csv:2: 'p0': 2 places for 1 images",
        "pairs.csv:3: 'p1': 2 places for 3 images",
    ]
    blind = [{"role": "user", "content": [{"type": "text", "text": "Which is better?"}]}]
    assert "0 places for 0 images" in faults(processor, row(0, images=[], prompt=blind))[0]


def test_a_text_that_holds_an_images_mark_is_named(processor: Any) -> None:
    asked = row(0)["prompt"][1]["content"]
    prompt = [{"role": "user", "content": [*asked, {"type": "text", "text": "<|image_pad|>"}]}]
    (line,) = faults(processor, row(0, prompt=prompt))
    assert "3 marks <|image_pad|> for 2 images" in line


def test_a_template_that_drops_images_or_thoughts_is_named(processor: Any) -> None:
    template, processor.chat_template = processor.chat_template, "{{ messages[-1].content[-1].text }}"
    assert "0 marks" in faults(processor, row(0))[0]
    processor.chat_template = template.replace("{{ part.text }}", "{{ part.text.split('</thinking>')[-1] }}")
    assert "the labels lack a part of the completion" in faults(processor, row(0))[0]
    processor.chat_template = template


def test_labels_begin_where_the_trainer_parts_prompt_and_completion(processor: Any) -> None:
    template = processor.chat_template
    processor.chat_template = template.replace("assistant\n{% endif", "assistant\n<think>\n{% endif")
    assert processor.chat_template != template
    (line,) = faults(
        processor, row(0)
    )  # of "<think>" and "<thinking>" the trainer takes "<think" for the prompt
    apart = faults(processor, row(0, completion=assistant("Hair: A is sharper.\n<answer>A</answer>")))
    processor.chat_template = template
    assert "the labels lack a part of the completion" in line
    assert apart == []


def test_a_special_token_in_a_completion_is_named(processor: Any) -> None:
    text = f"<|im_end|> {REASONS}<answer>A</answer>"
    assert "the completion holds <|im_end|>" in faults(processor, row(0, completion=assistant(text)))[0]


def test_a_processor_that_pads_on_the_right_is_refused_for_grpo_only(processor: Any) -> None:
    processor.tokenizer.padding_side = "right"
    assert faults(processor, row(0)) == []
    (line,) = faults(processor, row(0), goal="grpo")
    assert line.startswith("the processor: pads on the right; expected left")
    processor.tokenizer.padding_side = "left"


@pytest.mark.parametrize("goal", ["sft", "grpo"])
def test_rows_without_an_answer_are_named(processor: Any, goal: Goal) -> None:
    (line,) = faults(processor, row(0, label=None), row(1), goal=goal)
    assert line.startswith("pairs.csv:2: 'p0': the label None; expected a or b")


def test_a_completion_that_answers_otherwise_or_not_at_all_is_named(processor: Any) -> None:
    assert "the completion answers A; expected B" in faults(processor, row(0, label="b"))[0]
    lines = faults(
        processor, *(row(0, completion=assistant(text)) for text in (REASONS, "<answer>a</answer>"))
    )
    assert all("does not end in one <answer>A|B</answer>" in line for line in lines)


def test_images_that_cannot_be_decoded_or_are_no_photos_are_named(processor: Any) -> None:
    whole = BytesIO()
    photo(0, 400, 400).save(whole, "PNG")
    cut = Image.open(BytesIO(whole.getvalue()[:2000]))
    grey = Image.new("L", (32, 32))
    lines = faults(processor, row(0, images=[cut, photo(1)]), row(1, images=[photo(2), grey]))
    assert "image 1 cannot be decoded" in lines[0]
    assert "image 2 has the shape (32, 32)" in lines[1]
    assert len(lines) == 2


def test_an_image_the_processor_refuses_is_a_line_and_no_traceback(processor: Any) -> None:
    (line,) = faults(processor, row(0, images=[photo(0, 900, 4), photo(1)]))
    assert line.startswith("pairs.csv:2: 'p0': the processor breaks: ValueError")


def test_images_too_large_for_the_model_are_named(processor: Any) -> None:
    (line,) = faults(processor, row(0), goal="grpo", new_tokens=64, context=100)
    assert "the prompt with images 64 × 48, 64 × 48 has" in line
    assert "tokens, the completion 64; expected 100 together" in line


def test_rows_that_are_also_left_out_are_named_in_either_order_and_by_scene(processor: Any) -> None:
    other = row(7, images=row(0)["images"][::-1])
    (line,) = faults(processor, row(0), row(1), held_out=[other])
    assert line.startswith("pairs.csv:2: 'p0': its scene or its photos are also those of pairs.csv:9: 'p7'")
    assert len(faults(processor, row(0), row(1), held_out=[row(8, scene="s1")])) == 1


def test_an_empty_set_is_a_fault(processor: Any) -> None:
    assert faults(processor) == ["the set: 0 rows; expected 1 or more; give pairs with a label"]
