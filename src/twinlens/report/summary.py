"""What the page of a run says first, and what its plots show: the words and numbers, not yet drawn."""

from collections.abc import Iterable, Iterator, Sequence

from twinlens.core.score_records import ReliabilityBin, ScoreRecord, Scores, ScoresRecord
from twinlens.report.index import Index
from twinlens.scoring import caveats
from twinlens.scoring.table import VERSIONS
from twinlens.stats.interval import Interval, wilson

TILES = {
    "accuracy": ("Agrees with people", "share of labelled pairs; a tie counts half"),
    "swap_consistency": ("Same choice in both orders", "a judge that looks does not mind the order"),
    "first_position_rate": ("Chooses the photo shown first", "50 % for a judge that looks"),
    "calibration_error": ("Calibration error", "mean distance of confidence and accuracy (ECE)"),
    "claim_f1": ("Experts’ reasons found again", "F1 of its claims: region, aspect and side agree"),
    "supported": ("Reasons the pixels bear out", "share of its claims that are no opinions"),
}
ORDERS = ("swap_consistency", "first_position_rate")
"""Scores that mean nothing for a judge that is symmetric by construction."""
SYMMETRIC = "The judge is symmetric"
CALM = (
    "There are only", "There is only", "No interval of", "Values of a column", "accuracy (",
    "The composite is",
)  # fmt: skip
"""How caveats begin that are no fault of the judge."""
FAILURES = caveats.FAILURES
"""Kinds of failure in plain words."""
MOST_VERSIONS = MOST_BALANCES = 4
"""Versions that have a tile, and pairs of versions that are plotted."""
MOST_GROUPS, FEWEST = 12, 4
"""Most different values of a column to be plotted by, and rows that each has at least, in the mean."""
NO_GROUPS = frozenset({*VERSIONS, "share", "solution", "reference", "strength", "raters"})
NamedScores = list[tuple[str, ScoreRecord]]


def failures(index: Index) -> list[tuple[str, int]]:
    """How many rows failed, by kind of failure, most first."""
    return sorted(index.words["failure"].counts.items(), key=lambda one: (-one[1], one[0]))


def columns_to_plot(index: Index) -> tuple[str, ...]:
    """The columns of a table of pairs whose values group them: few different ones, several rows each."""
    return tuple(
        name
        for name, column in index.columns.items()
        if name not in NO_GROUPS
        and 2 <= len(seen := column.counts) <= MOST_GROUPS
        and seen.total() >= FEWEST * len(seen)
    )


def win_rates(scores: Scores) -> Scores:
    """The win rate of each version, by its name."""
    prefix = "win_rate("
    return {name[len(prefix) : -1]: made for name, made in scores.items() if name.startswith(prefix)}


def groups(record: ScoresRecord, versions: Sequence[str]) -> list[tuple[str, str, NamedScores]]:
    """For each column: its name, what is plotted, and the score of each value; of versions the first's."""
    plots = []
    for column, values in record.by.items():
        for name in ("accuracy", *(f"win_rate({version})" for version in versions[:1]), "swap_consistency"):
            rows = [(value, scores[name]) for value, scores in values.items() if name in scores]
            if rows:
                plots.append((column, name, rows))
                break
    return plots


def tiles(scores: Scores, symmetric: bool, versions: Iterable[str]) -> Iterator[tuple[str, ScoreRecord, str]]:
    """The numbers of the first screen: name, score and a note; `versions` are those that have one."""
    rates = win_rates(scores)
    for version in versions:
        yield f"{version} wins", rates[version], "share of its pairs; a tie counts half"
    for name, (words, note) in TILES.items():
        made = scores.get(name)
        if made is None or made.value is None or (name == "accuracy" and made.failed == made.n):
            continue
        if not (symmetric and name in ORDERS):
            yield words, made, note


def share(value: float | None) -> str:
    """A share (0 to 1) as people read it."""
    return "–" if value is None else f"{100 * value:.0f} %"


def spread(made: ScoreRecord) -> str:
    """The 95 % interval of a share as people read it."""
    if made.low is None or made.high is None:
        return "no interval"
    return f"{100 * made.low:.0f} to {100 * made.high:.0f} %"


def headline(record: ScoresRecord, leaders: Sequence[str] = ()) -> str:
    """What the run comes to, in one sentence; `leaders` are the best of three or more versions."""
    if said := next((note for note in record.notes if note.startswith(caveats.NO_VERDICT)), ""):
        return said.removesuffix(".")
    known = {name: made for name, made in record.scores.items() if made.value is not None}
    first, swap, accuracy = map(known.get, ("first_position_rate", "swap_consistency", "accuracy"))
    if first and ((first.low or 0.0) > 0.6 or (first.high is not None and first.high < 0.4)):
        place = "first" if (first.low or 0.0) > 0.6 else "second"
        return f"This judge goes by place, not by pixels: it chooses the photo shown {place}"
    if swap and (swap.value or 0.0) < 0.2:
        return "This judge does not look: it changes its mind when the photos change places"
    if accuracy:
        agrees = f"Agrees with people in {share(accuracy.value)} of {counted(accuracy.n, 'pair')}"
        return f"{agrees}: no better than a coin toss, as far as is known" if _open(accuracy) else agrees
    if leaders[1:]:
        return f"{listed(leaders)} cannot be told apart"
    rates = win_rates(known)
    best = leaders[0] if leaders else max(rates, key=lambda name: rates[name].value or 0.0, default=None)
    if best not in rates:
        return f"{counted(record.run.rows, 'pair')} judged"
    if _open(rates[best]):
        return "The versions cannot be told apart"
    return f"{best} wins {share(rates[best].value)} of its {counted(rates[best].n, 'pair')}"


def warnings(
    record: ScoresRecord, failed: list[tuple[str, int]], symmetric: bool, ranked: bool
) -> Iterator[tuple[str, bool]]:
    """What a reader must not miss, and whether it is grave; `ranked` versions stand in an order."""
    if failed:
        kinds = ", ".join(f"{many:,} × {FAILURES.get(kind, kind)}" for kind, many in failed)
        yield f"Failures: {kinds}.", True
    unsure = [version for version, made in win_rates(record.scores).items() if _open(made)]
    if unsure and not ranked:
        rates = "rates" if unsure[1:] else "rate"
        yield f"The win {rates} of {listed(unsure)} cannot be told apart from one half.", True
    for note in record.notes:
        if not note.startswith((SYMMETRIC, caveats.NO_VERDICT)):
            yield note, not note.startswith(CALM)
    if symmetric:
        yield "The order of the photos cannot change what this judge says, so no test of it is shown.", False


def left_out(versions: int, balances: int) -> Iterator[str]:
    """What of many versions is not shown."""
    if versions > MOST_VERSIONS:
        yield f"Of {versions} versions {MOST_VERSIONS} have their win rate here, the others under All scores."
    if balances > MOST_BALANCES:
        yield f"Of {balances} pairs of versions {MOST_BALANCES} are plotted by region and aspect."


def reliability(record: ScoresRecord) -> list[tuple[ReliabilityBin, Interval]]:
    """The bins of the reliability diagram, each with Wilson's interval of its pairs."""
    return [(one, wilson(one.accuracy * one.n, one.n)) for one in record.reliability]


def counted(many: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "pair"), counted(5000, "pair")
    ('1 pair', '5,000 pairs')
    """
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["v1", "v2", "v3"])
    'v1, v2 and v3'
    """
    return " and ".join((", ".join(names[:-1]), names[-1]) if names[1:] else names)


def _open(made: ScoreRecord) -> bool:
    """Whether one half lies in the interval."""
    return made.low is not None and made.high is not None and made.low <= 0.5 <= made.high
