"""What TRL reads of an export: `python trl_reader.py DIR MODEL` prints JSON; the tests call `read`.

`datasets` reads the rows, TRL's collator encodes them as its SFT does, and its preparation of messages those
for GRPO: each row is its images, the tokens that stand for them, and the text on which the loss falls.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from export_rows import flattened, shown


def main(folder: str, model: str) -> None:
    """Print what is read."""
    print(json.dumps(read(Path(folder), Path(model), Path(folder) / ".cache")))


def read(folder: Path, model: Path, cache: Path) -> dict[str, Any]:
    """The rows of an export as datasets gives them and TRL encodes them for the model in a folder."""
    import trl
    from datasets import load_dataset
    from transformers import AutoProcessor

    rows = load_dataset(str(folder), split="train", cache_dir=str(cache))
    processor = AutoProcessor.from_pretrained(model)
    made = [_row(row, processor) for row in rows]
    return {"version": trl.__version__, "columns": sorted(rows.column_names), "rows": made}


def _row(row: dict[str, Any], processor: Any) -> dict[str, Any]:
    messages = [*row["prompt"], *row.get("completion", [])]
    ids, labels = _encoded(dict(row), processor)
    made = {
        "images": [shown(image) for image in row["images"]],
        "messages": [{"role": one["role"], "content": flattened(one["content"])} for one in messages],
        "image_tokens": ids.count(processor.tokenizer.convert_tokens_to_ids("<|image_pad|>")),
        "trained": processor.tokenizer.decode([label for label in labels if label >= 0]),
        "tokens": len(ids),
    }
    return made | ({"solution": row["solution"]} if "solution" in row else {})


def _encoded(row: dict[str, Any], processor: Any) -> tuple[list[int], list[int]]:
    """The tokens of a row and its labels."""
    from trl.data_utils import prepare_multimodal_messages
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    if "completion" in row:
        batch = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)([row])
        return batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    messages = prepare_multimodal_messages(row["prompt"], row["images"])
    batch = processor.apply_chat_template(
        messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    return batch["input_ids"][0].tolist(), []


if __name__ == "__main__":
    main(*sys.argv[1:])
