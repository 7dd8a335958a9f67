"""What raters said of a run's reasons, as its page shows it: on their scale of 1 to 10, in their words."""

from collections.abc import Iterator, Sequence
from typing import Any

from twinlens.core.run_records import Row
from twinlens.core.score_records import ScoreRecord
from twinlens.core.types import Call
from twinlens.scoring.labels import key
from twinlens.scoring.rater import HIGHEST, LOWEST
from twinlens.scoring.rater_scores import StoredRatings

EXCHANGED = "the same reasons, A and B exchanged"
"""The name of a control."""


def table(raters: Sequence[StoredRatings]) -> list[tuple[str, str, ScoreRecord]]:
    """A line a rater, and under it its control: name, full name, and the score of 0 to 1."""
    lines = []
    for one in raters:
        judge, prompt = one.ratings.who.judge, one.ratings.who.prompt.name
        lines.append((judge, f"Rated by {judge}, prompt {prompt}", one.score))
        if one.control is not None:
            title = f"Control of {judge}: the texts with the sides mirrored"
            lines.append((EXCHANGED, title, one.control))
    return lines


def of_ten(value: float | None) -> str:
    """A rating of 0 to 1 on the scale of raters.

    >>> of_ten(0.0), of_ten(0.5), of_ten(None)
    ('1.0', '5.5', '–')
    """
    return "–" if value is None else f"{LOWEST + (HIGHEST - LOWEST) * value:.1f}"


def spread(score: ScoreRecord) -> str:
    """The 95 % interval on that scale."""
    return "no interval" if score.low is None else f"{of_ten(score.low)} to {of_ten(score.high)}"


def notes(raters: Sequence[StoredRatings], unfit: int) -> Iterator[str]:
    """What a reader of the ratings must not miss."""
    for one in raters:
        for note in one.notes:
            yield f"{one.ratings.who.judge}: {note}" if len(raters) > 1 else note
    if unfit:
        yield (
            f"ratings.jsonl holds {unfit:,} ratings of other texts, photos or experts’ texts; they are not "
            "shown. Were they made with --labels, give it here too."
        )


def said(row: Row, raters: Sequence[StoredRatings]) -> list[list[Any]]:
    """What each rater said of a row: who, rating or None, rating with the sides mirrored, words, failure."""
    at = key(row.id)
    lines = ((one.ratings.plain.get(at), one.ratings.mirrored.get(at)) for one in raters)
    return [
        [plain.judge, plain.rating, mirrored and mirrored.rating, plain.raw or plain.detail, plain.failure]
        for plain, mirrored in lines
        if plain is not None
    ]


def cost(calls: Sequence[Call], who: str = "Models were") -> str:
    """Calls, tokens and failures in one sentence; empty where nothing was called.

    >>> cost([Call("m", 1.0, (), 900, 80, "ok"), Call("m", 2.0, (), 300, 0, "late")])
    'Models were called 2 times, 1 of them failed: 1,200 tokens sent, 80 written; 1.5 s a call.'
    """
    if not calls:
        return ""
    failed = sum(call.outcome != "ok" for call in calls)
    counts = [(call.prompt_tokens, call.answer_tokens) for call in calls]
    uncounted = sum(None in count for count in counts)
    sent, written = (sum(many or 0 for many in column) for column in zip(*counts, strict=True))
    tokens = f"{sent:,} tokens sent, {written:,} written"
    if uncounted == len(calls):
        tokens = "nobody counted the tokens"
    elif uncounted:
        tokens += f" ({uncounted:,} {'call' if uncounted == 1 else 'calls'} not counted)"
    times = "once" if len(calls) == 1 else f"{len(calls):,} times"
    failures = f", {failed:,} of them failed" if failed else ""
    seconds = sum(call.seconds or 0.0 for call in calls) / len(calls)
    return f"{who} called {times}{failures}: {tokens}; {seconds:.1f} s a call."
