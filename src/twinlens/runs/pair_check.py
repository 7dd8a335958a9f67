"""Before any judge is asked: whether the photos of a pair show one scene, upright and large enough.

What is no pair is a failure of the kind "not-a-pair" that says what the photos are to each other. By force it
is judged all the same, a mirrored or turned b brought upright first, and the verdict says so.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

import numpy as np

from twinlens.core import catalog
from twinlens.core.run_records import Order
from twinlens.core.types import Failure, Judge, Pair, Photo, Verdict
from twinlens.judges.ensemble import Outcome, attempt, judge_all
from twinlens.registration.scene_match import oriented, scene_match

EXPECTED = "expected two renderings of one photograph; "


def judge_pairs(
    judge: Judge,
    questions: Sequence[tuple[Pair, Order]],
    force: bool = False,
    slot: AbstractContextManager[object] | None = None,
) -> Iterator[Outcome]:
    """What a judge says of pairs, each shown in an order, as it comes; what is no pair it is not shown.

    `slot` is as in `judge_all`.
    """
    spec = catalog.spec(judge)
    checked = [attempt(partial(_shown, pair, order, force)) for pair, order in questions]
    outcomes = judge_all(judge, [one[0] for one in checked if not isinstance(one, Failure)], slot)
    for (pair, _), one in zip(questions, checked, strict=True):
        if isinstance(one, Failure):
            yield replace(one, judge=spec, pair_id=pair.id)
            continue
        outcome, forced = next(outcomes), one[1]
        if forced and isinstance(outcome, Verdict):
            outcome = replace(outcome, forced=forced, notes=(f"Judged by force: {forced}.", *outcome.notes))
        yield outcome


def _shown(pair: Pair, order: Order, force: bool) -> tuple[Pair, str] | Failure:
    """The pair as a judge is shown it, and what of it only force allows; or why it is no pair."""
    match, names = scene_match(pair), ("A", "B") if order == "ab" else ("B", "A")
    detail = match.detail(pair, *names)
    if detail and not force:
        expected = "" if match.relation == "too small" else EXPECTED
        return Failure("not-a-pair", f"{match.detail(pair)}; {expected}--force judges all the same")
    if match.relation == "turned":
        detail += f"; {names[1]} was brought upright"
        pair = pair.cached(
            (_upright, pair.mirrored),
            partial(_upright, mirrored=pair.mirrored, orientation=match.orientation),
        )
    return pair if order == "ab" else pair.swapped(), detail


def _upright(canonical: Pair, mirrored: bool, orientation: int) -> Pair:
    """The pair, whose photos may stand against the canonical order, with its b brought upright."""
    pair = canonical.swapped() if mirrored else canonical

    def upright(photo: Photo) -> Photo:
        pixels = np.ascontiguousarray(oriented(photo.pixels, orientation))
        pixels.setflags(write=False)
        return replace(photo, pixels=pixels)

    crops = tuple((a, upright(b)) for a, b in pair.crops)
    return Pair(pair.id, pair.a, upright(pair.b), pair.scene, pair.kind, crops)
