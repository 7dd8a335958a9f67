"""What ms-swift reads of an export, in its own environment: `ms_swift_reader.py DIR MODEL` prints JSON.

`load_dataset` reads the rows, the template of the model encodes them as training does: each row is its
images as they are decoded, the tokens that stand for them, and the text on which the loss falls.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from export_rows import shown


def main(folder: str, model: str) -> None:
    """Print the rows of an export, as the loader and the template give them."""
    model = os.path.abspath(model)
    os.chdir(folder)  # its paths are seen from there, as the card says
    from swift import get_model_processor, get_template, load_dataset
    from swift.template import load_image

    _, processor = get_model_processor(model, load_model=False, model_type="qwen3_vl")
    template = get_template(processor)
    template.set_mode("train")
    grpo = Path("rewards.py").exists()
    read, _ = load_dataset("train.jsonl", strict=True, remove_unused_columns=not grpo)
    bare, _ = load_dataset("train.jsonl", strict=True)
    rows = [row_of(row, template, load_image) for row in read]
    from swift.version import __version__

    columns = {"columns": sorted(read.column_names), "by_default": sorted(bare.column_names)}
    print(json.dumps({"version": __version__, **columns, "rows": rows}))


def row_of(row, template, load_image) -> dict:
    """One row: its images, texts, image tokens and labels."""
    tokenizer = template.tokenizer
    encoded = template.encode(dict(row))
    ids, labels = encoded["input_ids"], encoded.get("labels") or []
    image = tokenizer.convert_tokens_to_ids("<|image_pad|>")
    made = {
        "images": [shown(load_image(one["path"] or one["bytes"])) for one in row["images"]],
        "messages": row["messages"],
        "image_tokens": ids.count(image),
        "trained": tokenizer.decode([label for label in labels if label >= 0]),
        "tokens": len(ids),
    }
    return made | ({"solution": row["solution"]} if "solution" in row else {})


if __name__ == "__main__":
    main(*sys.argv[1:])
