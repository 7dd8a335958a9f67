"""Scores one submission: python3 scoring.py INPUT OUTPUT

INPUT/ref holds reference.jsonl and settings.json, INPUT/res the submission. OUTPUT gets scores.json,
detailed_results.html and summary.json (items, failed ones, problems by line). A submission that cannot be
scored is one line on standard error and the exit code 1, and no scores file.
"""

from __future__ import annotations

import gc
import json
import os
import sys

if not __package__:  # run by its path: this folder is then the package
    _folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.dirname(_folder))
    __package__ = os.path.basename(_folder)
    gc.disable()  # so short a run leaves nothing to collect

from .details import details_page
from .evaluation import Evaluation, Row, evaluate
from .reference import Problem, Reference, Unscorable

__all__ = ["Evaluation", "Problem", "Reference", "Row", "Unscorable", "evaluate", "main"]


def main(arguments: list[str]) -> int:
    """Score the submission; the exit code is 0 only where all scores were written."""
    try:
        if len(arguments) != 2:
            raise Unscorable(f"found {len(arguments)} arguments; expected INPUT and OUTPUT")
        given, output = arguments
        reference = Reference.read(os.path.join(given, "ref"))
        made = evaluate(reference, os.path.join(given, "res"))
        _write(os.path.join(output, "detailed_results.html"), details_page(reference, made))
        failed = sum(not row.line for row in made.rows)
        summary = {"items": len(made.rows), "failed": failed, "problems": made.problems}
        _write(os.path.join(output, "summary.json"), json.dumps(summary) + "\n")
        _write(os.path.join(output, "scores.json"), json.dumps(made.scores, allow_nan=False) + "\n")
    except Unscorable as error:
        print(f"not scored: {error}", file=sys.stderr)
        return 1
    print(f"scored: {len(made.rows)} items, {failed} failed, score {made.scores['score']:.4f}")
    return 0


def _write(file: str, text: str) -> None:
    """Write a file in one step, so that none is there in part."""
    try:
        with open(file + ".part", "w", encoding="utf-8", errors="xmlcharrefreplace") as stream:
            stream.write(text)
        os.replace(file + ".part", file)
    except OSError as error:
        raise Unscorable(f"{file}: cannot be written: {error.strerror}") from None


if __name__ == "__main__":
    _code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(_code)  # at once: taking down what was read would take as long as reading it
