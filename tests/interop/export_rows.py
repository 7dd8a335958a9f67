"""The rows of an export for training, from its files: what every program has to read of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def expected(folder: Path) -> list[dict[str, Any]]:
    """Each row's images (width, height, start of the hash of the pixels) and its messages.

    Messages have their text as one string, `<image>` for an image; the last one is the assistant's, if any.
    """
    (table,) = (*folder.glob("train.jsonl"), *folder.glob("train/metadata.jsonl"))
    return [_row(json.loads(line), table.parent) for line in table.read_text("utf-8").splitlines()]


def _row(item: dict[str, Any], folder: Path) -> dict[str, Any]:
    messages = item.get("messages") or [*item["prompt"], *item.get("completion", [])]
    flat = [{"role": one["role"], "content": flattened(one["content"])} for one in messages]
    images = [Image.open(folder / name) for name in item.get("images") or item["file_names"]]
    made = {"images": [shown(image) for image in images], "messages": flat}
    return made | ({"solution": item["solution"]} if "solution" in item else {})


def flattened(content: Any) -> str:
    """The text of a message that may come in parts."""
    if isinstance(content, str):
        return content
    return "".join(part["text"] if part["type"] == "text" else "<image>" for part in content)


def shown(image: Image.Image) -> list[Any]:
    """Width, height, and the start of the hash of the pixels."""
    pixels = np.asarray(image.convert("RGB"))
    return [*image.size, hashlib.sha256(pixels.tobytes()).hexdigest()[:16]]
