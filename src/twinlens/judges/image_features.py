"""Prompts as tokens, and images as features: each distinct image goes through the vision tower once.

An image is encoded apart from the text, so its features depend on nothing beside it; they are stored, and put
where the text has its place. Order, batch and padding change nothing.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from twinlens.judges.checkpoint import ANSWER, LoadedModel, chat_text, token_ids
from twinlens.judges.vlm import VisionPrompt

MOST_IMAGES = 32
"""How many images' features are stored for the next prompts: of a model of 8 billion weights about 1 GiB."""
Sizes = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class ImageFeatures:
    """An image as the model sees it: its tokens, its features, its size there (of each tile, if tiled)."""

    tokens: list[int]
    features: Any
    grid: Any
    sizes: Sizes


@dataclass(frozen=True, eq=False)
class TokenizedPrompt:
    """A prompt as tokens: its images, where each begins, and the position of every token."""

    tokens: list[int]
    images: tuple[ImageFeatures, ...]
    begins: list[int]
    positions: torch.Tensor


def conversation(checkpoint: LoadedModel, prompt: VisionPrompt, begun: str | None) -> str:
    """The text of a prompt, special tokens taken out of its words, and of the start of its completion.

    `begun` is what the completion begins with; None stands for an answer, whose letter is `checkpoint.tail`
    tokens from the end.
    """

    def part(content: str | NDArray[np.uint8]) -> dict[str, str]:
        if not isinstance(content, str):
            return {"type": "image"}
        return {"type": "text", "text": without_special(checkpoint.processor, content)}

    messages = [("system", (prompt.system,))] if prompt.system else []
    text = chat_text(
        checkpoint.processor,
        [
            {"role": role, "content": list(map(part, parts))}
            for role, parts in (*messages, ("user", prompt.content))
        ],
    )
    return text + (ANSWER.format("A") if begun is None else begun)


def without_special(processor: Any, text: str) -> str:
    """A text in which no special token of a model is written."""
    added = processor.tokenizer.added_tokens_decoder.values()
    for token in sorted((token.content for token in added if token.special), key=len, reverse=True):
        text = text.replace(token, " ")
    return text


def tokenize(checkpoint: LoadedModel, prompt: VisionPrompt, begun: str | None) -> TokenizedPrompt:
    """A prompt as tokens, with the start of its completion; an answer ends where its letters part."""
    words = token_ids(checkpoint.processor, conversation(checkpoint, prompt, begun))
    images = tuple(image_features(checkpoint, image) for image in prompt.images)
    tokens, begins = _filled(checkpoint, words, [image.tokens for image in images])
    tokens = tokens[: -checkpoint.tail] if begun is None else tokens
    return TokenizedPrompt(tokens, images, begins, _positions(checkpoint, tokens, images))


def image_features(checkpoint: LoadedModel, pixels: NDArray[np.uint8]) -> ImageFeatures:
    """An image (height, width, 3) as the model sees it; encoded once as long as it is stored."""
    return encoded(checkpoint, pixels.shape, pixels.tobytes())


@lru_cache(MOST_IMAGES)
def encoded(checkpoint: LoadedModel, shape: tuple[int, ...], pixels: bytes) -> ImageFeatures:
    """The image of a shape and its uint8 samples, encoded by the vision tower."""
    processor, encode = checkpoint.processor, checkpoint.model.get_image_features
    inputs = processor_inputs(
        processor, processor.image_token, [np.frombuffer(pixels, np.uint8).reshape(shape)]
    )
    known = inspect.signature(encode).parameters
    arguments = {name: value.to(checkpoint.device) for name, value in inputs.items() if name in known}
    made = encode(**arguments, return_dict=True)
    read = [name for name in ("pooler_output", "deepstack_features") if made.get(name) is not None]
    features = type(made)(**{name: made[name] for name in read})  # what the text model reads, no more
    grid = inputs.get("image_grid_thw")
    return ImageFeatures(inputs["input_ids"][0].tolist(), features, grid, sizes(processor, inputs))


def processor_inputs(processor: Any, text: str, images: Sequence[NDArray[np.uint8]]) -> Any:
    """What a processor makes of a text and its images, none of them reduced below its own pixels."""
    options: dict[str, Any] = {"text_kwargs": {"add_special_tokens": False}, "return_tensors": "pt"}
    limited = processor.image_processor
    if hasattr(limited, "merge_size"):  # Qwen-VL's, which has limits of pixels
        step = limited.patch_size * limited.merge_size
        largest = max(-(-image.shape[0] // step) * -(-image.shape[1] // step) for image in images) * step**2
        limits = {**dict(limited.size), "longest_edge": max(limited.size["longest_edge"], largest)}
        options["images_kwargs"] = {"size": limits}
    return processor(text=[text], images=[[Image.fromarray(one) for one in images]], **options)


def sizes(processor: Any, inputs: Any) -> Sizes:
    """Width and height of each image as the model sees it; of each tile, for models that cut tiles."""
    if (grid := inputs.get("image_grid_thw")) is not None:
        step = processor.image_processor.patch_size
        return tuple((width * step, height * step) for _, height, width in grid.tolist())
    if (mask := inputs.get("pixel_attention_mask")) is not None:
        return tuple((int(t.any(0).sum()), int(t.any(1).sum())) for t in mask.flatten(0, -3).bool())
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
    return torch.cat(list(parts)) if isinstance(parts[0], torch.Tensor) else list(chain(*parts))


def _filled(
    checkpoint: LoadedModel, words: list[int], images: Sequence[list[int]]
) -> tuple[list[int], list[int]]:
    """Tokens with each image's own in its place, and where each image begins."""
    place = checkpoint.processor.tokenizer.convert_tokens_to_ids(checkpoint.processor.image_token)
    tokens, begins, left = list[int](), list[int](), iter(images)
    for token in words:
        if token == place:
            begins.append(len(tokens))
        tokens += next(left) if token == place else (token,)
    return tokens, begins


@lru_cache(4)
def separable(checkpoint: LoadedModel) -> bool:
    """Whether images may be encoded apart from the text, and give the tokens of all images at once."""
    if not checkpoint.separable:
        return False
    images = [np.zeros(shape, np.uint8) for shape in ((480, 640, 3), (96, 64, 3))]
    text = conversation(checkpoint, VisionPrompt("", ("A\n", images[0], "\nB\n", images[1], "\n?")), "")
    processor = checkpoint.processor
    whole, *apart = (
        processor_inputs(processor, words, shown)["input_ids"][0].tolist()
        for words, shown in ((text, images), *((processor.image_token, [image]) for image in images))
    )
    return bool(_filled(checkpoint, token_ids(processor, text), apart)[0] == whole)


def _positions(checkpoint: LoadedModel, tokens: list[int], images: Sequence[ImageFeatures]) -> torch.Tensor:
    """The positions of tokens, shape (tokens,), or (3, tokens) for models that place images in a plane."""
    model: Any = getattr(checkpoint.model, "model", None)
    if not hasattr(model, "get_rope_index"):
        return torch.arange(len(tokens))
    types = checkpoint.processor.create_mm_token_type_ids([tokens])
    grids = torch.cat([image.grid for image in images]) if images else None
    placed = model.get_rope_index(torch.tensor([tokens]), torch.tensor(types), image_grid_thw=grids)
    return torch.as_tensor(placed[0][:, 0])
