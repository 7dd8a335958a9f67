"""What a reader of scores must not miss, in plain words."""

from collections.abc import Iterator, Mapping

from twinlens.core.plain_text import first
from twinlens.core.score_records import ScoreRecord
from twinlens.stats.interval import FEWEST_GROUPS

Scores = Mapping[str, ScoreRecord]
FEW_SCENES = 10
SHOWN = 3
"""Scores that a note names."""
NO_VERDICT = "No verdict in any pair"
"""How the sentence begins that stands for all scores where every row failed."""
FAILURES = {
    "bad-photo": "photo cannot be read",
    "not-a-pair": "no pair of photos",
    "refused": "the model refused",
    "unreadable": "answer not understood",
    "timeout": "no answer in time",
    "broken": "the judge broke",
}
"""Kinds of failure in plain words."""
LONGEST_DETAIL = 200
"""Characters of a failure's detail that are shown."""
TEXT_SCORES = {
    "rouge_l": "ROUGE-L",
    "bleu4": "BLEU-4",
    "semantic": "Semantic similarity",
    "claim_f1": "The F1 of claims",
}
"""Scores of texts that a fixed text has too."""


def no_verdict(failures: Mapping[str, tuple[int, str]]) -> str:
    """What to say of a run of failures only, the commonest kind; `failures` has a count and a detail by kind.

    >>> no_verdict({"timeout": (5, "after 30 s"), "refused": (1, "")})
    'No verdict in any pair: no answer in time in 5 of 6 (after 30 s).'
    """
    total = sum(many for many, _ in failures.values())
    kind, (many, detail) = max(failures.items(), key=lambda one: one[1][0])
    shown = " ".join(detail.split())[:LONGEST_DETAIL]
    text = f"{NO_VERDICT}: {FAILURES.get(kind, kind)} in {many:,} of {total:,}"
    return f"{text} ({shown})." if shown else f"{text}."


def caveats(
    scores: Scores, controls: Mapping[str, Scores], scenes: int, symmetric: bool = False
) -> Iterator[str]:
    """One sentence for each thing that a bare number would hide."""
    known = {name: score for name, score in scores.items() if score.value is not None}
    yield from _of_orders(known)
    if "accuracy" in known and known["accuracy"].failed < known["accuracy"].n:
        yield from _of_accuracy(known["accuracy"], controls)
        yield from _of_counts(known)
    yield from _of_texts(known, controls)
    if symmetric:
        yield "The judge is symmetric by construction: swap consistency and first-position rate are no test."
    there = "is only 1 scene" if scenes == 1 else f"are only {scenes} scenes"
    if scenes < FEWEST_GROUPS:
        yield f"There {there}: too few for intervals, which take {FEWEST_GROUPS}."
        return
    if scenes < FEW_SCENES:
        yield f"There {there}: the intervals are rough."
    if bare := [name for name, score in known.items() if score.low is None]:
        yield (
            f"No interval of {first(bare, SHOWN)}: fewer than {FEWEST_GROUPS} scenes have it, or resampling "
            "them does not change it."
        )


def _of_orders(scores: Scores) -> Iterator[str]:
    first, swap = scores.get("first_position_rate"), scores.get("swap_consistency")
    if first and (_above(first, 0.6) or _below(first, 0.4)):
        chosen = f"{100 * _value(first):.0f} %"
        yield f"The photo shown first is chosen in {chosen} of the views: its place decides, not its pixels."
    if swap and _value(swap) < 0.8:
        changed = f"{100 * (1 - _value(swap)):.0f} %"
        yield f"{changed} of the pairs are judged otherwise when the photos change places."


def _of_accuracy(accuracy: ScoreRecord, controls: Mapping[str, Scores]) -> Iterator[str]:
    if accuracy.low is not None and not _above(accuracy, 0.5) and not _below(accuracy, 0.5):
        yield "The accuracy cannot be told apart from guessing (0.500)."
    majority = _value(controls.get("majority_side", {}).get("accuracy"))
    if majority >= 0.6 and not _above(accuracy, majority):
        yield f"The accuracy is not above that of always answering one side ({majority:.3f})."
    if accuracy.failed:
        judged = accuracy.n - accuracy.failed
        rest = f"; of the other {judged} it is {_value(accuracy) * accuracy.n / judged:.3f}" if judged else ""
        yield f"{accuracy.failed} of {accuracy.n} pairs failed and count as wrong in the accuracy{rest}."


def _of_counts(scores: Scores) -> Iterator[str]:
    """What two numbers of one judge count, where they seem to contradict each other."""
    accuracy, decided = scores["accuracy"], scores.get("accuracy_ties")
    if decided:
        yield (
            f"accuracy ({_value(accuracy):.3f}) is of {accuracy.n} labelled pairs, a tie half, a failure "
            f"wrong; accuracy_ties ({_value(decided):.3f}) is of the {decided.n} in which a side was chosen."
        )
    if (swap := scores.get("swap_consistency")) and _value(swap) < 1:
        yield (
            f"In {100 * (1 - _value(swap)):.0f} % of the pairs the orders disagree: the accuracy is of the "
            "side that the mean of both probabilities favours."
        )


def _of_texts(scores: Scores, controls: Mapping[str, Scores]) -> Iterator[str]:
    distinct = scores.get("distinct_rationales")
    if distinct and _value(distinct) < 0.5 and distinct.n > 1:
        share = f"{100 * _value(distinct):.0f} %"
        yield f"Only {share} of the rationales are distinct: they are a template's."
    blind = controls.get("template_right", {})
    for name, words in TEXT_SCORES.items():
        control = blind[name].value if name in blind else None
        if name in scores and control is not None and not _above(scores[name], control):
            yield f"{words} is not above that of one fixed text that never looks ({control:.3f})."


def _value(score: ScoreRecord | None) -> float:
    return (score.value if score else None) or 0.0


def _above(score: ScoreRecord, value: float) -> bool:
    return score.low is not None and score.low > value


def _below(score: ScoreRecord, value: float) -> bool:
    return score.high is not None and score.high < value
