"""`twinlens challenge build`: a Codabench bundle, version 2, from challenge.yaml and its pairs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from twinlens.challenge.archive import pack, under
from twinlens.challenge.config import Challenge, Phase, Question, read_challenge
from twinlens.challenge.items import Item, items_of, write_photos
from twinlens.challenge.kit_items import ITEMS
from twinlens.challenge.logo import logo
from twinlens.challenge.opened import COMPETITION
from twinlens.challenge.pages import PAGES, example_line, kit_page, pages
from twinlens.challenge.phase_files import EXAMPLE
from twinlens.challenge.program.reference import METRIC_NAMES, REFERENCE, SETTINGS, SETTINGS_SCHEMA
from twinlens.challenge.sandbox import PROGRAM
from twinlens.challenge.trial import COMMAND
from twinlens.challenge.yaml_text import written
from twinlens.core.errors import BadInput
from twinlens.core.outputs import ZIP, check_file, check_folder
from twinlens.readers import Row

BUILD = "build"
"""The folder in a challenge's own into which all is built; it is made anew each time."""
PRECISION = 4


def build(folder: Path, bundle: Path) -> dict[str, int]:
    """Build the bundle of a challenge; the number of items of each phase, by name.

    BadInput says what is wrong in challenge.yaml, in pairs, labels or photos.
    """
    challenge = read_challenge(folder)
    check_file(bundle, "--out", ZIP)
    items = [items_of(challenge, phase, folder) for phase in challenge.phases]
    target = folder / BUILD
    try:
        _cleared(target)
        for at, of_phase in enumerate(items):
            _write_phase(challenge, items, at, target / f"phase_{at + 1}")
            write_photos(of_phase, target / f"phase_{at + 1}" / "public")
        pack(bundle, _contents(challenge, folder, items, target))
    except OSError as error:
        raise BadInput(f"{error.filename!r}: {error.strerror}; expected to write there") from error
    return {phase.name: len(of_phase) for phase, of_phase in zip(challenge.phases, items, strict=True)}


def _cleared(target: Path) -> None:
    """An empty folder in place of what an earlier build left there."""
    check_folder(target, "the build", COMPETITION)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()


def _write_phase(challenge: Challenge, items: Sequence[Sequence[Item]], at: int, target: Path) -> None:
    """The reference and the starting kit of a phase, as folders."""
    public = [{"id": item.id, "images": item.images} for item in items[at]]
    secret = [
        {**line, "answer": item.answer, "rationale": item.rationale, **_origin(item.row)}
        for line, item in zip(public, items[at], strict=True)
    ]
    settings = json.dumps(_settings(challenge), indent=2, ensure_ascii=False) + "\n"
    examples = "".join(example_line(item.images) + "\n" for item in items[at])
    files = {
        f"reference/{REFERENCE}": _lines(secret),
        f"reference/{SETTINGS}": settings,
        f"kit/{ITEMS}": _lines(public),
        f"kit/{SETTINGS}": settings,
        f"kit/{EXAMPLE}": examples,
        "kit/README.md": kit_page(challenge, items, at),
    }
    for name, text in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, "utf-8", newline="\n")


def _origin(row: Row) -> dict[str, str]:
    """The kind of a pair, and its scene where several pairs may share one."""
    return {"kind": row.kind} | ({"scene": row.scene} if row.scene != row.id else {})


def _lines(records: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _settings(challenge: Challenge) -> dict[str, Any]:
    """What the scoring program needs to know; `twinlens.challenge-settings/1`."""
    limits = challenge.limits
    return {
        "schema": SETTINGS_SCHEMA,
        "title": challenge.title,
        "metrics": [{"key": metric.key, "weight": metric.weight} for metric in challenge.metrics],
        "answers": ["A", "B"],
        "limits": {"bytes": limits.bytes, "lines": limits.lines, "characters": limits.characters},
    }


def _contents(
    challenge: Challenge, folder: Path, items: Sequence[Sequence[Item]], target: Path
) -> dict[str, Path | bytes]:
    """The files of the bundle, each also in the folder of what was built."""
    image = f"logo{Path(challenge.logo).suffix.lower()}" if challenge.logo else "logo.png"
    (target / image).write_bytes((folder / challenge.logo).read_bytes() if challenge.logo else logo())
    (target / "pages").mkdir()
    for name, text in pages(challenge, items).items():
        (target / "pages" / f"{name}.md").write_text(text, "utf-8", newline="\n")
    pack(target / "scoring_program.zip", {**_program(), "metadata.yaml": f"command: {COMMAND}\n".encode()})
    for at in range(len(items)):
        for part in ("reference", "kit", "public"):
            pack(target / f"phase_{at + 1}_{part}.zip", under(target / f"phase_{at + 1}" / part))
    text = yaml.safe_dump(competition(challenge, image), sort_keys=False, allow_unicode=True, width=100)
    (target / COMPETITION).write_text(text, "utf-8", newline="\n")
    phases = tuple(f"phase_{at + 1}/" for at in range(len(items)))
    return {name: file for name, file in under(target).items() if not name.startswith(phases)}


def _program() -> dict[str, Path | bytes]:
    return {name: file for name, file in under(PROGRAM).items() if name.endswith(".py")}


def competition(challenge: Challenge, image: str) -> dict[str, Any]:
    """The content of competition.yaml."""
    return {
        "version": 2,
        "title": challenge.title,
        "description": challenge.description.strip(),
        "image": image,
        "terms": "pages/terms.md",
        "contact_email": challenge.contact,
        "docker_image": challenge.docker_image,
        "registration_auto_approve": True,
        "enable_detailed_results": True,
        "show_detailed_results_in_submission_panel": True,
        "show_detailed_results_in_leaderboard": False,
        "make_programs_available": False,
        "make_input_data_available": False,
        "auto_run_submissions": True,
        "can_participants_make_submissions_public": False,
        "forum_enabled": True,
        "fact_sheet": {one.key: _question(one) for one in challenge.fact_sheet},
        "pages": [{"title": title, "file": f"pages/{name}.md"} for name, title in PAGES.items()],
        "tasks": [_task(at, phase) for at, phase in enumerate(challenge.phases)],
        "solutions": [],
        "phases": [_phase(at, phase) for at, phase in enumerate(challenge.phases)],
        "leaderboards": [
            {
                "title": challenge.leaderboard.title,
                "key": "results",
                "submission_rule": challenge.leaderboard.rule,
                "columns": _columns(challenge),
            }
        ],
    }


def _question(question: Question) -> dict[str, Any]:
    selections = {"text": "", "checkbox": [True, False], "select": ["", *question.selection]}
    return {
        "key": question.key,
        "type": question.type,
        "title": question.title,
        "selection": selections[question.type],
        "is_required": str(question.required).lower(),
        "is_on_leaderboard": str(question.on_leaderboard).lower(),
    }


def _task(at: int, phase: Phase) -> dict[str, Any]:
    return {
        "index": at,
        "name": phase.name,
        "description": phase.description or phase.name,
        "scoring_program": "scoring_program.zip",
        "reference_data": f"phase_{at + 1}_reference.zip",
    }


def _phase(at: int, phase: Phase) -> dict[str, Any]:
    made = {
        "index": at,
        "name": phase.name,
        "description": phase.description or phase.name,
        "start": written(phase.begins),
        "end": written(phase.ends) if phase.ends else None,
        "tasks": [at],
        "max_submissions_per_day": phase.max_submissions_per_day,
        "max_submissions": phase.max_submissions,
        "execution_time_limit": phase.execution_time_limit,
        "starting_kit": f"phase_{at + 1}_kit.zip",
        "public_data": f"phase_{at + 1}_public.zip",
    }
    return {key: value for key, value in made.items() if value is not None}


def _title(key: str) -> str:
    return METRIC_NAMES[key][:1].upper() + METRIC_NAMES[key][1:]


def _columns(challenge: Challenge) -> list[dict[str, Any]]:
    keys = ("score", *(metric.key for metric in challenge.metrics))
    return [
        {"title": _title(key), "key": key, "index": at, "sorting": "desc", "precision": PRECISION}
        for at, key in enumerate(keys)
    ]
