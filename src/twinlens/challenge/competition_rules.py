"""The rules for competition.yaml: one function each, as the server's version 2 reader has them."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from PIL import Image

from twinlens.challenge.findings import Problem, rule
from twinlens.challenge.opened import Opened
from twinlens.challenge.yaml_text import TIME, utc

KEYS = {
    "": "version title description image terms pages docker_image enable_detailed_results tasks phases"
    " leaderboards registration_auto_approve queue show_detailed_results_in_submission_panel"
    " show_detailed_results_in_leaderboard make_programs_available make_input_data_available"
    " auto_run_submissions can_participants_make_submissions_public contact_email reward forum_enabled"
    " fact_sheet solutions",
    "pages": "title file",
    "tasks": "index key name description scoring_program reference_data input_data ingestion_program"
    " ingestion_only_during_scoring",
    "phases": "index name description start end tasks max_submissions_per_day max_submissions"
    " execution_time_limit starting_kit public_data auto_migrate_to_this_phase hide_output"
    " hide_prediction_output hide_score_output",
    "leaderboards": "title key submission_rule columns hidden",
}
"""The keys that the server reads, by the list they stand in."""
SWITCHES = (
    "registration_auto_approve", "enable_detailed_results", "show_detailed_results_in_submission_panel",
    "show_detailed_results_in_leaderboard", "make_programs_available", "make_input_data_available",
    "auto_run_submissions", "can_participants_make_submissions_public", "forum_enabled",
)  # fmt: skip


def mappings(bundle: Opened, name: str) -> list[tuple[str, dict[str, Any]]]:
    """The mappings of a list in competition.yaml with their key paths; what is none is left out."""
    listed = bundle.data.get(name)
    items = listed if isinstance(listed, list) else []
    return [(f"{name}[{at}]", item) for at, item in enumerate(items) if isinstance(item, dict)]


def phases(bundle: Opened) -> list[tuple[str, dict[str, Any]]]:
    """The phases in the server's order, by their index."""
    listed = mappings(bundle, "phases")
    whole = all(isinstance(phase.get("index", 0), int) for _, phase in listed)
    return sorted(listed, key=lambda one: one[1].get("index", 0)) if whole else listed


def named(bundle: Opened, path: str, value: Any, most: int) -> Iterator[Problem]:
    """A text of one to `most` characters."""
    if not isinstance(value, str) or not value.strip():
        yield bundle.problem(path, f"found {value!r:.60}; expected a text of 1 to {most} characters")
    elif len(value) > most:
        yield bundle.problem(path, f"found {len(value)} characters; expected at most {most}: shorten it")


def _listed(bundle: Opened, name: str, needed: tuple[str, ...]) -> Iterator[Problem]:
    """A list of mappings, each with some keys."""
    listed = bundle.data.get(name)
    if not isinstance(listed, list) or not listed:
        given = "nothing" if name not in bundle.data else f"{listed!r:.60}"
        yield bundle.problem(name, f"found {given}; expected a list of {name}: write one at least")
        return
    for at, item in enumerate(listed):
        path = f"{name}[{at}]"
        if not isinstance(item, dict):
            yield bundle.problem(path, f"found {item!r:.60}; expected {', '.join(needed)}")
            continue
        for key in needed:
            if item.get(key) in (None, ""):
                yield bundle.problem(f"{path}.{key}", "found nothing; expected this key: write it")


def _page(bundle: Opened, path: str, name: Any) -> Iterator[Problem]:
    """A page is there and holds something."""
    if not isinstance(name, str) or name not in bundle.names:
        yield bundle.problem(path, f"found no file {name!r:.80} in the bundle; expected a page: add it")
    elif not bundle.text(name).strip():
        yield bundle.problem(path, f"{name} is empty; expected a page with text: write it")


@rule("version", "version is 2")
def version(bundle: Opened) -> Iterator[Problem]:
    if bundle.data.get("version") not in (2, "2"):
        what = f"found {bundle.data.get('version')!r}; expected version: 2"
        yield bundle.problem(
            "version", f"{what}: else the server reads it as version 1, with a misleading error"
        )


@rule("title", "the title has 1 to 256 characters")
def title(bundle: Opened) -> Iterator[Problem]:
    yield from named(bundle, "title", bundle.data.get("title"), 256)


@rule("image", "the logo is a PNG or JPEG")
def image(bundle: Opened) -> Iterator[Problem]:
    name = bundle.data.get("image")
    if not isinstance(name, str) or name not in bundle.names:
        yield bundle.problem("image", f"found no file {name!r:.80}; expected a logo: PNG or JPEG")
        return
    try:
        with Image.open(BytesIO(bundle.read(name)), formats=("PNG", "JPEG")) as picture:
            picture.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        yield bundle.problem("image", f"{name}: no picture ({error!s:.80}); expected a PNG or JPEG")


@rule("terms", "the terms are a page with text")
def terms(bundle: Opened) -> Iterator[Problem]:
    yield from _page(bundle, "terms", bundle.data.get("terms"))


@rule("pages", "each page has a title and text")
def pages(bundle: Opened) -> Iterator[Problem]:
    yield from _listed(bundle, "pages", ("title", "file"))
    for path, page in mappings(bundle, "pages"):
        if page.get("file"):
            yield from _page(bundle, f"{path}.file", page["file"])


@rule("docker-image", "an image for the scoring program is named")
def docker_image(bundle: Opened) -> Iterator[Problem]:
    if "docker_image" not in bundle.data:
        old = "the server's own is an old Python 3.7"
        yield bundle.warning("docker_image", f"found none; set codalab/codalab-legacy:py312: {old}")
    else:
        yield from named(bundle, "docker_image", bundle.data["docker_image"], 128)


@rule("detailed-results", "detailed results are shown")
def detailed_results(bundle: Opened) -> Iterator[Problem]:
    if bundle.data.get("enable_detailed_results") is not True:
        what = "not set to true; without it nobody sees which lines failed"
        yield bundle.warning("enable_detailed_results", what)


@rule("switches", "each switch is true or false")
def switches(bundle: Opened) -> Iterator[Problem]:
    paths = [(key, bundle.data[key]) for key in SWITCHES if key in bundle.data]
    for path, phase in mappings(bundle, "phases"):
        keys = ("auto_migrate_to_this_phase", "hide_output", "hide_prediction_output", "hide_score_output")
        paths += [(f"{path}.{key}", phase[key]) for key in keys if key in phase]
    for path, value in paths:
        if not isinstance(value, bool):
            yield bundle.problem(path, f"found {value!r:.60}; expected true or false, without quotes")


@rule("known-keys", "the server reads every key")
def known_keys(bundle: Opened) -> Iterator[Problem]:
    places = [("", bundle.data)] + [one for name in KEYS if name for one in mappings(bundle, name)]
    for path, item in places:
        known = KEYS[path.partition("[")[0]].split()
        for key in item:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1, 0.8)
                hint = f"did you mean {near[0]}?" if near else "take it away"
                if key == "execution_time_limit_ms":
                    hint = "write execution_time_limit, in seconds"
                yield bundle.warning(f"{path}.{key}".lstrip("."), f"the server passes it over; {hint}")


@rule("tasks", "each task has an index of its own, a name, a description, a program and its reference")
def tasks(bundle: Opened) -> Iterator[Problem]:
    if not any("key" in task for _, task in mappings(bundle, "tasks")):
        needed = ("index", "name", "description", "scoring_program", "reference_data")
        yield from _listed(bundle, "tasks", needed)
    yield from own_index(bundle, mappings(bundle, "tasks"))


def own_index(bundle: Opened, listed: list[tuple[str, dict[str, Any]]]) -> Iterator[Problem]:
    """Each index is a whole number from 0 that no other has."""
    seen = Counter(repr(item.get("index")) for _, item in listed)
    for path, item in listed:
        index = item.get("index")
        whole = isinstance(index, int) and not isinstance(index, bool) and index >= 0
        if not whole or seen[repr(index)] > 1:
            expected = "expected a whole number from 0 of its own"
            yield bundle.problem(f"{path}.index", f"found {index!r:.60}; {expected}: number them")


@rule("solutions", "there are no solutions to unpack")
def solutions(bundle: Opened) -> Iterator[Problem]:
    if bundle.data.get("solutions"):
        what = "found some; large ones have stopped uploads: write solutions: []"
        yield bundle.warning("solutions", what)


@rule("phases", "each phase has an index of its own, a name, a description, a start and tasks")
def phase_keys(bundle: Opened) -> Iterator[Problem]:
    yield from _listed(bundle, "phases", ("index", "name", "description", "start", "tasks"))
    yield from own_index(bundle, mappings(bundle, "phases"))


@rule("phase-tasks", "each phase names tasks that there are")
def phase_tasks(bundle: Opened) -> Iterator[Problem]:
    known = [task.get("index") for _, task in mappings(bundle, "tasks")]
    for path, phase in mappings(bundle, "phases"):
        listed = phase.get("tasks")
        for index in listed if isinstance(listed, list) else [listed]:
            if index is not None and index not in known:
                expected = f"expected one of {', '.join(map(str, known))}"
                yield bundle.problem(f"{path}.tasks", f"found the task {index!r:.60}; {expected}")


@rule("phase-times", "times are quoted, in UTC")
def phase_times(bundle: Opened) -> Iterator[Problem]:
    for path, phase in mappings(bundle, "phases"):
        for key in ("start", "end"):
            value, at = phase.get(key), f"{path}.{key}"
            if value in (None, ""):
                continue
            if at in bundle.document.unquoted:
                lost = "without quotes the server takes it for a day and forgets the time"
                yield bundle.problem(at, f"found {value} without quotes; expected {TIME}: {lost}")
            elif not isinstance(value, str) or utc(value) is None:
                yield bundle.problem(at, f"found {value!r:.60}; expected {TIME}")
            elif value.strip()[-1:] in "Zz" or "+" in value or "-" in value[11:]:
                yield bundle.problem(at, f"found {value!r:.60}; its offset is dropped: write it in UTC")


@rule("phase-order", "each phase begins after the one before has ended, and ends after it began")
def phase_order(bundle: Opened) -> Iterator[Problem]:
    last = None
    for path, phase in phases(bundle):
        start, end = utc(str(phase.get("start"))), utc(str(phase.get("end")))
        if start and last and start <= last:
            what = f"found {phase['start']}; expected a time after the end of the phase before, not the same"
            yield bundle.problem(f"{path}.start", what)
        if start and end and end <= start:
            yield bundle.problem(f"{path}.end", f"found {phase['end']}; expected a time after the start")
        last = end


@rule("phase-end", "only the last phase may go on without end")
def phase_end(bundle: Opened) -> Iterator[Problem]:
    for path, phase in phases(bundle)[:-1]:
        if phase.get("end") in (None, ""):
            yield bundle.problem(f"{path}.end", "found none; expected one, for a phase follows: set it")


@rule("phase-limits", "submissions and seconds are limited by whole numbers")
def phase_limits(bundle: Opened) -> Iterator[Problem]:
    for path, phase in mappings(bundle, "phases"):
        for key in ("max_submissions_per_day", "max_submissions", "execution_time_limit"):
            value = phase.get(key)
            if value is None:
                yield bundle.warning(f"{path}.{key}", "found none; set it, so that labels cannot be probed")
            elif not isinstance(value, int) or isinstance(value, bool) or value < 1:
                yield bundle.problem(f"{path}.{key}", f"found {value!r:.60}; expected a whole number from 1")
            elif key == "execution_time_limit" and value > 86_400:
                yield bundle.warning(f"{path}.{key}", f"found {value:,}; it counts seconds: is that meant?")


@rule("auto-migrate", "no submissions migrate to the first phase")
def auto_migrate(bundle: Opened) -> Iterator[Problem]:
    for path, phase in phases(bundle)[:1]:
        if phase.get("auto_migrate_to_this_phase"):
            what = "found true in the first phase; expected false: there is none before it"
            yield bundle.problem(f"{path}.auto_migrate_to_this_phase", what)
