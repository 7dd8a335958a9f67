"""What each score counts and what a failure is in it: for signatures, and for who compares two numbers."""

from __future__ import annotations

from twinlens.stats.interval import RESAMPLES, SEED

EXPERT = "pairs with an expert's text"
LEFT_OUT = "left out"
COUNTED = {
    "accuracy": ("labelled pairs, a tie half", "wrong"),
    "accuracy_ties": ("labelled pairs with a side chosen", LEFT_OUT),
    "coverage": ("pairs, those sure enough", "not covered"),
    "selective_accuracy": ("labelled pairs that are sure enough, a tie half", LEFT_OUT),
    "kappa": ("labelled pairs with a verdict", LEFT_OUT),
    "rater_agreement": ("labelled pairs with a share", "wrong"),
    "rater_ceiling": ("labelled pairs with a share", "counted"),
    "swap_consistency": ("pairs judged in both orders", LEFT_OUT),
    "first_position_rate": ("views in which a side was chosen", LEFT_OUT),
    "calibration_error": ("labelled pairs with a probability", LEFT_OUT),
    "win_rate": ("the version's pairs with a verdict, a tie half", LEFT_OUT),
    **dict.fromkeys(("bleu4", "bleu4_corpus", "rouge_l", "semantic"), (EXPERT, "zero")),
    **dict.fromkeys(
        ("claim_precision", "claim_recall", "claim_f1", "claim_f1_relaxed"), (EXPERT, "no claim")
    ),
    **dict.fromkeys(("supported", "contradicted"), ("claims that are no opinions", LEFT_OUT)),
    "opinion": ("claims", LEFT_OUT),
    "self_contradiction": ("verdicts with claims", LEFT_OUT),
    "distinct_rationales": ("verdicts with a text", LEFT_OUT),
    "rating": ("rated rows", "lowest"),
    "composite": ("what its parts count", "as in them"),
}
"""For each score what it counts, and what a failure is; win_rate for those of all versions."""


def counted(name: str) -> tuple[str, str]:
    """What a score counts, and what a failure is in it."""
    return COUNTED.get(name.partition("(")[0], ("rows", "counted"))


def signature(name: str, interval: str) -> str:
    """How a score was made, in one line: what it counts, what a failure is, the interval.

    >>> signature("kappa", "none")
    'kappa|of:labelled pairs with a verdict|failures:left out|interval:none'
    """
    of, failures = counted(name)
    how = {"none": "none", "wilson": "95,wilson,scenes"}.get(interval)
    how = how or f"95,{interval},scenes,{RESAMPLES},seed:{SEED}"
    return f"{name}|of:{of}|failures:{failures}|interval:{how}"
