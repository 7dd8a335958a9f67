"""Prompts as tokens, and images as features: each distinct image goes through the vision tower once.

An image is encoded apart from the text, so its features depend on nothing beside it; they are stored, and put
where the text has its place. Order, batch and padding change nothing.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from twinlens.judges.checkpoint import ANSWER, LoadedModel, chat_text, token_ids

MOST_BYTES = 1 << 30
"""How much of images' features is stored for the next prompts."""
LEAST_SEEN = 0.75
"""The share of an image's pixels below which a note says that the model saw fewer."""

Content = Sequence[str | NDArray[np.uint8]]
Sizes = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class ImageFeatures:
    """An image as the model sees it: its tokens, its features, its size there (of each tile, if tiled)."""

    tokens: list[int]
    features: Any
    grid: Any
    sizes: Sizes
    pixels: int


@dataclass(frozen=True, eq=False)
class TokenizedPrompt:
    """A prompt as tokens: its images, where each begins, and the position of every token."""

    tokens: list[int]
    images: tuple[ImageFeatures, ...]
    begins: tuple[int, ...]
    positions: torch.Tensor

    @property
    def sizes(self) -> Sizes:
        """Width and height of each image, or tile, as the model sees it."""
        return tuple(size for image in self.images for size in image.sizes)

    @property
    def reduced(self) -> bool:
        """Whether the model sees many fewer pixels of any image than there are."""
        return any(area(image.sizes) < LEAST_SEEN * image.pixels for image in self.images)


def area(sizes: Sizes) -> int:
    """Pixels of images together."""
    return sum(width * height for width, height in sizes)


def messages(processor: Any, system: str, content: Content) -> list[dict[str, Any]]:
    """The conversation that holds a prompt; special tokens in its text are taken out."""
    added = processor.tokenizer.added_tokens_decoder.values()
    special = sorted((token.content for token in added if token.special), key=len, reverse=True)

    def plain(text: str) -> dict[str, str]:
        for token in special:
            text = text.replace(token, " ")
        return {"type": "text", "text": text}

    parts = [plain(part) if isinstance(part, str) else {"type": "image"} for part in content]
    user = [{"role": "user", "content": parts}]
    return [{"role": "system", "content": [plain(system)]}, *user] if system else user


def tokenize(
    checkpoint: LoadedModel, system: str, content: Content, begun: str | None
) -> TokenizedPrompt | None:
    """A prompt as tokens, with the start of its completion; None where images cannot be encoded apart.

    `begun` is what the completion begins with; None stands for an answer up to where its letters part.
    """
    text = chat_text(checkpoint.processor, messages(checkpoint.processor, system, content))
    images = [part for part in content if not isinstance(part, str)]
    if not _separable(checkpoint, text, images):
        return None
    end = -checkpoint.tail if begun is None else None
    words = token_ids(checkpoint.processor, text + (ANSWER.format("A") if begun is None else begun))[:end]
    features = tuple(image_features(checkpoint, image) for image in images)
    tokens, begins = _filled(checkpoint, words, features)
    return TokenizedPrompt(tokens, features, tuple(begins), _positions(checkpoint, tokens, features))


def image_features(checkpoint: LoadedModel, pixels: NDArray[np.uint8]) -> ImageFeatures:
    """An image as the model sees it; encoded once as long as it is stored."""
    stored: dict[Any, ImageFeatures] = checkpoint.cache.setdefault("images", {})
    key = (pixels.shape, hashlib.sha256(np.ascontiguousarray(pixels).data).digest())
    made = stored.pop(key) if key in stored else _encoded(checkpoint, pixels)
    stored[key] = made  # the last one used goes last
    size = sum(_bytes(one.features) for one in stored.values())
    while size > MOST_BYTES and len(stored) > 1:
        size -= _bytes(stored.pop(next(iter(stored))).features)
    return made


def processor_inputs(checkpoint: LoadedModel, text: str, images: Sequence[NDArray[np.uint8]]) -> Any:
    """What the processor makes of a text and its images, none of them reduced below its own pixels."""
    options: dict[str, Any] = {"text_kwargs": {"add_special_tokens": False}, "return_tensors": "pt"}
    limits = _pixel_limits(checkpoint.processor.image_processor, images)
    if limits is not None:
        options["images_kwargs"] = {"size": limits}
    return checkpoint.processor(text=[text], images=[[Image.fromarray(one) for one in images]], **options)


def _pixel_limits(processor: Any, images: Sequence[NDArray[np.uint8]]) -> dict[str, int] | None:
    """The limits of pixels that leave images as they are, where a processor has such limits."""
    if not hasattr(processor, "merge_size"):
        return None
    step = processor.patch_size * processor.merge_size
    largest = max(-(-image.shape[0] // step) * -(-image.shape[1] // step) for image in images) * step**2
    least, most = processor.size["shortest_edge"], processor.size["longest_edge"]
    return {"shortest_edge": least, "longest_edge": max(most, largest)}


def _encoded(checkpoint: LoadedModel, pixels: NDArray[np.uint8]) -> ImageFeatures:
    processor, encode = checkpoint.processor, checkpoint.model.get_image_features
    inputs = processor_inputs(checkpoint, processor.image_token, [pixels])
    wanted = inspect.signature(encode).parameters
    made = encode(
        **{name: value.to(checkpoint.device) for name, value in inputs.items() if name in wanted},
        return_dict=True,
    )
    read = [name for name in ("pooler_output", "deepstack_features") if made.get(name) is not None]
    features = type(made)(**{name: made[name] for name in read})  # what the text model reads, no more
    size = pixels.shape[0] * pixels.shape[1]
    grid = inputs.get("image_grid_thw")
    return ImageFeatures(inputs["input_ids"][0].tolist(), features, grid, sizes(processor, inputs), size)


def sizes(processor: Any, inputs: Any) -> Sizes:
    """Width and height of each image as the model sees it; of each tile, for models that cut tiles."""
    grid = inputs.get("image_grid_thw")
    if grid is not None:
        step = processor.image_processor.patch_size
        return tuple((width * step, height * step) for _, height, width in grid.tolist())
    mask = inputs.get("pixel_attention_mask")
    if mask is not None:
        tiles = mask.flatten(0, -3).bool()
        return tuple((int(tile.any(0).sum()), int(tile.any(1).sum())) for tile in tiles)
    shape = inputs["pixel_values"].shape
    return ((shape[-1], shape[-2]),) * int(np.prod(shape[:-3]))


def concatenated(several: Sequence[Any]) -> Any:
    """The features of several images as if they had been encoded together."""
    made = {"pooler_output": _concatenated([one["pooler_output"] for one in several])}
    if "deepstack_features" in several[0]:
        layers = zip(*(one["deepstack_features"] for one in several), strict=True)
        made["deepstack_features"] = [_concatenated(layer) for layer in layers]
    return type(several[0])(**made)


def _concatenated(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], torch.Tensor):
        return torch.cat(list(parts))
    return [one for part in parts for one in part]


def _bytes(features: Any) -> int:
    if isinstance(features, torch.Tensor):
        return features.nbytes
    return sum(map(_bytes, features.values() if isinstance(features, dict) else features))


def _filled(
    checkpoint: LoadedModel, words: list[int], images: Sequence[ImageFeatures]
) -> tuple[list[int], list[int]]:
    """Tokens with each image's own in its place, and where each image begins."""
    place = checkpoint.processor.tokenizer.convert_tokens_to_ids(checkpoint.processor.image_token)
    tokens, begins, left = list[int](), list[int](), iter(images)
    for token in words:
        if token == place:
            begins.append(len(tokens))
            tokens += next(left).tokens
        else:
            tokens.append(token)
    return tokens, begins


def _separable(checkpoint: LoadedModel, text: str, images: Sequence[NDArray[np.uint8]]) -> bool:
    """Whether images encoded one by one give the tokens the processor gives for all at once; tried once."""
    if not checkpoint.separable or not images:
        return checkpoint.separable
    if "separable" not in checkpoint.cache:
        whole = processor_inputs(checkpoint, text, images)["input_ids"][0].tolist()
        apart = [image_features(checkpoint, image) for image in images]
        words = token_ids(checkpoint.processor, text)
        checkpoint.cache["separable"] = _filled(checkpoint, words, apart)[0] == whole
    return bool(checkpoint.cache["separable"])


def _positions(checkpoint: LoadedModel, tokens: list[int], images: Sequence[ImageFeatures]) -> torch.Tensor:
    """The positions of tokens, shape (tokens,), or (3, tokens) for models that place images in a plane."""
    model: Any = getattr(checkpoint.model, "model", None)
    if not hasattr(model, "get_rope_index"):
        return torch.arange(len(tokens))
    types = checkpoint.processor.create_mm_token_type_ids([tokens])
    grids = torch.cat([image.grid for image in images]) if images else None
    placed = model.get_rope_index(torch.tensor([tokens]), torch.tensor(types), image_grid_thw=grids)
    return torch.as_tensor(placed[0][:, 0])
