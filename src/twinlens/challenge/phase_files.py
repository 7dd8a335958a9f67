"""The files of each phase in a bundle: program, reference, kit and photos, zips opened once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twinlens.challenge.competition_rules import mappings, phases
from twinlens.challenge.findings import NotLookedAt
from twinlens.challenge.opened import Opened
from twinlens.core.errors import BadInput

EXAMPLE = "example_submission.jsonl"


@dataclass(frozen=True)
class PhaseFiles:
    """A phase by its key path, with its zips; None of a zip that is not there or is unsafe."""

    path: str
    program: Opened | None
    reference: Opened | None
    kit: Opened | None
    public: Opened | None


def phase_files(bundle: Opened) -> list[PhaseFiles]:
    """The files of every task of every phase; NotLookedAt where there is none."""
    by_index = {repr(task.get("index")): task for _, task in mappings(bundle, "tasks")}
    made = []
    for path, phase in phases(bundle):
        listed = phase.get("tasks")
        for index in listed if isinstance(listed, list) else []:
            task = by_index.get(repr(index), {})
            named = (task.get("scoring_program"), task.get("reference_data"))
            zips = [
                _zip(bundle, name) for name in (*named, phase.get("starting_kit"), phase.get("public_data"))
            ]
            made.append(PhaseFiles(path, *zips))
    if not made:
        raise NotLookedAt("there is no phase with a task")
    return made


def named_zips(bundle: Opened) -> Iterator[tuple[str, Any]]:
    """The zips that competition.yaml names, by key path."""
    for name, keys in (
        ("tasks", ("scoring_program", "reference_data", "input_data", "ingestion_program")),
        ("phases", ("starting_kit", "public_data")),
    ):
        for path, item in mappings(bundle, name):
            yield from ((f"{path}.{key}", item[key]) for key in keys if item.get(key) not in (None, ""))


def objects(opened: Opened, name: str) -> list[dict[str, Any]]:
    """The JSON objects of a file, one a line; BadInput names the line that is none."""
    made = []
    for line, content in enumerate(opened.text(name).split("\n"), 1):
        if content.strip():
            try:
                item = json.loads(content)
            except (ValueError, RecursionError):
                item = None
            if not isinstance(item, dict):
                raise BadInput(f"{opened.file}/{name}:{line}: found no JSON object; expected one a line")
            made.append(item)
    return made


def _zip(bundle: Opened, name: Any) -> Opened | None:
    return bundle.zip(name) if isinstance(name, str) else None
