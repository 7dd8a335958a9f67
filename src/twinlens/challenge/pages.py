"""The pages of a challenge and of its starting kit, in Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from twinlens.challenge.config import Challenge
from twinlens.challenge.items import Item
from twinlens.challenge.yaml_text import written
from twinlens.language.render import ANSWERS

PAGES = {"overview": "Overview", "data": "Data", "evaluation": "Evaluation", "faq": "Questions"}
"""The pages by the name of their template, with their titles."""
METRICS = {
    "accuracy": "share of the items whose choice is the experts' choice",
    "bleu4": "sentence BLEU-4 of the reasons with the expert's, as sacrebleu; mean over the items",
    "rouge_l": "ROUGE-L (F-measure) of the reasons with the expert's, as rouge-score; mean over the items",
}
RULES = {
    "Add": "you choose once which of your submissions stands there.",
    "Add_And_Delete": "you choose which of your submissions stands there, and may change it.",
    "Add_And_Delete_Multiple": "you choose which of your submissions stand there, and may change them.",
    "Force_Last": "of your submissions the last one stands there.",
    "Force_Latest_Multiple": "all your submissions stand there.",
    "Force_Best": "of your submissions the best one stands there.",
}
BLIND = "This line stands where your reasons go: it was written without a look at the photos."
"""The reasons of the example submission, whose answers are all A, so that nothing can be learned from it."""


def example_line(images: Sequence[str]) -> str:
    """The line of the example submission about an item."""
    solution = f"<thinking>\n{BLIND}\n</thinking>\n<answer>{ANSWERS['a']}</answer>"
    return json.dumps({"images": list(images), "solution": solution}, ensure_ascii=False)


def pages(challenge: Challenge, items: Sequence[Sequence[Item]]) -> dict[str, str]:
    """The pages of a challenge by name, and its terms."""
    context = _context(challenge, items)
    made = {name: rendered(f"{name}.md.j2", **context) for name in PAGES}
    return {**made, "terms": challenge.terms.strip() + "\n"}


def kit_page(challenge: Challenge, items: Sequence[Sequence[Item]], at: int) -> str:
    """The README of the starting kit of a phase, by its number from 0."""
    context = _context(challenge, items)
    return rendered("kit.md.j2", **context | {"phase": context["phases"][at]})


def rendered(template: str, **context: Any) -> str:
    """A template with its values; Markdown and YAML, so nothing is escaped."""
    return _environment().get_template(template).render(**context).strip() + "\n"


def _context(challenge: Challenge, items: Sequence[Sequence[Item]]) -> dict[str, Any]:
    first = items[0][0]
    total = sum(metric.weight for metric in challenge.metrics)
    return {
        "challenge": challenge,
        "phases": [_phase(challenge, at, len(of_phase)) for at, of_phase in enumerate(items)],
        "metrics": [
            {"key": one.key, "share": f"{one.weight / total:.3g}", "text": METRICS[one.key]}
            for one in challenge.metrics
        ],
        "rule": RULES[challenge.leaderboard.rule],
        "arrangement": "composites" if all(_is_composite(one) for one in items[0]) else "files",
        "line": json.dumps({"id": first.id, "images": first.images}, ensure_ascii=False),
        "example": example_line(first.images).replace(BLIND, "…"),
    }


def _is_composite(item: Item) -> bool:
    return all(shot.half != "whole" for shot in item.row.a) or not item.files


def _phase(challenge: Challenge, at: int, items: int) -> Mapping[str, Any]:
    phase = challenge.phases[at]
    return {
        "name": phase.name,
        "description": phase.description,
        "start": written(phase.begins)[:-3],
        "end": phase.ends and written(phase.ends)[:-3],
        "count": items,
        "max_submissions_per_day": phase.max_submissions_per_day,
        "max_submissions": phase.max_submissions,
        "step": f"{1 / items:.3f}".lstrip("0"),
        "margin": f"{1.96 * math.sqrt(0.8 * 0.2 / items):.2f}".lstrip("0"),
    }


@cache
def _environment() -> Environment:
    """The templates beside this module."""
    made = Environment(
        loader=PackageLoader("twinlens.challenge"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    made.filters["cell"] = lambda text: text.replace("|", "\\|")
    made.filters["number"] = lambda count: f"{count:,}"
    return made
