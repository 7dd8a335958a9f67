"""Fine-tuning a backbone on pairs: it learns, is antisymmetric, and goes on after a kill."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from photographs import picture
from twinlens.core.errors import BadInput
from twinlens.distortions.distortion import named
from twinlens.networks.backbone import cells, statistics
from twinlens.train import consensus, export, finetune, simulated
from twinlens.train.augment import Views, drawn, stored, views_of
from twinlens.train.export import Pooled
from twinlens.train.finetune import Material, Siamese, checked_device, tune, written
from twinlens.train.looks import Store

Pixels = np.ndarray
SIDES = (32, 64)


def tiny() -> Siamese:
    """A siamese network on a small backbone of random weights."""
    torch.manual_seed(0)
    backbone = timm.create_model("test_efficientnet")
    pooled = Pooled(backbone.eval(), [0.5] * 3, [0.5] * 3)
    photos = torch.from_numpy(np.stack([picture(name)[:64, :64] for name in ("coffee", "rocket")]))
    with torch.inference_mode():
        channels = pooled(photos[0]).shape[1]
        plain = Siamese(pooled, np.zeros(4 * channels), np.ones(4 * channels))
        scale = plain.statistics(photos, photos).numpy().std(0)
    return Siamese(pooled, np.zeros(4 * channels), scale).eval()


def material() -> Material:
    """Pairs of photographs of which people like the blurred one, and damaged ones."""
    pairs = []
    for name in ("astronaut", "coffee", "chelsea", "rocket"):
        sharp = picture(name)[:160, :224]
        pairs.append([views_of(one, [(0, 0, 224, 160)]) for one in (named("blur")(sharp, 3), sharp)])

    def draw(random: np.random.Generator) -> tuple[tuple[Views, Views], float]:
        better, worse = pairs[int(random.integers(len(pairs)))]
        return (better, worse), 0.0

    return Material(draw, {"damage": draw}, seed=3)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetune, "CROP_SIDES", SIDES)
    monkeypatch.setattr(finetune, "WHOLE_SIDES", SIDES)
    monkeypatch.setattr(finetune, "PAIRS", 2)
    monkeypatch.setattr(finetune, "SIMULATED_PAIRS", 1)


def tuned(file: Path, steps: int = 6) -> tuple[Siamese, list[float]]:
    losses: list[float] = []
    net, _ = tune(tiny(), material(), steps, "cpu", file, lambda _, loss: losses.append(loss))
    return net, losses


def bits(net: Siamese) -> list[bytes]:
    return [one.detach().numpy().tobytes() for one in net.state_dict().values()]


def test_the_loss_falls_and_backbone_and_head_both_change(tmp_path: Path) -> None:
    net, losses = tuned(tmp_path / "state.pt", 16)
    assert np.mean(losses[-4:]) < 0.9 * np.mean(losses[:2])
    before, after = tiny().state_dict(), net.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert {"values", "pooled.backbone.conv_stem.weight"} <= changed
    assert not [name for name in changed if "running" in name]


def test_exchanging_the_photos_gives_exactly_the_opposite(tmp_path: Path) -> None:
    net, _ = tuned(tmp_path / "state.pt", 2)
    batch = material().batch(0)
    crops, wholes = torch.from_numpy(batch.crops), torch.from_numpy(batch.wholes)
    with torch.inference_mode():
        there = net((crops[0], wholes[0]), (crops[1], wholes[1]))
        back = net((crops[1], wholes[1]), (crops[0], wholes[0]))
    assert torch.equal(there, -back)
    assert there.abs().min() > 0


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {own!r}]
import test_finetune as test
test.finetune.CROP_SIDES = test.finetune.WHOLE_SIDES = test.SIDES
test.finetune.PAIRS, test.finetune.SIMULATED_PAIRS, test.finetune.SAVED = 2, 1, 0.0
def stop(step, loss):
    if step == 4:
        os.kill(os.getpid(), signal.SIGKILL)
test.tune(test.tiny(), test.material(), 6, "cpu", Path({file!r}), stop)
"""


def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_bits(tmp_path: Path) -> None:
    own = Path(__file__).parent
    code = KILLED.format(tests=str(own.parent), own=str(own), file=str(tmp_path / "state.pt"))
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    after, losses = tuned(tmp_path / "state.pt")
    assert len(losses) == 2
    whole, every = tuned(tmp_path / "other.pt")
    assert losses == every[4:]
    assert bits(after) == bits(whole)


def test_a_broken_checkpoint_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(b"half a file")
    with pytest.raises(BadInput, match="expected a checkpoint; delete it to begin anew"):
        tuned(tmp_path / "state.pt", 1)


@pytest.mark.parametrize(("sixteen_bits", "apart"), [(True, 1e-3), (False, 1e-5)])
def test_the_exported_backbone_sees_what_the_tuned_one_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sixteen_bits: bool, apart: float
) -> None:
    if not sixteen_bits:
        monkeypatch.setattr(export, "halve", lambda model: None)
    net, _ = tuned(tmp_path / "state.pt", 2)
    written(net, tmp_path / "backbone.onnx", "test_efficientnet")
    photo = np.ascontiguousarray(picture("coffee")[:96, :128])
    with torch.inference_mode():
        batch = torch.from_numpy(photo)[None]
        own = net.statistics(batch, batch)[0].numpy().astype(np.float64)
    seen = statistics([cells(tmp_path / "backbone.onnx", photo)]).ravel()
    assert np.abs(np.concatenate([seen, seen]) - own).max() < apart * np.abs(own).max()


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match="--device 'tpu': no such device; expected cpu or cuda"):
        checked_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(BadInput, match="torch finds no GPU; expected cpu"):
            checked_device("cuda")


@pytest.mark.parametrize("shape", [(480, 640), (40, 300), (700, 120)])
def test_both_photos_are_cut_at_one_place_and_changed_alike(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    photo = random.integers(0, 256, (*shape, 3)).astype(np.uint8)
    views = views_of(photo, [(0, 0, shape[1], shape[0])])
    for seed in range(8):
        crops, wholes = drawn((views, views), 64, 96, np.random.default_rng(seed))
        assert [one.shape for one in (*crops, *wholes)] == [(64, 64, 3)] * 2 + [(96, 96, 3)] * 2
        assert np.array_equal(*crops)
        assert np.array_equal(*wholes)
    assert not np.array_equal(crops[0], drawn((views, views), 64, 96, np.random.default_rng(99))[0][0])


def test_views_are_made_once_and_come_back_as_they_were(tmp_path: Path) -> None:
    a, b = picture("coffee")[:300, :400], picture("coffee")[:200, :400]
    both = views_of(a, [(0, 0, 64, 96), (32, 0, 64, 96)]), views_of(b, [(0, 0, 96, 64)])
    for make in (lambda: both, lambda: pytest.fail("made again")):
        again = stored(tmp_path / "views" / "1.npz", make)
        for one, other in zip(again, both, strict=True):
            assert np.array_equal(one.whole, other.whole)
            assert [np.array_equal(x, y) for x, y in zip(one.parts, other.parts, strict=True)] == [
                True
            ] * len(other.parts)


def test_restorations_are_made_once_for_all_backbones_and_the_original_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def blurred(small: Pixels, factor: int, random: object) -> list[tuple[str, Pixels]]:
        made.append(factor)
        large = np.ascontiguousarray(small.repeat(factor, 0).repeat(factor, 1))
        return [(f"{strength}", named("blur")(large, strength)) for strength in (1, 2, 3)]

    monkeypatch.setattr(simulated, "restorations", blurred)
    monkeypatch.setattr(simulated, "MEASURES", (consensus.gradient_similarity,))
    photo = picture("coffee")[:384, :384]
    some = []
    for name in ("one", "other"):
        (tmp_path / name).write_bytes(name.encode())
        store = Store(tmp_path / name, tmp_path / "looks", tmp_path / "restorations")
        some.append(simulated.restored(photo, 0, store))
    assert made == [2]
    assert some[0].order == some[1].order
    assert [pair for pair in some[0].order if 0 in pair] == [(0, 1), (0, 2), (0, 3)]
    assert (1, 3) in some[0].order
    for a, b in zip(some[0].versions(), some[1].versions(), strict=True):
        assert np.array_equal(a, b)


def test_damage_puts_the_lesser_first() -> None:
    photo = picture("coffee")
    for seed in range(4):
        better, worse = simulated.damage(photo, np.random.default_rng(seed))
        again = simulated.damage(photo, np.random.default_rng(seed))
        assert better.shape == worse.shape
        assert not np.array_equal(better, worse)
        assert np.array_equal(better, again[0])
        assert np.array_equal(worse, again[1])
