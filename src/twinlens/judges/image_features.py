"""Questions as tokens, and images as a model sees them: each distinct image is looked at once.

An image is prepared and run through the vision tower alone, so what is seen of it depends on nothing beside
it; its features are kept, and put where the text has its place. Order, company and padding change nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.judges.checkpoint import ANSWERED, Loaded, opened, tokens

KEPT_BYTES = 1 << 30
"""How much of images' features is kept for the next questions."""
LEAST_SEEN = 0.75
"""The share of an image's pixels below which it is told that the model saw fewer."""


@dataclass(frozen=True, eq=False)
class Seen:
    """An image as the model sees it: its tokens, its features, its size there (of each tile, if tiled)."""

    tokens: list[int]
    features: Any
    grid: Any
    sizes: tuple[tuple[int, int], ...]
    pixels: int

    @property
    def reduced(self) -> bool:
        """Whether the model saw many fewer pixels than there are."""
        return sum(width * height for width, height in self.sizes) < LEAST_SEEN * self.pixels


@dataclass(frozen=True, eq=False)
class Asked:
    """A question as tokens: its images, where each begins, and the position of every token."""

    tokens: list[int]
    images: tuple[Seen, ...]
    begins: tuple[int, ...]
    positions: Any


Content = Sequence[str | NDArray[np.uint8]]


def messages(processor: Any, system: str, content: Content) -> list[dict[str, Any]]:
    """The conversation that asks a question; special tokens in its text are taken out."""
    added = processor.tokenizer.added_tokens_decoder.values()
    special = sorted((token.content for token in added if token.special), key=len, reverse=True)

    def told(text: str) -> dict[str, str]:
        for token in special:
            text = text.replace(token, " ")
        return {"type": "text", "text": text}

    parts = [told(part) if isinstance(part, str) else {"type": "image"} for part in content]
    asked = [{"role": "user", "content": parts}]
    return [{"role": "system", "content": [told(system)]}, *asked] if system else asked


def ask(checkpoint: Loaded, system: str, content: Content, begun: str | None) -> Asked | None:
    """A question as tokens, the model's own turn begun; None where images cannot be put in apart.

    `begun` is what the model has already said; None stands for an answer up to where its letters part.
    """
    processor = checkpoint.processor
    text = opened(processor, messages(processor, system, content))
    images = [part for part in content if not isinstance(part, str)]
    if not _fits(checkpoint, text, images):
        return None
    written = _written(checkpoint, text, begun)
    seen = tuple(see(checkpoint, image) for image in images)
    filled, begins = _filled(checkpoint, written, seen)
    return Asked(filled, seen, tuple(begins), _positions(checkpoint, filled, seen))


def _written(checkpoint: Loaded, text: str, begun: str | None) -> list[int]:
    if begun is None:
        return tokens(checkpoint.processor, text + ANSWERED.format("A"))[: -checkpoint.tail]
    return tokens(checkpoint.processor, text + begun)


def see(checkpoint: Loaded, pixels: NDArray[np.uint8]) -> Seen:
    """An image as the model sees it; looked at once as long as it is kept."""
    kept: dict[Any, Seen] = checkpoint.kept.setdefault("seen", {})
    key = (pixels.shape, hashlib.sha256(np.ascontiguousarray(pixels).data).digest())
    if key not in kept:
        kept[key] = _look(checkpoint, pixels)
    found = kept[key] = kept.pop(key)  # the last one used goes last
    held = sum(_size(one.features) for one in kept.values())
    while held > KEPT_BYTES and len(kept) > 1:
        held -= _size(kept.pop(next(iter(kept))).features)
    return found


def prepared(checkpoint: Loaded, text: str, images: Sequence[NDArray[np.uint8]]) -> Any:
    """What the processor makes of a text and its images, none of them reduced below its own pixels."""
    pictures = importlib.import_module("PIL.Image")
    options: dict[str, Any] = {"text_kwargs": {"add_special_tokens": False}, "return_tensors": "pt"}
    budget = _budget(checkpoint.processor.image_processor, images)
    if budget is not None:
        options["images_kwargs"] = {"size": budget}
    return checkpoint.processor(text=[text], images=[[pictures.fromarray(one) for one in images]], **options)


def _budget(processor: Any, images: Sequence[NDArray[np.uint8]]) -> dict[str, int] | None:
    """The limits of pixels that leave images as they are, where a processor has such limits."""
    if not hasattr(processor, "merge_size"):
        return None
    step = processor.patch_size * processor.merge_size
    largest = max(
        -(-height // step) * -(-width // step) for height, width, _ in (one.shape for one in images)
    )
    least, most = processor.size["shortest_edge"], processor.size["longest_edge"]
    return {"shortest_edge": least, "longest_edge": max(most, largest * step * step)}


def _look(checkpoint: Loaded, pixels: NDArray[np.uint8]) -> Seen:
    processor, model = checkpoint.processor, checkpoint.model
    inputs = prepared(checkpoint, processor.image_token, [pixels])
    wanted = inspect.signature(model.get_image_features).parameters
    given = {key: value.to(checkpoint.device) for key, value in inputs.items() if key in wanted}
    features = model.get_image_features(**given, return_dict=True)
    size = pixels.shape[0] * pixels.shape[1]
    grid = inputs.get("image_grid_thw")
    return Seen(inputs["input_ids"][0].tolist(), _essence(features), grid, sizes(processor, inputs), size)


def sizes(processor: Any, inputs: Any) -> tuple[tuple[int, int], ...]:
    """Width and height of each image as the model sees it; of each tile, for models that cut tiles."""
    grid = inputs.get("image_grid_thw")
    if grid is not None:
        step = processor.image_processor.patch_size
        return tuple((width * step, height * step) for _, height, width in grid.tolist())
    mask = inputs.get("pixel_attention_mask")
    if mask is not None:
        flat = mask.flatten(0, -3).bool()
        return tuple((int(tile.any(0).sum()), int(tile.any(1).sum())) for tile in flat)
    values = inputs["pixel_values"]
    return ((values.shape[-1], values.shape[-2]),) * int(np.prod(values.shape[:-3]))


def _essence(features: Any) -> Any:
    """Of what a vision tower gives, that which the text model reads."""
    named = {
        key: features[key] for key in ("pooler_output", "deepstack_features") if features.get(key) is not None
    }
    return type(features)(**named)


def joined(several: Sequence[Any]) -> Any:
    """The features of several images as if they had been looked at together."""
    if len(several) == 1:
        return type(several[0])(**several[0])
    made = {"pooler_output": _concatenated([one["pooler_output"] for one in several])}
    if "deepstack_features" in several[0]:
        layers = zip(*(one["deepstack_features"] for one in several), strict=True)
        made["deepstack_features"] = [_concatenated(layer) for layer in layers]
    return type(several[0])(**made)


def _concatenated(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], list | tuple):
        return [one for part in parts for one in part]
    return importlib.import_module("torch").cat(list(parts))


def _size(features: Any) -> int:
    """Bytes of features."""
    if isinstance(features, dict):
        return sum(map(_size, features.values()))
    return sum(map(_size, features)) if isinstance(features, list | tuple) else int(features.nbytes)


def _filled(checkpoint: Loaded, written: list[int], seen: Sequence[Seen]) -> tuple[list[int], list[int]]:
    """Tokens with each image's own in its place, and where each image begins."""
    place = checkpoint.processor.tokenizer.convert_tokens_to_ids(checkpoint.processor.image_token)
    filled, begins, images = list[int](), list[int](), iter(seen)
    for token in written:
        if token == place:
            begins.append(len(filled))
            filled += next(images).tokens
        else:
            filled.append(token)
    return filled, begins


def _fits(checkpoint: Loaded, text: str, images: Sequence[NDArray[np.uint8]]) -> bool:
    """Whether images looked at one by one give the tokens the processor gives for all at once; tried once."""
    if not checkpoint.shares or not images:
        return checkpoint.shares
    if "fits" not in checkpoint.kept:
        whole = prepared(checkpoint, text, images)["input_ids"][0].tolist()
        apart = tuple(see(checkpoint, image) for image in images)
        checkpoint.kept["fits"] = _filled(checkpoint, tokens(checkpoint.processor, text), apart)[0] == whole
    return bool(checkpoint.kept["fits"])


def _positions(checkpoint: Loaded, filled: list[int], seen: Sequence[Seen]) -> Any:
    """The positions of tokens, shape (tokens,), or (3, tokens) for models that place images in a plane."""
    torch = importlib.import_module("torch")
    base: Any = getattr(checkpoint.model, "model", None)
    if not hasattr(base, "get_rope_index"):
        return torch.arange(len(filled))
    types = checkpoint.processor.create_mm_token_type_ids([filled])
    grids = torch.cat([one.grid for one in seen]) if seen else None
    placed, _ = base.get_rope_index(torch.tensor([filled]), torch.tensor(types), image_grid_thw=grids)
    return placed[:, 0]
