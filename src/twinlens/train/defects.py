"""What an expert writes of a photo that was damaged on purpose, in many wordings, true by construction.

The words stand in `defects.toml`. Every sentence is one that `language.parse` reads as the very claim it was
made of: region, aspect and the side that is better.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np

from twinlens.core.types import Claim, Side
from twinlens.language import render

FURTHER, ALIKE = 0.35, 0.3
"""How often a further aspect of a defect is stated, and that the photos are alike in another one."""
Random = np.random.Generator
T = TypeVar("T")


@dataclass(frozen=True)
class Words:
    """What is said of an aspect: of the damaged photo, of the other, and of the other set against it."""

    bad: tuple[str, ...]
    good: tuple[str, ...]
    than: tuple[str, ...]


@dataclass(frozen=True)
class Defect:
    """How experts write of a distortion: words by aspect, the main one first.

    `same` are the aspects it leaves as they are, `whole` says that it cannot be damage of one place, `clips`
    which share of a place it has to drive to white for these words to be true.
    """

    name: str
    words: dict[str, Words]
    same: tuple[str, ...]
    whole: bool
    clips: float


@dataclass(frozen=True)
class Damage:
    """A defect of a photo: where, and how strong (1 to 3)."""

    defect: Defect
    region: str
    strength: int


@cache
def defects() -> dict[str, Defect]:
    """Every distortion that there are words for, by name."""
    return {name: _defect(name, table) for name, table in _tables().items() if _is_defect(table)}


def claims(damages: Sequence[Damage], better: Side, random: Random) -> tuple[Claim, ...]:
    """What is claimed of a pair whose other side is damaged, in an order and in words that `random` draws."""
    names = _drawn(_tables()["names"], random)
    made = [
        claim
        for damage in damages
        for at, aspect in enumerate(damage.defect.words)
        if at == 0 or random.random() < FURTHER
        for claim in (statement(damage, aspect, better, names, random),)
    ]
    made = [made[at] for at in random.permutation(len(made))]
    same = [one for one in damages[0].defect.same if all(one in damage.defect.same for damage in damages)]
    if same and random.random() < ALIKE:
        made.append(alike(_drawn(same, random), names, random))
    return (*made, closing(better, names, random))


def statement(damage: Damage, aspect: str, better: Side, names: Sequence[str], random: Random) -> Claim:
    """One sentence about a damage: that the side `better` is better in an aspect there."""
    words, strength = damage.defect.words[aspect], damage.strength - 1
    how = {
        "degree": _drawn(_tables()["degrees"][strength], random),
        "very": _drawn(_tables()["adverbs"][strength], random),
    }
    return _sentence(words, damage.region, aspect, better, names, random, how)


def alike(aspect: str, names: Sequence[str], random: Random) -> Claim:
    """One sentence: that the photos are alike in an aspect."""
    form = _drawn(_tables()["alike"], random)
    said = form.format(a=names[0], b=names[1], aspect=aspect)
    return Claim(f"{_heading('global', aspect, random)}{said}", "global", aspect, "same")


def closing(better: Side, names: Sequence[str], random: Random) -> Claim:
    """The last sentence: which photo is better overall."""
    words = _words(_tables()["closing"]["quality"])
    return _sentence(words, "global", "quality", better, names, random, {})


def _sentence(
    words: Words, region: str, aspect: str, better: Side, names: Sequence[str], random: Random,
    how: dict[str, str],
) -> Claim:  # fmt: skip
    bad, good, than = (_drawn(some, random).format(**how) for some in (words.bad, words.good, words.than))
    of_a, of_b = (good, bad) if better == "a" else (bad, good)
    first, worse = names if better == "a" else names[::-1]
    said = _drawn(_tables()["frames"], random).format(
        a=names[0], b=names[1], of_a=of_a, of_b=of_b, better=first, worse=worse, bad=bad, good=good, than=than
    )
    return Claim(f"{_heading(region, aspect, random)}{said}", region, aspect, better)


def _heading(region: str, aspect: str, random: Random) -> str:
    return render.heading(region, _drawn(_tables()["headings"][aspect], random))


def _drawn(some: Sequence[T], random: Random) -> T:
    return some[int(random.integers(len(some)))]


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((files("twinlens.train") / "defects.toml").read_text("utf-8"))


def _is_defect(table: Any) -> bool:
    return isinstance(table, dict) and ("same" in table or "like" in table)


def _defect(name: str, table: dict[str, Any]) -> Defect:
    table = {**_tables().get(table.get("like", ""), {}), **table}
    aspects = {aspect: _words(words) for aspect, words in table.items() if isinstance(words, dict)}
    return Defect(name, aspects, tuple(table["same"]), bool(table.get("whole")), table.get("clips", 0.0))


def _words(table: dict[str, list[str]]) -> Words:
    return Words(tuple(table["bad"]), tuple(table["good"]), tuple(table["than"]))
