"""Learns a preference network from what people chose, on a frozen backbone, and says what that gained.

People's pairs, and examples simulated from photographs where some are given, are looked at once by the
backbone; heads are fitted on what it sees and on the evidence of the metrics. Every figure is of pairs
judged by heads that were fitted without their scene, or without their kind of processing, beside the judge
measured fitted the same way. How sure the network is, is calibrated on those predictions.
"""

from __future__ import annotations

import datetime
import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlens.core.errors import BadInput
from twinlens.core.version import __version__
from twinlens.judgement.preference import features, probability, saturations
from twinlens.judges.answer import views
from twinlens.networks.backbone import Floats
from twinlens.networks.preference_net import PreferenceNet, calibrated, card_of
from twinlens.readers import Row
from twinlens.runs.cache import folder
from twinlens.runs.row_photos import Photos
from twinlens.scoring.estimator import Estimator
from twinlens.stats.calibration import bin_sums, calibration_error
from twinlens.stats.interval import group_sums, ratio
from twinlens.train import measured
from twinlens.train.examples import LabelledPair
from twinlens.train.heads import HEADS, MEASURED, Examples, Fitted, Seen, Some, calibrate, fit_heads
from twinlens.train.looks import Store
from twinlens.train.predictions import FINE_TUNED, FROZEN, Predictions, rows_of
from twinlens.train.predictions import store as store_predictions
from twinlens.train.refit import folds, merge_scenes

if TYPE_CHECKING:
    from twinlens.train.simulated import Simulated

FOLDS, TRIED, SEED = 5, 4, 0
"""Parts that scenes are dealt into, heads that are fitted where a part is left out, what draws begin from."""
SCENE, KIND = "other scenes", "other kinds of processing"
PREDICTIONS, TUNING = "predictions.csv", "tuning"
"""The file of predictions, and the folder of what a fine-tuning that was stopped goes on from."""
PHOTOS = ("*.jpg", "*.jpeg", "*.png", "*.webp")
Progress = Callable[[str, int, int], None]
Record = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Learned:
    """A fitted network, its calibration, and what was predicted of people's pairs, by what was left out."""

    fitted: Fitted
    calibration: tuple[float, ...]
    predictions: dict[str, Predictions]


def backbone(name: str, out: Path) -> Path:
    """The backbone of a name or file, as ONNX in a folder; one that is there already is taken."""
    file = out / "backbone.onnx"
    if Path(name).resolve() == file.resolve():
        return file
    if Path(name).suffix == ".onnx":
        shutil.copyfile(name, file)
    elif not file.exists():
        from twinlens.train.export import export

        export(name, file)
    return file


def examples(
    pairs: Sequence[LabelledPair], rows: Sequence[Row], store: Store, progress: Progress
) -> Examples:
    """People's pairs as examples: looked at by the backbone, and measured; of a set is of a kind."""
    by_id = {row.id: row for row in rows}

    def apart(pair: LabelledPair) -> Floats:
        shown = Photos(by_id[pair.id]).pair
        a, b = (store.statistics(*view) for view in views(shown.canonical))
        return b - a if shown.mirrored else a - b

    with ThreadPoolExecutor(2) as pool:
        seen = []
        for one in pool.map(apart, pairs):
            seen.append(one)
            progress("looked at", len(seen), len(pairs))
    return Examples(
        np.array(seen),
        np.array([features(pair.measured.differences) for pair in pairs]),
        np.array([1.0 if pair.prefers_a else -1.0 for pair in pairs]),
        np.ones(len(pairs)),
        np.array([pair.scene for pair in pairs]),
        np.array([pair.set for pair in pairs]),
    )


def photographs(photos: Path) -> list[Path]:
    """The photographs of a folder."""
    files = sorted(file for pattern in PHOTOS for file in photos.rglob(pattern))
    if not files:
        raise BadInput(f"--photos {str(photos)!r}: no photograph; expected {', '.join(PHOTOS)}")
    return files


def of_photos(photos: Path, store: Store, progress: Progress) -> list[Simulated]:
    """The examples simulated from the photographs of a folder."""
    files = photographs(photos)
    from twinlens.train.simulated import simulated

    return simulated(files, store, lambda done: progress("simulated", done, len(files)))


def as_examples(made: Simulated, width: int) -> Examples:
    """Simulated pairs as examples: the better is a, nothing is measured of them."""
    count = len(made.photos)
    kind = np.array([made.way] * count)
    return Examples(
        made.differences,
        np.zeros((count, width)),
        np.ones(count),
        np.ones(count),
        np.array(made.photos),
        kind,
    )


def left_out(people: Examples, parts: int) -> dict[str, NDArray[np.intp]]:
    """The number of the part that each pair is left out with, by what parts are made of."""
    ways = {SCENE: np.asarray(folds(people.scene.tolist(), parts))}
    if len(set(people.kind)) > 1:
        ways[KIND] = np.unique(people.kind, return_inverse=True)[1]
    return ways


def learn(
    people: Examples, made: Sequence[Examples], pairs: Sequence[LabelledPair], start: PreferenceNet | None,
    parts: int = FOLDS, heads: int = HEADS, tuned: Callable[[Some, Seen], Seen] | None = None,
) -> Learned:  # fmt: skip
    """Heads for people's pairs, tried on scenes and on kinds of processing that were left out.

    `tuned` tunes the backbone on the pairs that may be learned from: it is called for every part left out,
    and at last for all pairs.
    """
    known = [measured.Example(p.measured.differences, p.prefers_a, p.set) for p in pairs]

    def seen(some: Some, values: Floats) -> Seen:
        frozen = Seen(people, list(made), _start(start, people, values))
        return frozen if tuned is None else tuned(some, frozen)

    ways = left_out(people, parts)
    raw: dict[str, list[Floats]] = {}
    backbones: dict[str, list[str]] = {}
    for name, part in ways.items():
        predicted = np.zeros((4, len(people)))
        backbones[name] = []
        for one in np.unique(part):
            out = part == one
            values = measured.fit([e for e, left in zip(known, out, strict=True) if not left])
            here = seen(~out, values)
            fitted = fit_heads(here.people[~out], here.simulated, here.start, TRIED)
            by_measured = measured.log_odds_of(people.evidence[out], values)
            predicted[:, out] = (*fitted.predicted(here.people[out]), by_measured)
            backbones[name].append(here.backbone)
        raw[name] = list(predicted)
    weight = people.balanced().weight
    mean, spread, familiar = (np.concatenate([one[k] for one in raw.values()]) for k in range(3))
    by = calibrate(mean, spread, familiar, np.tile(people.sign, len(raw)), np.tile(weight, len(raw)))
    predictions = {
        name: Predictions(
            np.array([calibrated(m, s, f, by) for m, s, f in zip(*one[:3], strict=True)]),
            one[3], ways[name], backbones[name],
        )
        for name, one in raw.items()
    }  # fmt: skip
    here = seen(np.ones(len(people), bool), measured.fit(known))
    return Learned(fit_heads(here.people, here.simulated, here.start, heads), by, predictions)


def _start(net: PreferenceNet | None, people: Examples, values: Floats) -> Floats:
    """What heads are pulled towards: those of a network, else nothing learned and what is measured."""
    if net is None:
        return np.concatenate([np.zeros(people.statistics.shape[1]), MEASURED * values])
    statistics = net.heads.mean(0)[: people.statistics.shape[1]]
    evidence = dict(zip(net.evidence, net.heads.mean(0)[len(statistics) :], strict=True))
    return np.concatenate([statistics, [evidence.get(name, 0.0) for name in saturations()]])


def scores(people: Examples, learned: Learned) -> Record:
    """Accuracy of the network and of the judge measured on what was left out, with intervals by scenes."""
    table: Record = {}
    for name, predicted in learned.predictions.items():
        right = {"answer": predicted.log_odds, "measured": predicted.measured}
        hits = {judge: (one * people.sign > 0).astype(float) for judge, one in right.items()}
        hits["gain"] = hits["answer"] - hits["measured"]
        table[name] = {judge: _mean(one, people.scene, judge != "gain") for judge, one in hits.items()}
        table[name]["calibration_error"] = error_of(predicted.log_odds, people.sign)
    return table


def _mean(values: Floats, scenes: Any, share: bool) -> Record:
    """A mean over pairs with its 95 % interval over scenes, as scores have it; None where there is none."""
    _, of = np.unique(scenes, return_inverse=True)
    sums = group_sums(np.stack([values, np.ones(len(values))], axis=1), of)
    made = Estimator("accuracy", sums, ratio, len(values), 0, share=share).score()
    return {"value": made.value, "low": made.low, "high": made.high, "n": made.n}


def error_of(log_odds: Floats, sign: Floats) -> float:
    """The expected calibration error of the confidence, ten bins from .5 to 1."""
    sure = np.array([probability(abs(one)) for one in log_odds])
    right = (log_odds * sign > 0).astype(float)
    return float(calibration_error(bin_sums(sure, right, np.zeros(len(sign), np.int64), 1, low=0.5)[0]))


def write(out: Path, people: Examples, learned: Learned, **made: Any) -> Record:
    """Write the network into a folder beside its backbone, with a card; the card is returned."""
    fitted = learned.fitted
    np.savez(
        out / "heads.npz", heads=fitted.heads.astype(np.float32), axes=fitted.axes.astype(np.float32),
        known=fitted.known.astype(np.float16), distances=fitted.distances.astype(np.float32),
        calibration=np.array(learned.calibration),
    )  # fmt: skip
    kinds = dict(sorted(Counter(people.kind.tolist()).items()))
    card = card_of(
        list(saturations()), made={"by": "twinlens train answer", "version": __version__,
        "date": datetime.date.today().isoformat(), "pairs": len(people), "scenes": len(set(people.scene)),
        "kinds": kinds, **made}, scores=scores(people, learned),
    )  # fmt: skip
    (out / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return card


def train(
    rows: Sequence[Row], pairs: Sequence[LabelledPair], out: Path, progress: Progress, *,
    photos: Path | None = None, name: str = "", parts: int = FOLDS, fresh: bool = False,
    epochs: int = 0, device: str = "cpu", command: str = "twinlens train answer", **made: Any,
) -> tuple[Record, Learned, Examples]:  # fmt: skip
    """Learn from labelled pairs and write the network: its card, what was learned and from what.

    Heads start from the shipped ones where the backbone is the shipped one and not `fresh`. With
    `epochs` the backbone is fine-tuned from there, so often over the pairs, for each part left out and all.
    """
    pairs = merge_scenes(pairs)
    half_done = out / TUNING
    where = half_done if epochs else out
    where.mkdir(parents=True, exist_ok=True)
    shipped = None if fresh and name else PreferenceNet.open()
    first = backbone(name or str(shipped and shipped.backbone), where)

    def looked(file: Path) -> tuple[Store, Examples, list[Examples]]:
        store = Store(file, folder() / "looks", folder() / "restorations" if epochs else None)
        people = examples(pairs, rows, store, progress)
        if not any(people.kind):
            people = replace(people, kind=np.full(len(people), "pairs"))
        more = [] if photos is None else of_photos(photos, store, progress)
        return store, people, [as_examples(one, people.evidence.shape[1]) for one in more]

    store, people, more = looked(first)
    same = shipped is not None and shipped.backbone.read_bytes() == first.read_bytes()
    net = shipped if same and not fresh else None
    tuner = None
    if epochs:
        from twinlens.train.tuning import Tuner

        files = [] if photos is None else photographs(photos)
        times = 1 + sum(len(np.unique(part)) for part in left_out(people, parts).values())
        tuner = Tuner(
            name, epochs, SEED, device, half_done, store, lambda file: looked(file)[1:], pairs, rows, files,
            times, progress,
        )  # fmt: skip
    learned = learn(people, more, pairs, net, parts, tuned=tuner)
    made |= {
        "backbone": Path(name or "shipped").name + ", fine-tuned" * (epochs > 0),
        "simulated": {str(one.kind[0]): len(one) for one in more},
        "started_from": "none" if net is None else f"the shipped heads, {net.sha256[:16]}",
        "command": command,
    }
    if tuner is not None:
        made["fine_tuned"] = tuner.finish(out / "backbone.onnx")
    how = {"form": FINE_TUNED if epochs else FROZEN, "seed": SEED, "command": command}
    every = rows_of(pairs, people.kind.tolist(), learned.predictions, store.sha256, **how)
    store_predictions(out / PREDICTIONS, every)
    card = write(out, people, learned, **made)
    if tuner is not None:
        shutil.rmtree(half_done)
    return card, learned, people
