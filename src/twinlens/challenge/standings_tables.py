"""Standings as rows of text: for people (Markdown, LaTeX, the page), and for programs (CSV)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from twinlens.challenge.near_duplicates import Copies
from twinlens.challenge.standings import Line, Standings
from twinlens.core.plain_text import first
from twinlens.report.tables import Table
from twinlens.stats.interval import Interval

METRICS = {"accuracy": "accuracy", "bleu4": "BLEU-4", "rouge_l": "ROUGE-L"}
MOST_COPIES = 3
"""Near-duplicates of a team that a note names."""


def reading_table(made: Standings, *, noted: bool = True) -> Table:
    """The table for people: a line a team, then controls, then teams without a rank; `noted`: with notes."""
    keys, scores = metrics(made), offline(made)
    head = ["rank", "team", "final", "95 % interval", "group", "ranks", *(one.name for one in made.phases)]
    head += [*(METRICS[key] for key in keys), "distinct", *scores, *(["notes"] if noted else [])]
    rows = []
    for line in (*made.ranked, *made.controls, *made.unranked):
        cells = [rank(line), line.team.name, number(line.final), ends(line.final), _group(line), place(line)]
        cells += [number(value) for value in line.phases]
        cells += [number(line.metrics.get(key)) for key in keys]
        cells += [number(line.distinct), *(number(line.team.offline.get(name)) for name in scores)]
        rows.append([*cells, "; ".join(notes(made, line))] if noted else cells)
    numbers = "r" * (len(head) - 6 - noted)
    return Table(head, rows, f"rlrlrr{numbers}{'l' * noted}")


def programs_table(made: Standings) -> Table:
    """The table for programs: all there is of a team, with its fact sheet, an end of an interval a column."""
    keys, scores = metrics(made), offline(made)
    questions = list(dict.fromkeys(key for line in made.teams for key in line.team.facts))
    head = ["kind", "rank", "team", "final", "low", "high", "group", "rank_from", "rank_to"]
    head += [*(one.name for one in made.phases), *keys, "distinct_rationales", *scores]
    head += ["above_image_blind", "notes", *(f"fact_sheet.{key}" for key in questions)]
    rows = []
    for kind, lines in (("team", made.ranked), ("control", made.controls), ("not ranked", made.unranked)):
        for line in lines:
            final = line.final or Interval(math.nan, None, None)
            place = [line.rank, line.group, *line.ranks] if line.rank else [""] * 4
            cells = [
                kind,
                place[0],
                line.team.name,
                *map(_exact, (final.value, final.low, final.high)),
                *place[1:],
            ]
            cells += map(_exact, (*line.phases, *map(line.metrics.get, keys), line.distinct))
            cells += map(_exact, map(line.team.offline.get, scores))
            cells += [{True: "yes", False: "no", None: ""}[line.above_control], "; ".join(notes(made, line))]
            rows.append([*map(str, cells), *(line.team.facts.get(key, "") for key in questions)])
    return Table(head, rows, "l" * len(head))


def rank(line: Line) -> str:
    """The rank of a line; a dash where it has none."""
    return str(line.rank) if line.rank else "–"


def place(line: Line) -> str:
    """The ranks that a line may have."""
    first, last = line.ranks
    return "–" if not line.rank else str(first) if first == last else f"{first} to {last}"


def _group(line: Line) -> str:
    return str(line.group) if line.rank else "–"


def number(value: float | Interval | None) -> str:
    """A score as people read it.

    >>> number(0.73051), number(None)
    ('0.731', '–')
    """
    value = value.value if isinstance(value, Interval) else value
    return "–" if value is None else f"{value:.3f}"


def ends(made: Interval | None) -> str:
    """An interval as people read it."""
    return "–" if made is None or made.low is None else f"{number(made.low)} to {number(made.high)}"


def notes(made: Standings, line: Line) -> list[str]:
    """What is to be said of a line: why it has no rank, copies, fixed texts, what failed."""
    said = [line.why] if line.why else []
    if line.above_control is False:
        said.append("not shown to be above the image-blind entry")
    said += copied(made.copies, line.team.name)
    return [*said, *line.team.notes]


def copied(copies: Sequence[tuple[str, str, Copies]], team: str) -> list[str]:
    """What near-duplicates a team has, in words."""
    mine = [(other if team == one else one, pair) for one, other, pair in copies if team in (one, other)]
    if not mine:
        return []
    shown = [
        f"{name} ({100 * pair.texts:.0f} % of texts, {100 * pair.answers:.0f} % of answers)"
        for name, pair in mine
    ]
    return [f"near-duplicate of {first(shown, MOST_COPIES)}"]


def metrics(made: Standings) -> list[str]:
    """The keys of the metrics, in the order of the weights."""
    return list(made.phases[0].weights)


def offline(made: Standings) -> list[str]:
    """The offline scores that some team has."""
    return list(dict.fromkeys(name for line in made.teams for name in line.team.offline))


def _exact(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.6f}"
