"""What is written of damage is read again as the very claims it was made of, whatever the wording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from twinlens.core.types import Claim, Reading
from twinlens.distortions.distortion import distortions
from twinlens.language.lexicon import ENGLISH
from twinlens.language.parse import read
from twinlens.language.render import rationale
from twinlens.train import defects as module
from twinlens.train.defects import Damage, alike, claims, closing, defects, statement

REGIONS = tuple(ENGLISH.regions)


def said(claim: Claim) -> list[tuple[str, str, str]]:
    reading = read(claim.text)
    return [triple(one) for one in reading.claims] if isinstance(reading, Reading) else []


def triple(claim: Claim) -> tuple[str, str, str]:
    return claim.region, claim.aspect, claim.favours


def names() -> list[Sequence[str]]:
    return list(module._tables()["names"])


def statements(name: str) -> Iterator[Claim]:
    """Statements of a defect, the numbers behind their words drawn until every word was drawn many times."""
    random = np.random.default_rng(len(name))
    for at in range(60):
        for aspect in defects()[name].words:
            region = "global" if defects()[name].whole else REGIONS[at % len(REGIONS)]
            damage = Damage(defects()[name], region, 1 + at % 3)
            yield statement(damage, aspect, "ab"[at % 2], names()[at % 3], random)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", defects())
def test_every_statement_is_read_as_what_it_was_made_of(name: str) -> None:
    wrong = [claim.text for claim in statements(name) if said(claim) != [triple(claim)]]
    assert wrong == []


def test_every_closing_line_and_every_likeness_is_read_as_what_it_was_made_of() -> None:
    random = np.random.default_rng(0)
    made = [closing("ab"[at % 2], names()[at % 3], random) for at in range(100)]  # type: ignore[arg-type]
    made += [
        alike(aspect, names()[at % 3], random) for at in range(20) for aspect in module._tables()["headings"]
    ]
    assert [claim.text for claim in made if said(claim) != [triple(claim)]] == []


def test_a_rationale_is_read_as_its_claims_and_its_answer() -> None:
    for seed in range(100):
        random = np.random.default_rng(seed)
        drawn = [defects()[one] for one in random.choice(list(defects()), 2, replace=False)]
        damages = [Damage(one, str(random.choice(REGIONS)), int(random.integers(1, 4))) for one in drawn]
        better = "ab"[seed % 2]
        made = claims(damages, better, random)  # type: ignore[arg-type]
        reading = read(rationale(made, better))  # type: ignore[arg-type]
        assert isinstance(reading, Reading)
        assert reading.answer == better
        assert [triple(one) for one in reading.claims] == [triple(one) for one in made]


def test_texts_about_one_defect_are_not_all_one_template() -> None:
    texts = [claim.text for claim in statements("noise")]
    assert len(set(texts)) > 0.9 * len(texts)


@pytest.mark.parametrize("name", defects())
def test_what_is_said_of_a_distortion_is_what_it_damages(name: str) -> None:
    distortion, defect = distortions()[name], defects()[name]
    assert set(defect.words) <= distortion.aspects
    assert not set(defect.same) & distortion.aspects
