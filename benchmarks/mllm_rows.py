"""Rows of a joined model on a processor: what the connector takes is computed once a pair, prompts are three texts.

TRL runs the vision encoder at every step and sets every token against the whole vocabulary: 14 seconds for 16 rows on a
busy core, where what is stored here takes 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.mllm_connector import tokens_of
from twinlens.judges.checkpoint import ANSWER, chat_text, token_ids
from twinlens.judges.local import BEGUN, ENDED, Local
from twinlens.judges.training_example import Form, training_example
from twinlens.readers import Row
from twinlens.runs.row_photos import Photos

PIXELS = 100_352
SHOWN: dict[str, Any] = {"prompt": "brief", "layout": "side_by_side", "crops": 0, "max_pixels": PIXELS}


def stored_tokens(model: Any, processor: Any, rows: Sequence[Row], file: Path) -> torch.Tensor:
    """What the connector takes of each row's composite (rows, tokens, width), float16; from its file where it is there."""
    if not file.exists():
        torch.save(torch.stack([tokens_of(model, processor, row, PIXELS) for row in rows]), file)
    return torch.as_tensor(torch.load(file))


@torch.inference_mode()
def connected(model: Any, tokens: torch.Tensor) -> torch.Tensor:
    """What the connector makes of them, float32."""
    return torch.cat([model.model.multi_modal_projector(some.float()) for some in tokens.split(64)]).clone()


class Prompts:
    """The prompts of a joined model's judge as tokens before and after the image, and completions as tokens."""

    def __init__(self, folder: Path, processor: Any, row: Row) -> None:
        judge, pair = Local(str(folder), **SHOWN), Photos(row).pair
        self.processor = processor
        image = processor.image_token
        self.around: dict[tuple[Form, str], tuple[list[int], list[int]]] = {}
        for form in ("answer", "explain"):
            for label in "ab":
                shown = training_example(judge, pair, label, "Global Noise: A is cleaner than B.", form=form)
                parts = [
                    {"type": "text", "text": p} if isinstance(p, str) else {"type": "image"}
                    for p in shown.content
                ]
                before, after = chat_text(processor, [{"role": "user", "content": parts}]).split(image)
                self.around[form, label] = (
                    token_ids(processor, before + "<img>"),
                    token_ids(processor, "</img>" + after),
                )

    def completion(self, form: Form, label: str, reference: str) -> list[int]:
        """What should be written, to its end."""
        answer = ANSWER.format(label.upper())
        text = answer if form == "answer" else f"{BEGUN}{reference}\n{ENDED}\n{answer}"
        return [*token_ids(self.processor, text), self.processor.tokenizer.eos_token_id]


def batch(
    model: Any,
    prompts: Prompts,
    images: torch.Tensor,
    wanted: Sequence[tuple[Form, str]],
    written: Sequence[list[int]],
):
    """Embeddings (rows, tokens, width), mask and positions of rows that are padded on the left."""
    embed = model.get_input_embeddings()
    rows = []
    for one, key, text in zip(images, wanted, written, strict=True):
        before, after = prompts.around[key]
        rows.append(torch.cat([embed(torch.tensor(before)), one, embed(torch.tensor(after + list(text)))]))
    long = max(map(len, rows))
    mask = torch.tensor([[0] * (long - len(row)) + [1] * len(row) for row in rows])
    padded = torch.stack([torch.nn.functional.pad(row, (0, 0, long - len(row), 0)) for row in rows])
    return padded, mask, (mask.cumsum(1) - 1).clamp(min=0)
