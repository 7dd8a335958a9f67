"""What texts earn of the rewards: true ones, image-blind ones, and the best that a search finds without looking.

    python -m benchmarks rewards             some 4 minutes on 2 idle cores; rewrites the table of docs/training.md
    python -m benchmarks rewards --every 5   a fifth of the pairs, and no table rewritten

Each distortion is put at its full strength into one photograph of `shared/data/photos` (768 pixels), which is judged in
both orders. The expert's text that the claims are set beside names the damage as it was put in. A fixed text is the same
for all pairs; the best of them is searched for on these very pairs, claim by claim, and scored on them, as an adversary
would: what it earns is at least what a policy can that never looks. One more search is given the right side, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path

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
from twinlens.scoring.claim_scores import Key
from twinlens.scoring.controls import templates
from twinlens.scoring.rewards import REWARDS, Known, grounding
from twinlens.scoring.text_scores import Reference
from twinlens.train.examples import photo_of

PAGE = Path("docs/training.md")
OTHER: dict[str, Side] = {"a": "b", "b": "a"}
TOPICS = [*product(REGIONS, (one for one in ASPECTS if one != OPINION))]
NOTHING = "<thinking>\nBoth were looked at.\n</thinking>\n<answer>A</answer>"


@dataclass(frozen=True)
class Item:
    """A damaged photograph in one order: its name, what is known of it, and what a judge that looks writes."""

    photo: str
    known: Known
    true: str
    measured: str


def main(every: int = 1) -> None:
    """Measure, search, and rewrite the table."""
    items = [item for both in spread(items_of, [*enumerate(distortions())][::every]) for item in both]
    lines = table(items)
    print("\n".join(lines))
    if every == 1:
        rewrite(PAGE, "rewards", lines)


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
    one = Item(file.stem, known, true, text_of(verdict.rationale, "a"))
    return one, Item(one.photo, known.swapped(), mirror(true), mirror(one.measured))


def text(keys: Sequence[Key], answer: Side) -> str:
    """Claims as an expert's text."""
    words = ("is better", "is worse")
    lines = "\n".join(line(*key[:2], *(words if key[2] == "a" else words[::-1])) for key in keys)
    return text_of(lines or NOTHING, answer)


def text_of(reasons: str, answer: Side) -> str:
    """Reasons and an answer in the form that is asked for."""
    body = reasons.removeprefix("<thinking>\n").partition("\n</thinking>")[0]
    return f"<thinking>\n{body}\n</thinking>\n<answer>{answer.upper()}</answer>"


def table(items: Sequence[Item]) -> list[str]:
    """What each kind of text earns: means over pairs in both orders, intervals over photographs."""
    blind = search([item.known.evidence for item in items])
    sided = search([(item if item.known.label == "a" else mirrored(item)).known.evidence for item in items])
    everything = [(*topic, "a") for topic in TOPICS]
    kinds: dict[str, Callable[[Item], str]] = {
        "names the damage, right side": lambda item: item.true,
        "what `measured` says, right side": lambda item: item.measured,
        "names the damage, wrong side": lambda item: mirror(item.true),
        "an expert's text of another pair, right side": lambda item: for_side(template(item), item),
        "the same, wrong side": lambda item: mirror(for_side(template(item), item)),
        "all regions and aspects, right side": lambda item: for_side(text(everything, "a"), item),
        "one fixed text, the best found": lambda item: text(blind, "a"),
        "the same, right side": lambda item: for_side(text(sided, "a"), item),
        "right answer, no claim": lambda item: for_side(NOTHING, item),
        "nothing": lambda item: "",
    }
    head = ("text", *REWARDS, "sum")
    print("fixed:", blind, "with the side:", sided)
    return [
        *tables.table(head, [[kind, *row(items, write)] for kind, write in kinds.items()]),
        "",
        note(items),
    ]


def note(items: Sequence[Item]) -> str:
    photos, pairs = len({item.photo for item in items}), len(items) // 2
    return f"{photos} photographs, {pairs} pairs in both orders; grounding and sum with 95 % intervals over photographs."


def row(items: Sequence[Item], write: Callable[[Item], str]) -> list[str]:
    """The means of a kind of text; the sum counts what does not apply as 0."""
    earned = np.array(
        [
            [
                np.nan if one is None else one
                for one in (reward(write(item), known) for reward in REWARDS.values())
            ]
            for item in items
            for known in [replace(item.known, other=write(mirrored(item)))]
        ]
    )
    photos = np.array([item.photo for item in items])
    cells = [f"{np.nanmean(column):.2f}" for column in earned.T]
    at, there = list(REWARDS).index("grounding"), ~np.isnan(earned[:, list(REWARDS).index("grounding")])
    cells[at] = tables.share(earned[there, at], photos[there], 2)
    return [*cells, tables.share(np.nansum(earned, axis=1), photos, 2)]


def mirrored(item: Item) -> Item:
    """The item in the other order."""
    return Item(item.photo, item.known.swapped(), mirror(item.true), mirror(item.measured))


def for_side(written: str, item: Item) -> str:
    """A text for a, or its mirror image, as the label has it."""
    return written if item.known.label == "a" else mirror(written)


def search(pairs: Sequence[tuple[Evidence, ...]]) -> list[Key]:
    """The claims that ground best on the whole in all pairs, added and taken away one by one."""
    chosen, best = list[Key](), 0.0
    while True:
        added = [[*chosen, (*topic, side)] for topic in TOPICS for side in ("a", "b")]
        tried = [*added, *([one for one in chosen if one != gone] for gone in chosen)]
        merits = [merit(keys, pairs) for keys in tried]
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
    return experts()[item.photo.partition("_")[0]]
