"""Reasons by what was learnt from damage: which photo is better in which aspect, and how surely."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec import UNSET

from photographs import photo, picture, spoiled
from twinlens.core.types import Pair
from twinlens.judgement.claim_model import claim_model, probabilities
from twinlens.judgement.evidence import Measurement, measure
from twinlens.judgement.explanation import Reason, claims, for_and_against, reasons
from twinlens.train.examples import photo_of


def pair(distortion: str, strength: int = 3) -> Pair:
    return Pair("", photo("coffee"), photo_of(spoiled("coffee", distortion, strength)))


def said(found: list[Reason]) -> list[tuple[str, str, int]]:
    return [(one.piece.region, one.piece.aspect, 1 if one.steps > 0 else -1) for one in found]


@pytest.mark.parametrize(
    ("distortion", "aspect"), [("blur", "sharpness"), ("noise", "noise"), ("jpeg", "artifacts")]
)
def test_plain_damage_is_named_for_the_photo_without_it(distortion: str, aspect: str) -> None:
    found = reasons(measure(pair(distortion)))
    assert ("global", aspect, 1) in said(found)
    assert all(one.steps > 0 for one in found)


def test_noise_is_no_texture_and_a_halo_no_sharpness() -> None:
    for distortion, consequence in (("noise", "texture"), ("halo", "sharpness")):
        assert consequence not in {one.piece.aspect for one in reasons(measure(pair(distortion)))}


def test_swapping_the_photos_mirrors_every_probability_and_reason_to_the_last_bit() -> None:
    one = pair("blur", 2)
    there, back = measure(one), measure(one.swapped())
    ours, theirs = (probabilities(each, claim_model()) for each in (there, back))
    other: dict[str, Any] = {"a": "b", "b": "a"}
    assert ours == {(region, aspect, other[side]): p for (region, aspect, side), p in theirs.items()}
    mirrored = [(region, aspect, -side) for region, aspect, side in said(reasons(back))]
    assert said(reasons(there)) == mirrored


def test_a_higher_precision_gives_fewer_reasons_each_more_probable() -> None:
    measured = measure(pair("jpeg", 1))
    for low, high in ((0.85, 0.95), (0.95, 1.0)):
        assert len(reasons(measured, high)) <= len(reasons(measured, low))
        assert claim_model().least(low) <= claim_model().least(high)


def test_of_identical_photos_nothing_is_said() -> None:
    assert reasons(measure(Pair("", photo("coffee"), photo_of(picture("coffee"))))) == []


def test_every_reason_is_noticed_by_its_metric_and_probable_enough() -> None:
    measured: Measurement = measure(pair("smear"))
    found = reasons(measured, 0.9)
    assert found
    for one in found:
        assert one.piece.says != "same"
        assert (one.probability or 0) >= claim_model().least(0.9)


def test_the_file_says_where_it_comes_from_and_is_small() -> None:
    import json
    from importlib.resources import files

    file = files("twinlens.judgement") / "claim_model.npz"
    with file.open("rb") as stream:
        about = json.loads(str(np.load(stream)["about"]))
    assert {"command", "data", "date"} <= about.keys()
    assert len(file.read_bytes()) < 300_000


def test_a_claim_carries_how_probable_it_is_to_be_true() -> None:
    measured = measure(pair("noise"))
    found = reasons(measured, 0.9)
    for one, claim in zip(found, for_and_against(found, "a", measured), strict=True):
        assert claim.metric == one.piece.metric
        assert isinstance(claim.probability, float)
        assert claim_model().least(0.9) <= claim.probability <= 1
    assert claims([], "a", measured)[0].probability is UNSET  # of the whole nothing was fitted
