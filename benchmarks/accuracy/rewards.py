"""What texts earn of the rewards: true ones, image-blind ones, and the best that a search finds without looking.

    python -m benchmarks rewards             a quarter of an hour on 2 busy cores; rewrites the tables of docs/training.md
    python -m benchmarks rewards --every 5   a fifth of the pairs, and no table rewritten

Each distortion is put at its full strength into one photograph of `shared/data/photos` (768 pixels), which is judged in
both orders. The expert's text that the claims are set beside names the damage as it was put in. A fixed text is the same
for all pairs; the best of them is searched for on these very pairs, claim by claim, and scored on them, as an adversary
would: what it earns is about the most that a policy can that never looks. One more search is given the right side, too.
The second table is of pairs that people judged, the same number of each set of `shared/data/human` and `human_sr`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import cast

import numpy as np

from benchmarks import tables
from benchmarks.marks import rewrite
from benchmarks.material import DATA, photographs, reduced, spread
from twinlens.core.types import ASPECTS, OPINION, REGIONS, Claim, Evidence, Pair, Side, Verdict
from twinlens.distortions.distortion import distortions
from twinlens.judgement.evidence import measure
from twinlens.judgement.explanation import CLAIMED
from twinlens.judges.measured import Measured
from twinlens.language.parse import read_answer
from twinlens.language.render import line
from twinlens.language.side_mentions import mirror
from twinlens.readers import Row
from twinlens.readers.open import open_pairs
from twinlens.runs.row_photos import Photos
from twinlens.scoring.claim_scores import Key
from twinlens.scoring.controls import templates
from twinlens.scoring.rewards import ENOUGH, PLACES, REWARDS, Known, borne_out, grounding
from twinlens.scoring.text_scores import Reference
from twinlens.train.examples import photo_of

PAGE = Path("docs/training.md")
OTHER: dict[str, Side] = {"a": "b", "b": "a"}
TOPICS = [*product(REGIONS, (one for one in ASPECTS if one != OPINION))]
NOTHING = "<thinking>\nBoth were looked at.\n</thinking>\n<answer>A</answer>"

A_SET = 8
"""Pairs of each set that people judged."""


@dataclass(frozen=True)
class Item:
    """A pair in one order: its photograph or scene, what is known of it, and texts by its damage and by a judge."""

    photo: str
    known: Known
    true: str = ""
    measured: str = ""


Writer = Callable[[Item], str]
LOOKING: dict[str, Writer] = {
    "names the damage": lambda item: item.true,
    "names the damage, wrong side": lambda item: mirror(item.true),
    "what `measured` says": lambda item: item.measured,
}
"""Texts by what was done to a photograph, and by what the measured judge says of the pair."""


def main(every: int = 1) -> None:
    """Measure, search, and rewrite the tables."""
    numbered = [*enumerate(distortions())][::every]
    damaged = [item for both in spread(items_of, numbered) for item in both]
    judged = [item for both in spread(items_by_people, people()[::every]) for item in both]
    lines = [
        *table(damaged, LOOKING, "photographs"), "", *table(judged, {}, "scenes"),
    ]  # fmt: skip
    print("\n".join(lines))
    if every == 1:
        rewrite(PAGE, "rewards", lines)


def people() -> list[Row]:
    """Pairs that people judged, as many of each set."""
    made = []
    for folder in ("human", "human_sr"):
        rows = [row for row in open_pairs(DATA / folder / "pairs.csv").rows if row.label in ("a", "b")]
        for name in sorted({str(row.columns["set"]) for row in rows}):
            of_set = [row for row in rows if row.columns["set"] == name]
            made += of_set[:: len(of_set) // A_SET][:A_SET]
    return made


def items_by_people(row: Row) -> tuple[Item, Item]:
    """A pair that people judged, in both orders."""
    known = Known(cast(Side, row.label), "", measure(Photos(row).pair).evidence)
    return both_orders(Item(row.scene, known))


def both_orders(item: Item) -> tuple[Item, Item]:
    return item, mirrored(item)


def items_of(numbered: tuple[int, str]) -> tuple[Item, Item]:
    """A photograph and its damaged self, in both orders."""
    number, name = numbered
    file, defect = photographs()[number * 5 % len(photographs())], distortions()[name]
    photo = reduced(file, 768)
    pair = Pair(name, photo_of(photo), photo_of(defect.make(photo, defect.amounts[2])))
    pieces = measure(pair).evidence
    verdict = Measured().judge(pair)
    assert isinstance(verdict, Verdict)
    places = [place for place in dict.fromkeys(piece.region for piece in pieces) if place != "shadows"][:2]
    true = text([(*topic, "a") for topic in product(places, sorted(defect.aspects & {*CLAIMED}))], "a")
    known = Known("a", true, pieces)
    return both_orders(Item(file.stem, known, true, text_of(verdict.rationale, "a")))


def text(keys: Sequence[Key], answer: Side) -> str:
    """Claims as an expert's text."""
    words = ("is better", "is worse")
    lines = "\n".join(line(*key[:2], *(words if key[2] == "a" else words[::-1])) for key in keys)
    return text_of(lines or NOTHING, answer)


def text_of(reasons: str, answer: Side) -> str:
    """Reasons and an answer in the form that is asked for."""
    body = reasons.removeprefix("<thinking>\n").partition("\n</thinking>")[0]
    return f"<thinking>\n{body}\n</thinking>\n<answer>{answer.upper()}</answer>"


def table(items: Sequence[Item], true: Mapping[str, Writer], groups: str) -> list[str]:
    """What each kind of text earns: means over pairs in both orders, intervals over photographs or scenes."""
    fixed = search([item.known.evidence for item in items])
    sided = search([item.known.evidence for item in items if item.known.label == "a"])
    everything = text([(*topic, "a") for topic in TOPICS], "a")
    kinds = true | {
        "the plainest differences": lambda item: text(plainest(item.known.evidence), item.known.label or "a"),
        "an expert's text of another pair, right side": lambda item: for_side(template(item), item),
        "the same, wrong side": lambda item: mirror(for_side(template(item), item)),
        "every region and aspect, right side": lambda item: for_side(everything, item),
        "right answer, no claim": lambda item: for_side(NOTHING, item),
        "nothing": lambda item: "",
        "the best fixed text": lambda item: text(fixed, "a"),
        "the best fixed text, right side": lambda item: for_side(text(sided, "a"), item),
    }
    count = f"{len({item.photo for item in items})} {groups}, {len(items) // 2} pairs in both orders"
    best = (
        f"{kind}: {', '.join(map(' '.join, keys))}"
        for kind, keys in (("fixed", fixed), ("right side a", sided))
    )
    return [
        *tables.table(("text", *REWARDS, "sum"), [[kind, *row(items, write)] for kind, write in kinds.items()]), "",
        f"{count}; grounding and sum with 95 % intervals over {groups}. The best texts claim: {'; '.join(best)}.",
    ]  # fmt: skip


def row(items: Sequence[Item], write: Writer) -> list[str]:
    """The means of a kind of text; in the sum, what does not apply counts as 0."""
    known = [replace(item.known, other=write(mirrored(item))) for item in items]
    earned = np.array(
        [
            [reward(write(item), of_item) for reward in REWARDS.values()]
            for item, of_item in zip(items, known, strict=True)
        ],
        np.float64,
    )
    photos, applies = np.array([item.photo for item in items]), ~np.isnan(earned)
    cells = [
        tables.share(column[there], photos[there], 2) if name == "grounding"
        else f"{column[there].mean():.2f}" if there.any() else "–"
        for name, column, there in zip(REWARDS, earned.T, applies.T, strict=True)
    ]  # fmt: skip
    return [*cells, tables.share(np.nansum(earned, axis=1), photos, 2)]


def plainest(pieces: tuple[Evidence, ...]) -> list[Key]:
    """The claims that the pixels bear out most plainly, as many as count."""
    weights, chosen = borne_out(pieces), list[Key]()
    for key in sorted(weights, key=lambda key: (-weights[key], key)):
        if sum(one[1:] == key[1:] for one in chosen) < PLACES:
            chosen.append(key)
    return chosen[:ENOUGH]


def mirrored(item: Item) -> Item:
    """The item in the other order."""
    return Item(item.photo, item.known.swapped(), mirror(item.true), mirror(item.measured))


def for_side(written: str, item: Item) -> str:
    """A text for a, or its mirror image, as the label has it."""
    return written if item.known.label == "a" else mirror(written)


def search(pairs: Sequence[tuple[Evidence, ...]]) -> list[Key]:
    """The claims that ground best in all pairs: climbs from one claim of each aspect, the best end of all."""
    count = Counter(region for pieces in pairs for region in {piece.region for piece in pieces})
    regions = [region for region, times in count.items() if times >= len(pairs) / 4]
    keys = [*product(regions, CLAIMED, ("a", "b"))]
    ends = (climbed([("global", aspect, "a")], keys, pairs) for aspect in CLAIMED)
    return max(ends, key=lambda chosen: merit(chosen, pairs))


def climbed(chosen: list[Key], keys: Sequence[Key], pairs: Sequence[tuple[Evidence, ...]]) -> list[Key]:
    """Claims added and taken away one by one, as long as that gains something."""
    best = merit(chosen, pairs)
    while True:
        tried = [
            *([*chosen, key] for key in keys),
            *([one for one in chosen if one != gone] for gone in chosen),
        ]
        merits = [merit(one, pairs) for one in tried]
        if max(merits) <= best + 1e-9:
            return chosen
        best, chosen = max(merits), tried[int(np.argmax(merits))]


def merit(keys: Sequence[Key], pairs: Sequence[tuple[Evidence, ...]]) -> float:
    claims = [Claim("", *key) for key in keys]  # type: ignore[arg-type]
    return sum(grounding(claims, pieces) or 0.0 for pieces in pairs)


@cache
def experts() -> dict[str, str]:
    """By kind of photograph the expert's text that is most like the others, for a."""
    lines = (DATA / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    references = []
    for at, one in enumerate(map(json.loads, lines)):
        side = getattr(read_answer(one["solution"]), "answer", None)
        kind = "portrait" if Path(one["images"][0]).name.startswith("p_") else "scene"
        references.append(Reference(at, kind, side, one["solution"]))
    texts = templates(references)
    return {one.kind: text_of(texts[one.row], "a") for one in references}


def template(item: Item) -> str:
    """The expert's text for the kind of photograph; people's pairs are of scenes."""
    return experts()["portrait" if item.photo.startswith("portrait") else "scene"]
