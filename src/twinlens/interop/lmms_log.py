"""The samples that lmms-eval writes (`--log_samples`), a line a question.

Of the doc a sample holds only what its scores say of it; ours say the id (`lmms_eval.process_results`).
"""

from typing import Any

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.runs.answers import Written

EXPECTED = "expected the samples of a task that `twinlens data convert --to lmms-eval` wrote"


def is_sample(item: dict[str, Any]) -> bool:
    """Whether a line is a sample of lmms-eval."""
    return {"doc_id", "filtered_resps"} <= item.keys()


def written(item: dict[str, Any], where: str) -> Written:
    """The answer of a sample, as the model wrote it: before a filter took its thoughts away."""
    given = item.get("resps", item["filtered_resps"])
    rows = [
        row if isinstance(row, list) else [row] for row in (given if isinstance(given, list) else [given])
    ]
    answers = ["" if text is None else text for row in rows for text in row]
    unread = item.get("unread")
    id = unread.get("id") if isinstance(unread, dict) else None
    if not isinstance(id, str):
        raise BadInput(f"{where}: found a sample without the id of a pair; {EXPECTED}")
    if len(answers) != 1:
        raise BadInput(f"{where}: found {len(answers)} answers to one question; expected one (--repeats 1)")
    if not isinstance(answers[0], str):
        raise BadInput(f"{where}: found an answer that is {type(answers[0]).__name__}; expected text")
    return Written(clean(id), answers[0], where)
