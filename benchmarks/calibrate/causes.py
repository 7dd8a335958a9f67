"""What explains what: fits the probabilities by which reasons are given, and says how true they are.

    python -m benchmarks causes            about an hour on 2 cores; rewrites the table of docs/benchmarks.md
    python -m benchmarks causes --write    and src/twinlens/judgement/claim_model.npz, from which the package reads

Learnt from pairs of benchmarks/known_damage.py, measured once (`--store FILE` keeps them, and goes on from there) by
every metric there is. The figures are of ways of damage, and of photographs, that were left out of the fit; from them
stands in the file how probable a reason has to be for a wanted precision.
"""

from __future__ import annotations

import datetime
import io
import json
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, pairwise
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.baselines import Array
from benchmarks.fitting import PACKAGE
from benchmarks.known_damage import Example, example
from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import spread
from benchmarks.tables import share, table
from twinlens.core.types import REGIONS
from twinlens.judgement.claim_model import SCHEMA, ClaimModel
from twinlens.judgement.explanation import CLAIMED, Reason, candidates, stated

FILE = PACKAGE / "judgement" / "claim_model.npz"
HIDDEN, NETWORKS, EPOCHS, BATCH = 128, 4, 50, 64
RATE, DECAY, DROPPED = 0.003, 0.3, 0.1
FOLDS = 5
AT_ONCE = 400
"""Pairs that are measured before what is known is stored."""
LEAST = np.arange(0.5, 0.996, 0.005)
EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.001)
EMPTY = np.zeros(0)
Networks = tuple[tuple[Array, ...], ...]


@dataclass(frozen=True, eq=False)
class Rows:
    """What the networks see (n, inputs), which aspects are truly better (n, aspects), and where that is known.

    `of` is the number of each row's example, `keys` its region and the side that comes first.
    """

    inputs: Array
    better: Array
    known: Array
    of: Array
    keys: list[tuple[str, str]]


def blank(examples: Sequence[Example]) -> ClaimModel:
    """A model that knows every metric that was measured, before it is fitted."""
    known = {piece.metric for one in examples for piece in one.measured.evidence}
    return ClaimModel(tuple(sorted(known)), REGIONS, CLAIMED, (), EMPTY, EMPTY)


def rows(examples: Sequence[Example]) -> Rows:
    """All regions of all examples, either photo first."""
    model, made = blank(examples), []
    for number, one in enumerate(examples):
        for region in one.measured.statistics:
            truth = [one.truth.get((region, aspect), 0) for aspect in CLAIMED]
            for sign, first in ((1, "a"), (-1, "b")):
                better = [float(side == sign) for side in truth]
                known = [float(side is not None) for side in truth]
                made.append(
                    (model.inputs(one.measured, region, first), better, known, number, (region, first))
                )
    inputs, better, known, of, keys = zip(*made, strict=True)
    return Rows(*(np.array(part, np.float32) for part in (inputs, better, known)), np.array(of), list(keys))


def fitted(of: Rows, parts: Sequence[Array], networks: int) -> list[Networks]:
    """So many networks by each part of the rows."""
    jobs = [
        (of.inputs[here], of.better[here], of.known[here], seed) for here in parts for seed in range(networks)
    ]
    made = list(spread(network_of, jobs))
    return [tuple(made[k : k + networks]) for k in range(0, len(made), networks)]


def network_of(job: tuple[Array, Array, Array, int]) -> tuple[Array, ...]:
    return network(*job)


def network(inputs: Array, better: Array, known: Array, seed: int) -> tuple[Array, ...]:
    """Weights and offsets of one network, by Adam (Kingma and Ba 2015) with decoupled decay and a cosine rate."""
    random = np.random.default_rng(seed)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 0.05
    given = (inputs - mean) / spread
    n, size, out = *given.shape, better.shape[1]
    layers = [
        random.normal(0, size**-0.5, (size, HIDDEN)), np.zeros(HIDDEN),
        random.normal(0, HIDDEN**-0.5, (HIDDEN, out)), np.full(out, -1.5),
    ]  # fmt: skip
    layers = [layer.astype(np.float32) for layer in layers]
    first, second = ([np.zeros_like(layer) for layer in layers] for _ in range(2))
    total = EPOCHS * -(-n // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = random.permutation(n)
        for start in range(0, n, BATCH):
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / total))
            part = order[start : start + BATCH]
            slopes = gradients(
                layers, given[part] * (random.random((len(part), size)) > DROPPED), better[part], known[part]
            )
            for k, slope in enumerate(slopes):
                first[k] = 0.9 * first[k] + 0.1 * slope
                second[k] = 0.999 * second[k] + 0.001 * slope**2
                move = first[k] / (1 - 0.9**step) / (np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8)
                layers[k] -= rate * (move + (DECAY * layers[k] if k % 2 == 0 else 0))
    weights, offsets, into, out_offsets = layers
    weights = weights / spread[:, None] * (spread[:, None] > 0.05)  # what never differed says nothing
    return weights, offsets - mean @ weights, into, out_offsets


def gradients(layers: list[Array], inputs: Array, better: Array, known: Array) -> list[Array]:
    """Of the mean cross-entropy, by each layer."""
    weights, offsets, into, out_offsets = layers
    hidden = np.maximum(inputs @ weights + offsets, 0)
    wrong = (1 / (1 + np.exp(-(hidden @ into + out_offsets))) - better) * known / len(inputs)
    back = (wrong @ into.T) * (hidden > 0)
    return [inputs.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0)]


def log_odds(networks: Networks, inputs: Array) -> Array:
    """The log-odds (n, aspects) of many rows at once."""
    return np.mean([np.maximum(inputs @ w + b, 0) @ v + c for w, b, v, c in networks], axis=0)


def groups(examples: Sequence[Example]) -> Iterator[tuple[Array, Array]]:
    """Which examples to learn from, and which are then judged, each once.

    One half by what was learnt on other photographs, the other by what was learnt without their way of damage.
    """
    random = np.random.default_rng(1)
    photos, ways = (
        {name: k % FOLDS for k, name in enumerate(random.permutation(sorted(names)))}
        for names in ({one.photo for one in examples}, {way for one in examples for way in one.ways})
    )
    photo = np.array([photos[one.photo] for one in examples])
    way = np.array([ways[one.ways[0]] for one in examples])
    half = on_other_photographs(examples)
    for k in range(FOLDS):
        yield photo != k, half & (photo == k)
        untouched = np.array([all(ways[each] != k for each in one.ways) for one in examples])
        yield untouched, ~half & (way == k)


def on_other_photographs(examples: Sequence[Example]) -> Array:
    """Which examples are judged by what was learnt on other photographs; the rest by what was on other ways."""
    return np.arange(len(examples)) % 2 == 0


def left_out(examples: Sequence[Example], of: Rows) -> Array:
    """The log-odds (rows, aspects) by a network that learnt from other photographs, or from other ways."""
    logits = np.zeros(of.better.shape)
    learnt, judged = zip(*groups(examples), strict=True)
    for networks, part in zip(fitted(of, [one[of.of] for one in learnt], 1), judged, strict=True):
        here = part[of.of]
        logits[here] = log_odds(networks, of.inputs[here])
    return logits


def scaled(examples: Sequence[Example], of: Rows, logits: Array) -> tuple[float, Array]:
    """The factor of the log-odds, and what is added by aspect, that fit candidates best (Platt 1999)."""
    known = [
        (log_odds_of(reason), CLAIMED.index(reason.piece.aspect), truth)
        for one, noticed in zip(examples, claimed(examples, of, logits), strict=True)
        for reason in noticed
        if (truth := right(one, reason)) is not None
    ]
    x, aspects, truths = (np.array(part) for part in zip(*known, strict=True))
    model = LogisticRegression(C=1.0, max_iter=1000, fit_intercept=False)
    model.fit(np.column_stack([x, np.eye(len(CLAIMED))[aspects]]), truths)
    return float(model.coef_[0, 0]), np.asarray(model.coef_[0, 1:])


def claimed(examples: Sequence[Example], of: Rows, logits: Array) -> list[list[Reason]]:
    """All candidates of each example by such log-odds."""
    sure = 1 / (1 + np.exp(-logits))
    known: list[dict[tuple[str, str, str], float]] = [{} for _ in examples]
    for number, (region, first), row in zip(of.of, of.keys, sure, strict=True):
        known[number] |= {(region, aspect, first): float(p) for aspect, p in zip(CLAIMED, row, strict=True)}
    fitted = blank(examples).metrics
    return [candidates(one.measured, by, fitted) for one, by in zip(examples, known, strict=True)]  # type: ignore[arg-type]


def log_odds_of(reason: Reason) -> float:
    """The log-odds that a reason is true."""
    p = min(max(reason.probability or 0.0, 1e-9), 1 - 1e-9)
    return float(np.log(p / (1 - p)))


def right(one: Example, reason: Reason) -> bool | None:
    """Whether a reason is true; None where that is not known."""
    better = one.truth.get((reason.piece.region, reason.piece.aspect), 0)
    return None if better is None else better == (1 if reason.steps > 0 else -1)


def precision_by_probability(examples: Sequence[Example], noticed: list[list[Reason]]) -> tuple[Array, Array]:
    """The precision of what is stated from a probability on, never falling as that rises."""
    precisions = []
    for least in LEAST:
        truths = [
            right(one, reason)
            for one, of in zip(examples, noticed, strict=True)
            for reason in stated(one.measured, of, least)
        ]
        known = [truth for truth in truths if truth is not None]
        precisions.append(sum(known) / len(known) if known else 1.0)
    return np.maximum.accumulate(precisions), LEAST


def calibration(examples: Sequence[Example], noticed: list[list[Reason]]) -> list[str]:
    """The table: of candidates whose probability is about so high, how many are true."""
    known = [
        (reason.probability or 0.0, truth, one.photo, by_photo)
        for one, of, by_photo in zip(examples, noticed, on_other_photographs(examples), strict=True)
        for reason in of
        if (truth := right(one, reason)) is not None
    ]
    sure, truths, photos, by_photo = (np.array(part) for part in zip(*known, strict=True))
    lines = []
    for low, high in pairwise(EDGES):
        here = (sure >= low) & (sure < high)
        parts = (here & by_photo, here & ~by_photo)
        lines.append(
            [f"{low:.2f} to {min(high, 1):.2f}", *(share(truths[part], photos[part], 2) for part in parts)]
        )
    return table(["probability", "true, other photographs", "true, other ways of damage"], lines)


def stated_from(examples: Sequence[Example], noticed: list[list[Reason]]) -> list[str]:
    """The table: what is stated from a probability on, and how many pairs with damage have a true reason."""
    half = on_other_photographs(examples)
    lines = []
    for least in (0.5, 0.7, 0.8, 0.9, 0.95):
        cells = []
        for part in (half, ~half):
            every = [
                (one, stated(one.measured, of, least))
                for one, of, here in zip(examples, noticed, part, strict=True)
                if here
            ]
            truths = [[right(one, reason) for reason in said] for one, said in every]
            photos = np.array([one.photo for one, _ in every])
            known = [
                (truth, photo)
                for of, photo in zip(truths, photos, strict=True)
                for truth in of
                if truth is not None
            ]
            cells.append(share(np.array([one for one, _ in known]), np.array([one for _, one in known]), 3))
            cells.append(share(np.array([any(of) for of in truths]), photos, 3))
        lines.append([f"{least:.2f}", *cells])
    head = [
        "stated from",
        "true, other photographs",
        "pairs with a true one",
        "true, other ways",
        "pairs with a true one",
    ]
    return table(head, lines)


def written(
    networks: Networks, precisions: Array, probabilities: Array, examples: Sequence[Example]
) -> bytes:
    """The file that `twinlens.judgement.claim_model` reads."""
    model = blank(examples)
    about = {
        "schema": SCHEMA,
        "command": "python -m benchmarks causes --write",
        "data": f"{len(examples)} damaged pairs of {len({one.photo for one in examples})} photographs of shared/data",
        "date": datetime.date.today().isoformat(),
        "metrics": model.metrics, "regions": model.regions, "aspects": model.aspects,
    }  # fmt: skip
    names = ("weights", "offsets", "out", "out_offsets")
    layers = {
        name: np.array(part, np.float16)
        for name, part in zip(names, zip(*networks, strict=True), strict=True)
    }
    file = io.BytesIO()
    np.savez_compressed(
        file, about=json.dumps(about), precisions=precisions, probabilities=probabilities, **layers
    )
    return file.getvalue()


def without_maps(one: Example) -> Example:
    """The example without the maps of its regions."""
    nothing = np.zeros((0, 0), np.float32)
    regions = tuple(replace(region, weight=nothing) for region in one.measured.regions)
    return replace(one, measured=replace(one.measured, regions=regions))


def measured(number: int) -> Example:
    """The example of a number, without maps."""
    return without_maps(example(number))


def examples_of(count: int, store: Path | None) -> list[Example]:
    """So many examples; those that `store` holds are not made again."""
    known: list[Example] = pickle.loads(store.read_bytes()) if store and store.is_file() else []
    while len(known) < count:
        known += spread(measured, range(len(known), min(count, len(known) + AT_ONCE)))
        if store:
            store.write_bytes(pickle.dumps(known))
    return known[:count]


def main(write: bool = False, count: int = 2400, store: Path | None = None) -> None:
    """Measure, fit, and rewrite the table."""
    examples = examples_of(count, store)
    of = rows(examples)
    logits = left_out(examples, of)
    factor, added = scaled(examples, of, logits)
    noticed = claimed(examples, of, factor * logits + added)
    lines = [*calibration(examples, noticed), "", *stated_from(examples, noticed)]
    rewrite(BENCHMARKS, "causes", lines)
    print("\n".join(lines))
    if write:
        half = on_other_photographs(examples)
        precisions, probabilities = precision_by_probability(
            *zip(*compress(zip(examples, noticed, strict=True), half), strict=True)
        )
        (networks,) = fitted(of, [np.ones(len(of.of), bool)], NETWORKS)
        networks = tuple((w, b, factor * v, factor * c + added) for w, b, v, c in networks)
        FILE.write_bytes(written(networks, precisions, probabilities, examples))
