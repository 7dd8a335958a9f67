"""The main path for one pair: photos → judge → claims checked against the pixels."""

import time
from dataclasses import replace
from functools import partial
from typing import cast

from twinlens.core import catalog
from twinlens.core.catalog import DEFAULT_JUDGE
from twinlens.core.errors import BadPhoto
from twinlens.core.types import Failure, Judge, Pair, Photo, Verdict
from twinlens.imaging.open import AnyPhoto, Limits, open_pair, open_photo
from twinlens.judgement.evidence import measure
from twinlens.judgement.grounding import argues_against, ground, wanted
from twinlens.judges.ensemble import attempt
from twinlens.runs.fidelity import fidelity
from twinlens.runs.pair_check import judge_pairs

TOO_CLOSE = 0.55
"""Confidence below which a pair is a tie, where ties are allowed."""


def compare(
    a: AnyPhoto,
    b: AnyPhoto,
    judge: str | Judge = DEFAULT_JUDGE,
    *,
    allow_tie: bool = False,
    force: bool = False,
    original: AnyPhoto | None = None,
    limits: Limits | None = None,
) -> Verdict | Failure:
    """The verdict on two photos of one scene, claims grounded; a Failure where one cannot be read.

    A photo is a path, a Pillow image or a uint8 array (height, width, 3), red first, of sRGB.
    `judge` is a spec (see `twinlens judges`) or anything with the method `judge(pair)`. Without `allow_tie` a
    side is always chosen, except for identical photos. Photos of two scenes, mirrored or turned ones, and
    those with a shorter side under 32 pixels are a Failure of the kind "not-a-pair"; with `force` they are
    judged, b brought upright, and the verdict's `forced` says what they are. With the `original` of two
    restorations the verdict's `reference` says which is nearer to it. Raises BadSpec for a judge that does
    not exist.
    """
    chosen = cast(Judge, catalog.part("judges", judge)) if isinstance(judge, str) else judge
    try:
        pair = open_pair(a, b, limits=limits)
        reference = None if original is None else open_photo(original, limits)
    except BadPhoto as error:
        return Failure("bad-photo", str(error), judge=catalog.spec(chosen))
    return compare_pair(pair, chosen, allow_tie=allow_tie, force=force, original=reference)


def compare_pair(
    pair: Pair,
    judge: str | Judge = DEFAULT_JUDGE,
    *,
    allow_tie: bool = False,
    force: bool = False,
    original: Photo | None = None,
) -> Verdict | Failure:
    """The verdict on a pair of decoded photos; a judge that breaks, or what is no pair, is a Failure."""
    start = time.perf_counter()
    chosen = cast(Judge, catalog.part("judges", judge)) if isinstance(judge, str) else judge
    reference = None if original is None else fidelity(pair, original, force)
    if isinstance(reference, Failure):
        return replace(reference, judge=catalog.spec(chosen), pair_id=pair.id)
    (outcome,) = judge_pairs(chosen, [(pair, "ab")], force)
    checked = attempt(partial(grounded, outcome, allow_tie)) if isinstance(outcome, Verdict) else outcome
    if isinstance(checked, Failure):
        return checked
    notes = (*checked.notes, *reference.notes) if reference else checked.notes
    return replace(checked, reference=reference, notes=notes, seconds=time.perf_counter() - start)


def grounded(verdict: Verdict, allow_tie: bool = False, sparing: bool = False) -> Verdict:
    """The verdict with its claims checked against the evidence, which is measured where the judge did not.

    Of a verdict without claims nothing is measured: there is nothing to check. `sparing` measures only what
    the claims can rest on, which gives the same claims.
    """
    evidence, notes = verdict.evidence, verdict.notes
    if verdict.claims and not evidence:
        measured = measure(verdict.pair, wanted(verdict.claims) if sparing else None)
        evidence, notes = measured.evidence, (*notes, *measured.notes)
    claims = ground(verdict.claims, evidence)
    choice = "tie" if allow_tie and verdict.confidence < TOO_CLOSE else verdict.choice
    opposed = argues_against(claims, choice)
    return replace(
        verdict, choice=choice, claims=claims, evidence=evidence, notes=notes, self_contradicting=opposed
    )
