"""Fine-tuning: the backbone itself learns from pairs, as one branch of a siamese network.

Both photos of a pair go through the same backbone, each by a call of its own; a linear head weighs the
difference of their statistics, so exchanging the photos gives exactly the opposite. Head and backbone begin
as the frozen form left them (linear probing, then fine-tuning: Kumar and others 2022), and what is measured
of a pair is given, so the backbone learns what that leaves unsaid. Normalisation stays as it was learned.
All that is drawn depends on seed and step only: a run that was killed goes on from its last checkpoint, on a
processor with the same threads to the same bits.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from twinlens.core.errors import BadInput
from twinlens.networks.backbone import Floats, Pixels
from twinlens.train.augment import Views, drawn
from twinlens.train.export import Pooled, opened, stages, write
from twinlens.train.heads import SIMULATED

PAIRS, SIMULATED_PAIRS = 8, 2
"""Pairs a step: of people, and of each way of simulating."""
CROP_SIDES, WHOLE_SIDES = (192, 224, 256), (160, 192)
"""Pixels of the sides of crops at 100 % and of wholes, one of each a step."""
RATE, DECAY, HEAD_RATE = 1e-4, 0.75, 1e-3
"""Learning rates: of the last stage, what each earlier one has of the next one's, of the head."""
WARM_UP, WEIGHT_DECAY, SMALL, NORM = 0.1, 0.01, 1e-3, 1.0
"""Share of the steps in which rates rise; penalties of weights and of large log-odds; longest gradient."""
SAVED = 60.0
"""Seconds between checkpoints."""
Draw = Callable[[np.random.Generator], tuple[tuple[Views, Views], float]]
"""Draws a pair, the preferred photo first, with the log-odds for it of what is measured."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Pairs, the preferred photo first: crops and wholes uint8 (2, pairs, side, side, 3)."""

    crops: Pixels
    wholes: Pixels
    measured: Floats
    weight: Floats


@dataclass(frozen=True, eq=False)
class Material:
    """Where pairs are drawn from: people's, and simulated ones by way; a batch is a matter of the step."""

    people: Draw
    simulated: dict[str, Draw]
    seed: int

    def batch(self, step: int) -> Batch:
        """The pairs of a step."""
        random = np.random.default_rng([self.seed, step])
        crop, reduced = int(random.choice(CROP_SIDES)), int(random.choice(WHOLE_SIDES))
        draws = [(self.people, 1 / PAIRS)] * PAIRS
        for way, draw in self.simulated.items():
            draws += [(draw, SIMULATED[way] / SIMULATED_PAIRS)] * SIMULATED_PAIRS
        crops, wholes, measured = [], [], []
        for draw, _ in draws:
            views, log_odds = draw(random)
            some = drawn(views, crop, reduced, random)
            crops.append(some[0])
            wholes.append(some[1])
            measured.append(log_odds)
        at_once = [np.stack([np.stack(one) for one in some], axis=1) for some in (crops, wholes)]
        return Batch(at_once[0], at_once[1], np.array(measured), np.array([weight for _, weight in draws]))


class Siamese(torch.nn.Module):
    """A backbone and a linear head on the difference of two photos' statistics."""

    def __init__(self, pooled: Pooled, head: Floats, scale: Floats) -> None:
        super().__init__()
        self.pooled = pooled
        unit = np.maximum(scale, 0.01 * np.median(scale)) * np.sqrt(len(scale))
        self.unit: torch.Tensor
        self.register_buffer("unit", torch.tensor(unit, dtype=torch.float32), persistent=False)
        self.values = torch.nn.Parameter(torch.tensor(head * unit, dtype=torch.float32))

    @property
    def head(self) -> Floats:
        """The weights of statistics, in the order of `Look.statistics`."""
        weights: Any = self.values / self.unit
        return np.asarray(weights.detach().cpu().numpy(), np.float64)

    def forward(self, a: tuple[Any, Any], b: tuple[Any, Any]) -> torch.Tensor:
        """The log-odds for a, (pairs,); crops and wholes of both photos are uint8 (pairs, side, side, 3)."""
        difference = self.statistics(*a) - self.statistics(*b)
        return (difference / self.unit) @ self.values

    def statistics(self, crops: Any, wholes: Any) -> torch.Tensor:
        """Mean and deviation of each channel, at 100 % and of the whole; (photos, statistics)."""
        return torch.cat([self._of(crops), self._of(wholes)], 1)

    def _of(self, photos: torch.Tensor) -> torch.Tensor:
        x = (photos.permute(0, 3, 1, 2).float() / 255 - self.pooled.mean) / self.pooled.std
        with torch.autocast(x.device.type, torch.bfloat16, enabled=x.is_cuda):
            maps = [one.float().flatten(2) for one, _ in stages(self.pooled.backbone, x)]
        variance = [one.var(2, correction=0).clamp(min=1e-8) for one in maps]
        return torch.cat([*(one.mean(2) for one in maps), *(one.sqrt() for one in variance)], 1)


def checked_device(name: str) -> str:
    """A device that there is; BadInput where there is none of the name."""
    if name not in ("cpu", "cuda"):
        raise BadInput(f"--device {name!r}: no such device; expected cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise BadInput("--device 'cuda': torch finds no GPU; expected cpu, or a machine that has one")
    return name


def siamese(name: str, head: Floats, scale: Floats) -> Siamese:
    """A siamese network on the backbone of a name or file, its normalisation and dropout at rest."""
    net = Siamese(Pooled(*opened(name)), head, scale)
    return net.eval()


def tune(
    net: Siamese, material: Material, steps: int, device: str, file: Path,
    progress: Callable[[int, float], None],
) -> tuple[Siamese, float]:  # fmt: skip
    """The network after `steps` steps, its weights averaged over the last ones, and the seconds it took.

    It goes on from the checkpoint in `file` where there is one. `progress` is called with the number of steps
    done and the loss of the last.
    """
    net = net.to(device)
    optimizer = torch.optim.AdamW(_groups(net), weight_decay=WEIGHT_DECAY)
    average: Any = get_ema_multi_avg_fn(1 - 1 / max(2.0, min(100.0, steps / 10)))  # type: ignore[no-untyped-call]
    mean = AveragedModel(net, multi_avg_fn=average)
    first, seconds = _resumed(file, net, mean, optimizer, device)
    saved = time.monotonic()
    started = saved - seconds
    for step, batch in zip(range(first, steps), _batches(material, first, steps, device), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * _share(step / steps)
        optimizer.zero_grad()
        loss = _loss(net, batch, device)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), NORM)
        optimizer.step()
        mean.update_parameters(net)
        now = time.monotonic()
        if now - saved >= SAVED or step + 1 == steps:
            state = {"step": step + 1, "seconds": now - started, "net": net.state_dict()}
            _save(file, state | {"mean": mean.state_dict(), "optimizer": optimizer.state_dict()})
            saved = now
        progress(step + 1, loss.item())
    made: Any = mean.module.cpu().eval()
    return made, time.monotonic() - started


def _loss(net: Siamese, batch: Batch, device: str) -> torch.Tensor:
    """The weighed log loss of a batch."""
    crops, wholes = (torch.from_numpy(one).to(device) for one in (batch.crops, batch.wholes))
    measured, weight = (torch.tensor(one, device=device).float() for one in (batch.measured, batch.weight))
    log_odds = net((crops[0], wholes[0]), (crops[1], wholes[1])) + measured
    each: torch.Tensor = torch.nn.functional.softplus(-log_odds) + SMALL * log_odds**2
    return weight @ each


def _share(done: float) -> float:
    """What of its learning rate is used: it rises, then falls as a cosine; `done` is 0 to 1."""
    return min(1.0, (done + 0.01) / WARM_UP) * 0.5 * (1 + float(np.cos(np.pi * done)))


def _groups(net: Siamese) -> list[dict[str, Any]]:
    """Parameters by learning rate: the head, and the backbone stage by stage, later ones quicker."""
    by_stage: dict[int, list[Any]] = {}
    for name, one in net.pooled.backbone.named_parameters():
        block = re.match(r"blocks\.(\d+)\.", name)
        stem = name.startswith(("conv_stem", "bn1"))
        by_stage.setdefault(int(block[1]) + 1 if block else 0 if stem else -1, []).append(one)
    last = max(by_stage)
    rates = {stage: RATE * (DECAY ** (last - stage) if stage >= 0 else 1) for stage in by_stage}
    groups = [{"params": some, "rate": rates[stage]} for stage, some in by_stage.items()]
    return [*groups, {"params": [net.values], "rate": HEAD_RATE}]


def _batches(material: Material, first: int, steps: int, device: str) -> Iterator[Batch]:
    """The batches of steps in order, the next ones made while one is learned from."""
    workers = 1 if device == "cpu" else min(16, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Batch]] = deque()
        for step in range(first, steps):
            waiting.append(pool.submit(material.batch, step))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _resumed(file: Path, net: Siamese, mean: Any, optimizer: Any, device: str) -> tuple[int, float]:
    """Steps and seconds of the checkpoint in a file, whose state is taken; 0 where there is none."""
    if not file.exists():
        return 0, 0.0
    try:
        state = torch.load(file, map_location=device, weights_only=True)
        net.load_state_dict(state["net"])
        mean.load_state_dict(state["mean"])
        optimizer.load_state_dict(state["optimizer"])
        return int(state["step"]), float(state["seconds"])
    except Exception as error:  # noqa: BLE001  what torch raises of a broken file has no class of its own
        why = " ".join(str(error).split())[:200]
        raise BadInput(
            f"{str(file)!r}: found {why}; expected a checkpoint; delete it to begin anew"
        ) from None


def _save(file: Path, state: dict[str, Any]) -> None:
    draft = file.with_suffix(f".{uuid.uuid4().hex}")
    torch.save(state, draft)
    os.replace(draft, file)


def written(net: Siamese, file: Path, name: str) -> None:
    """Write the backbone of a tuned network as ONNX."""
    write(net.pooled, file, f"backbone {Path(name).name}, fine-tuned")
