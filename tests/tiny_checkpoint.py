"""Tiny checkpoints of models that read images: random weights, own tokenizer, saved as a user's are.

What is drawn comes from fixed seeds, so every call makes the same checkpoint. Weights are drawn wide, so that
what an image shows moves the answer by far more than rounding does.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from twinlens.core.types import ASPECTS, REGIONS
from twinlens.language.prompt import names, open_template
from twinlens.language.render import line

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}{% if part.type == 'image' %}IMAGE{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
QWEN = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
FIRST = 151_643
"""The first special token of Qwen's own vocabulary, and those between it and the ones of images."""
BETWEEN = ["object_ref_start", "object_ref_end", "box_start", "box_end", "quad_start", "quad_end"]
INTERN = ["<img>", "</img>", "<IMG_CONTEXT>", "<video>"]
IDEFICS = ["<fake_token_around_image>", "<image>", "<global-img>"] + [
    f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)
]


@cache
def _corpus() -> tuple[str, ...]:
    """Sentences in the experts' form, and the words of our prompts."""
    said = [line(region, aspect, "keeps fine detail", "is softer and noisier, with halos")
            for region in REGIONS for aspect in ASPECTS]  # fmt: skip
    asked = [open_template(name).text for name in names()]
    return (*said, *asked, *["<thinking>\n</thinking>\n<answer>A</answer> <answer>B</answer>"] * 20)


def tokenizer(
    special: list[str], template: str, size: int = 800, merged: bool = False, first: int = 0, **named: Any
) -> Any:
    """A byte-level BPE; `merged` makes ">A" and ">B" one token each, as the tokenizers of Qwen do.

    `first` is the least number of its first special token; the numbers between stand for nothing.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    by_words = pre_tokenizers.Split(_regex(merged), "isolated")
    bare.pre_tokenizer = pre_tokenizers.Sequence([by_words, pre_tokenizers.ByteLevel(False, use_regex=False)])
    bare.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, initial_alphabet=alphabet)
    bare.train_from_iterator(_corpus(), trainer)
    if first:
        state = json.loads(bare.to_str())
        vocabulary = state["model"]["vocab"]
        vocabulary |= {f"unused {number}": number for number in range(len(vocabulary), first)}
        bare = Tokenizer.from_str(json.dumps(state))
    bare.add_special_tokens([
        AddedToken(token, special=True, normalized=False)
        for token in ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *special]
    ])  # fmt: skip
    return PreTrainedTokenizerFast(
        tokenizer_object=bare, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        chat_template=template, clean_up_tokenization_spaces=False, **named,
    )  # fmt: skip


def _regex(merged: bool) -> Any:
    from tokenizers import Regex

    words = r"[^\r\n\p{L}\p{N}]?\p{L}+" if merged else r" ?\p{L}+"
    return Regex(words + r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+")


def qwen3_vl(
    folder: Path,
    *,
    seed: int = 0,
    merged: bool = False,
    size: int = 800,
    tied: bool = False,
    numbered: bool = False,
    vision: dict[str, Any] | None = None,
    **text: Any,
) -> Path:
    """A Qwen3-VL of three text layers and three vision blocks, with DeepStack; some 300 thousand weights.

    `size` is that of the vocabulary, `tied` whether its embeddings are also the head; `numbered` gives
    special tokens the numbers of Qwen's own vocabulary; `vision` and `text` are arguments of the
    configuration.
    """
    import torch
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    template = CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    special = [*(f"<|{name}|>" for name in BETWEEN), *QWEN[:2], "<|vision_pad|>", *QWEN[2:]]
    first = FIRST if numbered else 0
    words = tokenizer(special if numbered else QWEN, template, size, merged, first)
    width = text.pop("hidden_size", 64)
    seeing = {
        "depth": 3, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": width,
        "num_position_embeddings": 64, "deepstack_visual_indexes": [0, 1], "initializer_range": 0.15,
        **(vision or {}),
    }  # fmt: skip
    config = Qwen3VLConfig(
        text_config={
            "vocab_size": len(words), "hidden_size": width, "intermediate_size": 128, "num_hidden_layers": 3,
            "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "initializer_range": 0.15,
            "max_position_embeddings": 32768,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6,
                                "mrope_section": [4, 2, 2], "mrope_interleaved": True},
            **text,
        },
        vision_config=seeing, tie_word_embeddings=tied,
        **{f"{name}_token_id": words.convert_tokens_to_ids(token)
           for name, token in zip(("vision_start", "vision_end", "image", "video"), QWEN, strict=True)},
    )  # fmt: skip
    torch.set_num_threads(1)  # more only wait for each other, on matrices so small
    torch.manual_seed(seed)
    model = Qwen3VLForConditionalGeneration(config).eval()
    patches = {"patch_size": 16, "merge_size": 2, "temporal_patch_size": 2,
               "image_mean": [0.5] * 3, "image_std": [0.5] * 3}  # fmt: skip
    images = Qwen2VLImageProcessor(size={"shortest_edge": 4096, "longest_edge": 16_777_216}, **patches)
    processor = Qwen3VLProcessor(images, words, Qwen3VLVideoProcessor(**patches), chat_template=template)
    return _saved(model, processor, words, folder)


def idefics3(folder: Path, *, seed: int = 0) -> Path:
    """An Idefics3, which cuts an image into tiles: the way of all models that are not Qwen's."""
    import torch
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3ImageProcessor,
        Idefics3Processor,
    )

    template = CHAT.replace("IMAGE", "<image>")
    words = tokenizer(IDEFICS, template)
    config = Idefics3Config(
        text_config={
            "model_type": "llama", "vocab_size": len(words), "hidden_size": 48, "intermediate_size": 96,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
            "initializer_range": 0.15, "pad_token_id": words.pad_token_id, "max_position_embeddings": 8192,
        },
        vision_config={
            "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
            "image_size": 64, "patch_size": 16, "initializer_range": 0.15,
        },
        scale_factor=2, image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=words.pad_token_id,
    )  # fmt: skip
    torch.manual_seed(seed)
    model = Idefics3ForConditionalGeneration(config).eval()
    tiles = {
        "size": {"longest_edge": 128},
        "max_image_size": {"longest_edge": 64},
        "do_image_splitting": True,
    }
    processor = Idefics3Processor(Idefics3ImageProcessor(**tiles), words, 4, chat_template=template)
    return _saved(model, processor, words, folder)


def qwen2_5_vl(folder: Path, *, seed: int = 0) -> Path:
    """A Qwen2.5-VL, which looks at images through windows."""
    import torch
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    template = CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    words = tokenizer(QWEN, template)
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(words), "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.15,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 2, 2]},
        },
        vision_config={
            "depth": 3, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 64,
            "window_size": 56, "fullatt_block_indexes": [2], "initializer_range": 0.15,
        },
        **{f"{name}_token_id": words.convert_tokens_to_ids(token)
           for name, token in zip(("vision_start", "vision_end", "image", "video"), QWEN, strict=True)},
    )  # fmt: skip
    torch.manual_seed(seed)
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(), words, Qwen2VLVideoProcessor(), chat_template=template
    )
    return _saved(model, processor, words, folder)


def internvl(folder: Path, *, seed: int = 0) -> Path:
    """An InternVL, whose images all become tiles of one size."""
    import torch
    from transformers import (
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLProcessor,
        InternVLVideoProcessor,
    )

    template = CHAT.replace("IMAGE", "<IMG_CONTEXT>\n")
    parts = ("start_image_token", "end_image_token", "context_image_token", "video_token")
    words = tokenizer(INTERN, template, extra_special_tokens=dict(zip(parts, INTERN, strict=True)))
    config = InternVLConfig(
        text_config={
            "model_type": "qwen2", "vocab_size": len(words), "hidden_size": 64, "intermediate_size": 128,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
            "initializer_range": 0.15,
        },
        vision_config={
            "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
            "image_size": [64, 64], "patch_size": [16, 16], "initializer_range": 0.15,
        },
        image_token_id=words.convert_tokens_to_ids("<IMG_CONTEXT>"), image_seq_length=4,
    )  # fmt: skip
    torch.manual_seed(seed)
    model = InternVLForConditionalGeneration(config).eval()
    images = GotOcr2ImageProcessor(size={"height": 64, "width": 64}, crop_to_patches=True, max_patches=6)
    processor = InternVLProcessor(images, words, InternVLVideoProcessor(), 4, chat_template=template)
    return _saved(model, processor, words, folder)


def _saved(model: Any, processor: Any, words: Any, folder: Path) -> Path:
    model.generation_config.eos_token_id = words.eos_token_id
    model.generation_config.pad_token_id = words.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
