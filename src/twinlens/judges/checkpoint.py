"""A model of transformers as it lies in a folder or on the hub, loaded once a process.

All that can be wrong with a checkpoint is a TwinlensError of one line: a folder without weights, weights that
do not fill the model, an adapter for another model, a tokenizer in which the answers cannot be told apart.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import inspect
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput, BadSpec, MissingExtra

DTYPES = ("auto", "float32", "bfloat16", "float16")
ANSWERED = "<answer>{}</answer>"
"""How an answer is written; the place where the letters part is where the model is asked for its choice."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model that is ready, with its processor.

    `letters` are the tokens of A and B as they stand in `<answer>A</answer>`, `tail` how many tokens of that
    text come from the letter on. `shares` says whether images may be run through the vision tower apart from
    the text. `kept` holds what several questions have in common: images' features, and keys and values.
    """

    model: Any
    processor: Any
    letters: tuple[int, int]
    tail: int
    shares: bool
    kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def device(self) -> Any:
        """Where the model is."""
        return self.model.device

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end what the model writes."""
        found = self.model.generation_config.eos_token_id
        many = found if isinstance(found, list) else [found]
        return frozenset({*many, self.processor.tokenizer.eos_token_id} - {None})


@cache
def load(model: str, adapter: str | None, device: str, dtype: str, four_bit: bool) -> Loaded:
    """The checkpoint of a folder or hub id, on a device, with a LoRA adapter merged where one is given."""
    torch, transformers = _packages()
    where, kind = resolved(device, dtype)
    arguments: dict[str, Any] = {"dtype": kind, "device_map": {"": where}}
    if four_bit:
        arguments["quantization_config"] = _four_bit(torch, transformers)
    with _one_line(model, "a folder or hub id of an image-text-to-text model"), _quietly(transformers):
        processor = transformers.AutoProcessor.from_pretrained(model)
        loaded, told = transformers.AutoModelForImageTextToText.from_pretrained(
            model, output_loading_info=True, **arguments
        )
    for key in ("missing_keys", "mismatched_keys"):
        if told[key]:
            some = ", ".join(sorted(map(str, told[key]))[:2])
            raise BadInput(
                f"{model!r}: {len(told[key])} weights are missing or of another shape, such as {some}"
            )
    if adapter is not None:
        loaded = _adapted(loaded, adapter, four_bit)
    letters, tail = _letters(model, processor)
    return Loaded(loaded.eval(), processor, letters, tail, _shares(loaded, processor))


def version(model: str, adapter: str | None, device: str, dtype: str) -> str:
    """What answers depend on beside the arguments: weights, packages, device and precision."""
    torch, transformers = _packages()
    where, kind = resolved(device, dtype)
    weights = [_content(path) for path in (model, adapter) if path is not None]
    packages = f"torch {torch.__version__.partition('+')[0]}, transformers {transformers.__version__}"
    return f"{', '.join(weights)}; {packages}; {where.partition(':')[0]} {kind}"


def resolved(device: str, dtype: str) -> tuple[str, str]:
    """What "auto" stands for: a GPU in the checkpoint's own precision, else a CPU in float32."""
    torch, _ = _packages()
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(device).type
    except RuntimeError:
        raise BadSpec(f"local: found device={device!r}; expected auto, cpu, cuda or cuda:1") from None
    if kind == "cuda" and not torch.cuda.is_available():
        raise BadSpec(f"local: found device={device!r}, but torch finds no GPU; expected cpu or auto")
    if dtype not in DTYPES:
        raise BadSpec(f"local: found dtype={dtype!r}; expected one of {', '.join(DTYPES)}")
    return device, "float32" if dtype == "auto" and kind == "cpu" else dtype


@cache
def _packages() -> tuple[Any, Any]:
    """torch and transformers."""
    try:
        importlib.import_module("torchvision")
        return importlib.import_module("torch"), importlib.import_module("transformers")
    except ImportError as error:
        raise MissingExtra("local", "local") from error


def _four_bit(torch: Any, transformers: Any) -> Any:
    try:
        importlib.import_module("bitsandbytes")
    except ImportError as error:
        raise MissingExtra("four_bit=True", "four-bit") from error
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )


def _adapted(model: Any, adapter: str, four_bit: bool) -> Any:
    """The model with a LoRA adapter: merged into the weights, or beside them where those have four bits."""
    try:
        peft = importlib.import_module("peft")
    except ImportError as error:
        raise MissingExtra("adapter", "local") from error
    if not (Path(adapter) / "adapter_config.json").is_file():
        raise BadInput(f"{adapter!r}: found no adapter_config.json; expected the folder of a LoRA adapter")
    with _one_line(adapter, "a LoRA adapter of this model"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        with_adapter = peft.PeftModel.from_pretrained(model, adapter)
        return with_adapter.get_base_model() if four_bit else with_adapter.merge_and_unload()


def _letters(name: str, processor: Any) -> tuple[tuple[int, int], int]:
    """The tokens of A and B in an answer, and how many tokens there are from the letter to its end.

    They are found by their difference, since a tokenizer may cut `<answer>A` within the tag (`>A`).
    """
    begun = opened(processor, [{"role": "user", "content": [{"type": "text", "text": "?"}]}])
    a, b = (tokens(processor, begun + ANSWERED.format(letter)) for letter in "AB")
    apart = [place for place, (one, other) in enumerate(zip(a, b, strict=False)) if one != other]
    if len(a) != len(b) or len(apart) != 1:
        raise BadInput(
            f"{name!r}: its tokenizer does not write <answer>A</answer> and <answer>B</answer> with one "
            "token of difference, so no probability can be read; expected one that does, or the judge chat"
        )
    return (a[apart[0]], b[apart[0]]), len(a) - apart[0]


def opened(processor: Any, messages: list[dict[str, Any]]) -> str:
    """A conversation as the model reads it, up to where its own turn begins."""
    try:
        return str(processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))
    except Exception as error:  # a chat template is a program of the checkpoint's
        raise BadInput(f"the checkpoint's chat template cannot be filled in: {error}") from error


def tokens(processor: Any, text: str) -> list[int]:
    """The tokens of a text in which the chat template already wrote all that is special."""
    return list(processor.tokenizer(text, add_special_tokens=False)["input_ids"])


def _shares(model: Any, processor: Any) -> bool:
    """Whether images may be seen apart from the text: the model takes features, and only looks back."""
    cache_utils = importlib.import_module("transformers.cache_utils")
    takes = "mm_encoder_outputs" in inspect.signature(model.forward).parameters
    layers = cache_utils.DynamicCache(config=model.config).layers
    plain = all(type(layer) is cache_utils.DynamicLayer for layer in layers)
    return takes and plain and "token_type_ids" not in processor.model_input_names


@contextlib.contextmanager
def _one_line(name: str, expected: str) -> Iterator[None]:
    """Whatever goes wrong inside is wrong input, told in one line."""
    try:
        yield
    except Exception as error:  # a checkpoint may be broken in any way
        if type(error).__name__ == "OutOfMemoryError":
            raise BadInput(
                f"{name!r}: the device has too little memory for it; four_bit=True takes a quarter"
            ) from error
        first = next((line for line in str(error).splitlines() if line.strip()), "")[:300]
        raise BadInput(
            f"{name!r}: cannot be loaded ({type(error).__name__}: {first}); expected {expected}"
        ) from error


@contextlib.contextmanager
def _quietly(transformers: Any) -> Iterator[None]:
    """No progress bars and no report of weights: what is wrong with a checkpoint becomes an error."""
    logging = transformers.utils.logging
    shown, told = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(told)
        if shown:
            logging.enable_progress_bar()


def _content(name: str) -> str:
    """The hash of a folder's files, or the commit of a hub id."""
    folder = Path(name)
    if not folder.is_dir():
        hub = importlib.import_module("huggingface_hub")
        with _one_line(name, "a folder or hub id of an image-text-to-text model"):
            return f"commit {Path(hub.hf_hub_download(name, 'config.json')).parent.name}"
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    facts = tuple((str(file), (stat := os.stat(file)).st_size, stat.st_mtime_ns) for file in files)
    return f"sha256 {_hashed(facts)}"


@cache
def _hashed(files: tuple[tuple[str, int, int], ...]) -> str:
    """The hash of files' names and contents; asked again only where a file changed."""
    found = hashlib.sha256()
    for file, _, _ in files:
        with open(file, "rb") as stream:
            found.update(f"{Path(file).name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return found.hexdigest()[:16]
