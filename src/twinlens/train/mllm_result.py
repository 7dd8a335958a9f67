"""What a training came to: the model on held-out pairs before and after it, its card, and a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from twinlens.core import catalog
from twinlens.core.contracts import line
from twinlens.core.run_records import Row as RunRow
from twinlens.core.run_records import VerdictRow
from twinlens.core.score_records import ScoresRecord
from twinlens.core.version import __version__
from twinlens.judges import checkpoint
from twinlens.readers import Row, Rows
from twinlens.report.photos import photo_uri
from twinlens.report.tables import Table, markdown
from twinlens.report.training import Curve, Sample, before_and_after, curves_plot, training_page
from twinlens.runs.engine import run
from twinlens.runs.row_photos import Photos
from twinlens.runs.store import RunFolder
from twinlens.scoring.compare_runs import compare_runs
from twinlens.scoring.score import ScoreRequest, score_run
from twinlens.train.mllm_plan import WORK, Plan

SAMPLES, SIDE = 6, 480
"""Pairs that the page shows, and the longest side of their photos in pixels."""
RUNS = ("before", "after")


def scored(
    plan: Plan, held_out: Rows, out: Path, progress: Callable[[int, int], None] | None = None
) -> ScoresRecord:
    """The scores of the model before and after a training on pairs it has not seen, in both orders."""
    made, request = [], ScoreRequest(rationale=None if plan.judge.reasons else False)
    for name, judge in zip(RUNS, (plan.judge, plan.trained(out)), strict=True):
        run(held_out, catalog.spec(judge), out / WORK / name, progress=progress)
        checkpoint.load.cache_clear()
        made.append(score_run(RunFolder(out / WORK / name), request, __version__))
    (first, record), (second, after) = made
    record.against, record.difference = after, compare_runs(first, second)
    (out / WORK / "scores.json").write_text(line(record) + "\n", "utf-8")
    return record


def write_result(
    plan: Plan, record: dict[str, Any], scores: ScoresRecord | None, held_out: Sequence[Row], out: Path,
    curves: Sequence[Curve],
) -> None:  # fmt: skip
    """Write the model card (README.md), the page (report.html) and the curves (training/curves.svg)."""
    table = None if scores is None else before_and_after(scores)
    notes = [] if scores is None or not scores.against else list(scores.against.notes)
    spec, facts = catalog.spec(plan.trained(out)), _facts(plan, record)
    title = f"{out.resolve().name}: a judge of photo pairs"
    learned = f"trained by twinlens train {plan.goal} on {record['data']['pairs']:,} labelled pairs"
    lead = f"{plan.judge.model}, {learned}"
    page = training_page(title, lead, spec, table, notes, curves, list(_samples(held_out, out)), facts)
    (out / "report.html").write_text(page, "utf-8")
    (out / WORK / "curves.svg").write_text(curves_plot(curves), "utf-8")
    (out / "README.md").write_text(_card(plan, title, lead, spec, table, notes, facts), "utf-8")


def _card(
    plan: Plan, title: str, lead: str, spec: str, scores: Table | None, notes: Sequence[str],
    facts: Sequence[tuple[str, str]],
) -> str:  # fmt: skip
    """The model card, as the hub of models reads it."""
    head = {
        "base_model": plan.judge.model, "library_name": "transformers" if plan.full else "peft",
        "pipeline_tag": "image-text-to-text", "tags": ["twinlens", "image-quality", plan.goal, "trl"],
    }  # fmt: skip
    parts = [
        f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---\n# {title}\n",
        f"{lead}. It says which of two renderings of one photograph people prefer, and why.\n",
        f"```console\n$ twinlens compare a.jpg b.jpg --judge '{spec}'\n```\n",
        "## Scores on held-out pairs\n",
        "None were given.\n" if scores is None else markdown(scores),
        *["".join(f"- {note}\n" for note in notes)] * bool(notes),
        "Intervals are 95 %, over scenes. `report.html` shows texts of the same pairs side by side.\n",
        "## Settings\n",
        markdown(Table(("", ""), facts, "ll")),
    ]
    return "\n".join(parts)


def _facts(plan: Plan, record: dict[str, Any]) -> list[tuple[str, str]]:
    """Data, settings and versions, as names and values for people."""
    settings, data = record["settings"], record["data"]
    what = "all weights" if plan.full else f"LoRA of rank {plan.rank}" * bool(plan.rank)
    whole = f"{' and ' * bool(what)}{', '.join(plan.modules)} whole" * bool(plan.modules)
    names = ["seed", "learning_rate", "batch", "steps", "epochs", "both_orders", "judge"]
    names += ["group", "temperature"] * (plan.goal == "grpo")
    rewards = [("rewards", ", ".join(f"{weight:g} × {name}" for name, weight in plan.rewards.items()))]
    return [
        ("data", f"{data['pairs']:,} pairs of {data['scenes']:,} scenes; labels {data['labels']}"),
        ("trained", what + whole), ("forms", ", ".join(plan.forms)),
        *rewards * (plan.goal == "grpo"), *((name.replace("_", " "), str(settings[name])) for name in names),
        ("prompt", record["prompt"]), ("base weights", record["weights"]),
        ("versions", ", ".join(f"{name} {version}" for name, version in record["versions"].items())),
    ]  # fmt: skip


def _samples(held_out: Sequence[Row], out: Path) -> list[Sample]:
    """The first held-out pairs, and what was written of each."""
    if not held_out:
        return []
    runs = [dict(_said(row) for _, row in RunFolder(out / WORK / name).rows()) for name in RUNS]
    made = []
    for row in islice((row for row in held_out if all(row.id in one for one in runs)), SAMPLES):
        pair = Photos(row).pair
        (before, was), (after, now) = (one[row.id] for one in runs)
        a, b = (photo_uri(photo, SIDE) for photo in (pair.a, pair.b))
        made.append(Sample(row.id, row.label or "tie", a, b, before, after, was, now))
    return made


def _said(row: RunRow) -> tuple[str, tuple[str, str]]:
    """A row's id, what was written of it, and the choice."""
    if isinstance(row, VerdictRow):
        return row.id, (row.rationale, row.choice)
    return row.id, (f"no verdict ({row.failure}): {row.detail}\n{row.raw}", "none")
