"""Scores one submission: python3 scoring.py INPUT OUTPUT

INPUT/ref holds reference.jsonl and settings.json, INPUT/res the submission. OUTPUT gets scores.json and
detailed_results.html. A submission that cannot be scored is one line on standard error and the exit code 1,
and no scores file.
"""

from __future__ import annotations

import json
import os
import sys

if not __package__:  # run by its path: this folder is then the package
    _folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.dirname(_folder))
    __package__ = os.path.basename(_folder)

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
        _write(os.path.join(output, "scores.json"), json.dumps(made.scores, allow_nan=False) + "\n")
    except Unscorable as error:
        print(f"not scored: {error}", file=sys.stderr)
        return 1
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
    sys.exit(main(sys.argv[1:]))
