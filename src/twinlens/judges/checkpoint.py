"""A model of transformers as it lies in a folder or on the hub, loaded once a process.

All that can be wrong with a checkpoint is a TwinlensError of one line: a folder without weights, weights that
do not fill the model, an adapter for another model, a tokenizer whose answers do not differ in one token.
"""

import contextlib
import hashlib
import importlib
import inspect
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput, BadSpec, MissingExtra
from twinlens.language.templates import TemplateFailed, fill

MODEL = "a folder or hub id of an image-text-to-text model"
ABOUT = (".md", ".html")
"""Ends of the names of files about a model, which change none of its answers."""
DTYPES = ("auto", "float32", "bfloat16", "float16")
ANSWER = "<answer>{}</answer>"
"""How an answer is written; the place where the letters part is where the model's choice is read."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model that is ready, with its folder or hub id and its processor.

    `letters` are the tokens of A and B as they stand in `<answer>A</answer>`, `tail` how many tokens of that
    text come from the letter on. `separable` says whether images may be run through the vision tower apart
    from the text.
    """

    name: str
    model: Any
    processor: Any
    letters: tuple[int, int]
    tail: int
    separable: bool

    @property
    def device(self) -> Any:
        """Where the model is."""
        return self.model.device

    @property
    def compiles(self) -> bool:
        """Whether writing is to be compiled: on a GPU, until compiling fails once."""
        quantized = getattr(self.model, "hf_quantizer", None) is not None
        return self.device.type == "cuda" and not (quantized or self.model.generation_config.disable_compile)

    @property
    def padding(self) -> int:
        """The token that fills rows of a batch up to one length."""
        return int(self.model.generation_config.pad_token_id)


@cache
def load(model: str, adapter: str | None, device: str, dtype: str, four_bit: bool) -> LoadedModel:
    """The checkpoint of a folder or hub id, on a device, with a LoRA adapter merged where one is given."""
    where, kind = resolved(device, dtype)
    loaded, processor = opened(model, four_bit, dtype=kind, device_map={"": where})
    if adapter is not None:
        loaded = adapted(loaded, adapter, four_bit)
    loaded.generation_config = _greedy(loaded.generation_config, processor.tokenizer)
    letters, tail = answer_letters(model, processor)
    return LoadedModel(model, loaded.eval(), processor, letters, tail, _separable(loaded, processor))


def opened(model: str, four_bit: bool = False, **arguments: Any) -> tuple[Any, Any]:
    """The model and the processor of a folder or hub id; `arguments` are those of `from_pretrained`."""
    torch, transformers = _packages()
    if four_bit:
        _modules("four_bit=True", "four-bit", "bitsandbytes")
        arguments["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
        )
    with one_line(model, MODEL), quietly(transformers):
        processor = transformers.AutoProcessor.from_pretrained(model, trust_remote_code=False)
        loaded, report = transformers.AutoModelForImageTextToText.from_pretrained(
            model, trust_remote_code=False, output_loading_info=True, **arguments
        )
    if wrong := sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]])):
        some = ", ".join(wrong[:2])
        raise BadInput(f"{model!r}: {len(wrong)} weights are missing or of another shape, such as {some}")
    return loaded, processor


def _greedy(own: Any, tokenizer: Any) -> Any:
    """Generation of the likeliest token each time, whatever the checkpoint sets; its ends are kept."""
    _, transformers = _packages()
    ends = own.eos_token_id if isinstance(own.eos_token_id, list) else [own.eos_token_id]
    ends = sorted({*ends, tokenizer.eos_token_id} - {None})
    padding = next((one for one in (tokenizer.pad_token_id, own.pad_token_id, *ends) if one is not None), 0)
    return transformers.GenerationConfig(eos_token_id=ends or None, pad_token_id=padding)


def version(model: str, adapter: str | None, device: str, dtype: str) -> str:
    """What answers depend on beside the arguments: weights, packages, device and precision."""
    torch, transformers = _packages()
    where, kind = resolved(device, dtype)
    weights = [content_of(path) for path in (model, adapter) if path is not None]
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


def _packages() -> tuple[Any, Any]:
    """torch and transformers."""
    torch, transformers, _ = _modules("local", "local", "torch", "transformers", "torchvision")
    never_run_code()
    return torch, transformers


def never_run_code() -> None:
    """Have transformers refuse a checkpoint that brings code, and not ask whether to run it.

    `trust_remote_code=False` does not reach each file that a processor is made of.
    """
    module: Any = importlib.import_module("transformers.dynamic_module_utils")
    module.TIME_OUT_REMOTE_CODE = 0


def _modules(what: str, extra: str, *names: str) -> tuple[Any, ...]:
    """The modules that something needs; MissingExtra where one is not installed."""
    try:
        return tuple(map(importlib.import_module, names))
    except ImportError as error:
        raise MissingExtra(what, extra) from error


def adapted(model: Any, adapter: str, four_bit: bool) -> Any:
    """The model with a LoRA adapter: merged into the weights, or beside them where those have four bits."""
    (peft,) = _modules("adapter", "local", "peft")
    if not (Path(adapter) / "adapter_config.json").is_file():
        raise BadInput(f"{adapter!r}: found no adapter_config.json; expected the folder of a LoRA adapter")
    with one_line(adapter, "a LoRA adapter of this model"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        with_adapter = peft.PeftModel.from_pretrained(model, adapter)
        return with_adapter.get_base_model() if four_bit else with_adapter.merge_and_unload()


def answer_letters(name: str, processor: Any) -> tuple[tuple[int, int], int]:
    """The tokens of A and B in an answer, and how many tokens there are from the letter to its end.

    They are where two answers differ, since a tokenizer may cut `<answer>A` within the tag (`>A`).
    """
    begun = chat_text(processor, [{"role": "user", "content": [{"type": "text", "text": "?"}]}])
    a, b = (token_ids(processor, begun + ANSWER.format(letter)) for letter in "AB")
    different = [at for at in range(len(a)) if len(a) == len(b) and a[at] != b[at]]
    if len(different) != 1:
        raise BadInput(
            f"{name!r}: its tokenizer does not write <answer>A</answer> and <answer>B</answer> with one "
            "token of difference, so no probability can be read; expected one that does, or the judge chat"
        )
    (at,) = different
    return (a[at], b[at]), len(a) - at


def chat_text(processor: Any, messages: list[dict[str, Any]]) -> str:
    """A conversation as the model reads it, up to where its completion begins.

    A chat template is a program of the checkpoint's: it is filled in within bounds, not by transformers.
    """
    template = getattr(processor, "chat_template", None) or processor.tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    if not isinstance(template, str):
        raise BadInput("found no chat template in the checkpoint; expected that of a model for conversations")
    others = {"tools": None, "documents": None, "add_generation_prompt": True}
    values = {**processor.tokenizer.special_tokens_map, **others, "messages": messages}
    try:
        return fill("chat", template, [(None, values)]).texts[0]
    except TemplateFailed as error:
        raise BadInput(f"the checkpoint's chat template cannot be filled in: {error}") from error


def token_ids(processor: Any, text: str) -> list[int]:
    """The tokens of a text in which the chat template already wrote all that is special."""
    return list(processor.tokenizer(text, add_special_tokens=False)["input_ids"])


def _separable(model: Any, processor: Any) -> bool:
    """Whether images may be encoded apart from the text: the model takes features, attention is causal."""
    cache_utils = importlib.import_module("transformers.cache_utils")
    takes_features = "mm_encoder_outputs" in inspect.signature(model.forward).parameters
    layers = cache_utils.DynamicCache(config=model.config).layers
    full = all(type(layer) is cache_utils.DynamicLayer for layer in layers)
    return takes_features and full and "token_type_ids" not in processor.model_input_names


@contextlib.contextmanager
def one_line(name: str, expected: str) -> Iterator[None]:
    """Whatever goes wrong inside is wrong input, an error of one line."""
    try:
        yield
    except Exception as error:  # a checkpoint may be broken in any way
        kind = type(error).__name__
        if kind == "OutOfMemoryError":
            expected = "a device with more memory, or four_bit=True, which takes a quarter"
        first = next((line for line in str(error).splitlines() if line.strip()), "")[:300]
        if "trust_remote_code" in str(error):
            first = "it brings code of its own, which is never run"
        raise BadInput(f"{name!r}: cannot be loaded ({kind}: {first}); expected {expected}") from error


@contextlib.contextmanager
def quietly(transformers: Any) -> Iterator[None]:
    """No progress bars and no report of weights: what is wrong with a checkpoint becomes an error."""
    logging = transformers.utils.logging
    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def content_of(name: str) -> str:
    """The hash of a folder's files but for its card and pages, or the commit of a hub id."""
    folder = Path(name)
    if not folder.is_dir():
        hub = importlib.import_module("huggingface_hub")
        with one_line(name, MODEL):
            return f"commit {Path(hub.hf_hub_download(name, 'config.json')).parent.name}"
    whole = hashlib.sha256()
    files = (file for file in folder.iterdir() if file.is_file() and file.suffix not in ABOUT)
    for file in sorted(file for file in files if not file.name.startswith(".")):
        status = file.stat()
        whole.update(f"{file.name}\0{_sha256(file, status.st_size, status.st_mtime_ns)}\n".encode())
    return f"sha256 {whole.hexdigest()[:16]}"


@cache
def _sha256(file: Path, size: int, changed: int) -> str:
    """The hash of a file's content; computed again only where it changed."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
