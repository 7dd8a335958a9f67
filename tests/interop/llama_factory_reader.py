"""What LLaMA-Factory reads of an export, in its own environment: `llama_factory_reader.py DIR MODEL` → JSON.

Its parser reads `train.yaml`, its loader the rows, its template encodes them as training does: each row is
its images as they are decoded, the tokens that stand for them, and the text on which the loss falls.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import yaml
from export_rows import shown
from PIL import Image


def main(folder: str, model: str) -> None:
    """Print the rows of an export, as the loader and the template give them."""
    os.chdir(folder)  # its paths are seen from there, as the card says
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.data.loader import _get_merged_dataset
    from llamafactory.extras.env import VERSION
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    settings = yaml.safe_load(Path("train.yaml").read_text("utf-8")) | {"bf16": False, "use_cpu": True}
    model_args, data_args, training_args, *_ = get_train_args(settings)
    words = load_tokenizer(model_args)
    template = get_template_and_fix_tokenizer(words["tokenizer"], data_args)
    read = _get_merged_dataset(data_args.dataset, model_args, data_args, training_args, "sft")
    encoded = get_dataset(template, model_args, data_args, training_args, "sft", **words)["train_dataset"]
    rows = [row_of(*both, words["tokenizer"]) for both in zip(read, encoded, strict=True)]
    print(json.dumps({"version": VERSION, "columns": sorted(read.column_names), "rows": rows}))


def row_of(read: dict, encoded: dict, tokenizer: object) -> dict:
    """One row: its images, texts, image tokens and labels."""
    ids, labels = encoded["input_ids"], [label for label in encoded["labels"] if label >= 0]
    system = {"role": "system", "content": read["_system"]}
    return {
        "images": [shown(Image.open(path)) for path in read["_images"]],
        "messages": [system, *read["_prompt"], *read["_response"]],
        "image_tokens": ids.count(tokenizer.convert_tokens_to_ids("<|image_pad|>")),
        "trained": tokenizer.decode(labels),
        "tokens": len(ids),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
