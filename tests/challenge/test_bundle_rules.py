"""Each rule holds for a bundle that was built, and finds what was broken on purpose."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_bundle import (
    Change,
    as_zip,
    built,
    competition,
    gone,
    put,
    read_zip,
    replaced,
    setting,
    within,
    without,
)

from twinlens.challenge import content_rules
from twinlens.challenge.bundle_check import check_bundle
from twinlens.challenge.findings import RULES, Finding
from twinlens.challenge.opened import opened, read_competition

COLUMNS = "leaderboards.0.columns"
PROGRAM, KIT, REFERENCE, PUBLIC = (
    "scoring_program.zip", "phase_1_kit.zip", "phase_1_reference.zip", "phase_1_public.zip",
)  # fmt: skip
MAIN = "scoring.py"
QUOTED = "'2027-01-01 10:00:00'"
SECRET = "Face Noise: Image A is clean and detailed, while the other one is noisy in shadows, pair two0."
TRUTH = '{"id": "two0", "answer": "A"}\n{"id": "two1", "answer": "B"}\n'
TOP = (
    "import os, sys\nif 'submission.jsonl' not in os.listdir(sys.argv[1] + '/res'):\n    sys.exit(1)\n"
    "open(sys.argv[2] + '/scores.json', 'w').write('{}')\n"
)
SCORES = "import sys\nfile = open(sys.argv[2] + '/scores.json', 'w')\nfile.write('{}')\n"


def scores(text: str) -> Change:
    """A scoring program that takes everything and writes one text as its scores."""
    return within(PROGRAM, put(MAIN, SCORES.format(text)))


def output(name: str, text: str) -> Change:
    """A scoring program that writes good scores and one more file."""
    more = SCORES.format('{"score": 1, "accuracy": 1, "rouge_l": 1}')
    return within(PROGRAM, put(MAIN, f"{more}open(sys.argv[2] + '/{name}', 'w').write({text!r})\n"))


def command(text: str) -> Change:
    return within(PROGRAM, put("metadata.yaml", f"command: {text}\n"))


GOOD_COMMAND = "python3 /app/program/scoring.py /app/input/ /app/output/"
BROKEN: list[tuple[str, Change, str]] = [
    ("version", without("version"), "found None; expected version: 2"),
    ("version", setting("version", 1), "found 1; expected version: 2"),
    ("title", without("title"), "found None; expected a text of 1 to 256 characters"),
    ("title", setting("title", "t" * 257), "found 257 characters; expected at most 256"),
    ("image", without("image"), "found no file None; expected a logo"),
    ("image", put("logo.png", "GIF89a"), "no picture"),
    ("terms", without("terms"), "found no file None in the bundle"),
    ("terms", put("pages/terms.md", " \n"), "pages/terms.md is empty"),
    ("terms", put("pages/terms.md", b"\xff\xfe"), "not UTF-8"),
    ("pages", setting("pages", []), "found []; expected a list of pages"),
    ("pages", without("pages.0.title"), "found nothing; expected this key"),
    ("pages", setting("pages.1.file", "pages/none.md"), "found no file 'pages/none.md'"),
    ("pages", put("pages/data.md", ""), "pages/data.md is empty"),
    ("docker-image", without("docker_image"), "an old Python 3.7"),
    ("docker-image", setting("docker_image", "d" * 129), "found 129 characters"),
    ("detailed-results", without("enable_detailed_results"), "not set to true"),
    ("switches", setting("auto_run_submissions", "yes"), "found 'yes'; expected true or false"),
    ("switches", setting("phases.0.hide_output", 1), "found 1; expected true or false"),
    ("known-keys", setting("accepts_only_result_submissions", True), "the server passes it over"),
    ("known-keys", setting("phases.0.max_submission", 3), "did you mean max_submissions?"),
    ("known-keys", setting("phases.0.execution_time_limit_ms", 3), "write execution_time_limit, in seconds"),
    ("tasks", without("tasks"), "found nothing; expected a list of tasks"),
    ("tasks", without("tasks.0.scoring_program"), "found nothing; expected this key"),
    ("tasks", without("tasks.0.description"), "found nothing; expected this key"),
    ("tasks", setting("tasks.1.index", 0), "found 0; expected a whole number from 0 of its own"),
    ("solutions", setting("solutions", [{"index": 0}]), "write solutions: []"),
    ("phases", setting("phases", {}), "found {}; expected a list of phases"),
    ("phases", without("phases.0.name"), "found nothing; expected this key"),
    ("phases", without("phases.1.start"), "found nothing; expected this key"),
    ("phases", setting("phases.1.index", "b"), "found 'b'; expected a whole number"),
    ("phase-tasks", setting("phases.0.tasks", [7]), "found the task 7; expected one of 0, 1"),
    ("phase-times", replaced("competition.yaml", QUOTED, QUOTED.strip("'")), "without quotes"),
    ("phase-times", setting("phases.0.start", "2027-01-01 10:00:00+02:00"), "its offset is dropped"),
    ("phase-times", setting("phases.0.end", "in June"), "found 'in June'; expected 'YYYY-MM-DD HH:MM:SS'"),
    ("phase-order", setting("phases.1.start", "2027-02-01 00:00:00"), "expected a time after the end of the"),
    ("phase-order", setting("phases.0.end", "2027-01-01 10:00:00"), "expected a time after the start"),
    ("phase-end", without("phases.0.end"), "found none; expected one, for a phase follows"),
    ("phase-limits", without("phases.0.max_submissions"), "found none; set it"),
    ("phase-limits", setting("phases.0.max_submissions_per_day", "5"), "found '5'; expected a whole number"),
    ("phase-limits", setting("phases.0.execution_time_limit", 600_000), "it counts seconds"),
    ("auto-migrate", setting("phases.0.auto_migrate_to_this_phase", True), "found true in the first phase"),
    ("leaderboards", without("leaderboards"), "found none; expected a list with one leaderboard"),
    ("leaderboards", replaced("competition.yaml", "leaderboards:", "leaderboard:"), "rename it"),
    ("leaderboards", competition(lambda data: data["leaderboards"].append({})), "only the first is used"),
    ("leaderboards", setting(COLUMNS, []), "expected a column for each score"),
    ("leaderboard-names", setting("leaderboards.0.title", "t" * 65), "expected at most 64"),
    ("leaderboard-names", setting("leaderboards.0.key", "k" * 37), "expected at most 36"),
    ("submission-rule", setting("leaderboards.0.submission_rule", "Best"), "found 'Best'; expected one of"),
    ("columns", setting(f"{COLUMNS}.0.title", "t" * 37), "found 37 characters"),
    ("columns", without(f"{COLUMNS}.0.key"), "found None"),
    ("columns", setting(f"{COLUMNS}.1.key", "score"), "found 'score' twice"),
    ("column-order", setting(f"{COLUMNS}.0.index", 3), "found no index 0"),
    ("column-order", setting(f"{COLUMNS}.1.index", 0), "of its own"),
    ("column-order", setting(f"{COLUMNS}.0.sorting", "down"), "found 'down'; expected asc or desc"),
    ("column-numbers", setting(f"{COLUMNS}.0.precision", 11), "found 11; expected 0 to 10 decimals"),
    ("column-numbers", setting(f"{COLUMNS}.0.computation", "mean"), "found 'mean'; expected one of sum, avg"),
    ("column-numbers", setting(f"{COLUMNS}.0.computation", "avg"), "found None; expected indexes of columns"),
    ("column-numbers", setting(f"{COLUMNS}.0.label", "x"), "the server passes it over"),
    ("fact-sheet", setting("fact_sheet.team.type", "number"), "expected checkbox, text or select"),
    ("fact-sheet", without("fact_sheet.team.selection"), "expected exactly is_on_leaderboard, is_required"),
    ("fact-sheet", setting("fact_sheet.team.key", "teams"), "its key is 'teams'; expected team"),
    ("fact-sheet", setting("fact_sheet.team.is_required", True), "expected 'true' or 'false', in quotes"),
    ("fact-sheet", without("fact_sheet"), "found none; ask teams"),
    ("files", setting("tasks.0.reference_data", "none.zip"), "found no file 'none.zip'"),
    ("files", setting("phases.0.starting_kit", "none.zip"), "found no file 'none.zip'"),
    ("files", put(PUBLIC, "no zip"), "cannot be unpacked safely: File is not a zip file"),
    ("files", put(KIT, as_zip({"../escaped": b"x"})), "'../escaped': a name that leads out of the folder"),
    ("files", put(KIT, as_zip({"a.md": bytes(20_000_000)})), "as a zip bomb does"),
    ("reference", within(REFERENCE, gone("settings.json")), "found no settings.json"),
    ("reference", within(REFERENCE, replaced("reference.jsonl", '"one1"', '"one0"')), "found the id 'one0'"),
    ("reference", within(REFERENCE, replaced("reference.jsonl", '"B"', '"tie"')), "found the answer 'tie'"),
    ("reference", within(REFERENCE, put("reference.jsonl", "")), "holds no item"),
    ("reference", within(REFERENCE, put("reference.jsonl", "[1]")), "reference.jsonl:1: found no JSON"),
    ("kit", without("phases.0.starting_kit"), "participants need the list"),
    ("kit", within(KIT, gone("items.jsonl")), "found no items.jsonl"),
    ("kit", within(KIT, gone("example_submission.jsonl")), "found no example_submission.jsonl"),
    ("kit", within(KIT, replaced("items.jsonl", "one2", "one3")), "the item 'one2' is not the same here"),
    ("kit", within(KIT, put("settings.json", "{}")), "differs from that of the reference"),
    ("photos", within(PUBLIC, gone("images/one0_merged_c1.png")), "found no 'images/one0_merged_c1.png'"),
    ("photos", without("phases.0.public_data"), "say on a page where photos are"),
    ("phases-apart", setting("phases.1.starting_kit", KIT), "the id 'one0' stands in phases[0] too"),
    ("phases-apart", setting("phases.1.public_data", PUBLIC), "is a photo of phases[0] too"),
    ("labels", put("pages/faq.md", f"As one expert wrote,\n{SECRET}"), "holds an expert's line"),
    ("labels", within(PUBLIC, put("notes.txt", SECRET.upper())), "holds an expert's line"),
    ("labels", within(KIT, put("labels.csv", "id,label\none0,A\none1,b\none2,A\n")), "3 of them right"),
    ("labels", put("pages/hint.md", "| one0 | A |\n| one2 | A |\n"), "2 of them right"),
    ("labels", put("extra.zip", as_zip({"truth.jsonl": TRUTH.encode()})), "2 of them right"),
    ("program-command", within(PROGRAM, gone("metadata.yaml")), "found no metadata.yaml at the top"),
    ("program-command", within(PROGRAM, put("metadata.yaml", "run: it")), "found no command"),
    ("program-command", command(f"{GOOD_COMMAND} > log"), "it is not run by a shell"),
    ("program-command", command(f"cd /app && {GOOD_COMMAND}"), "it is not run by a shell"),
    ("program-command", command("python3 scoring.sh /app/input /app/output"), "starts no file of the zip"),
    ("program-command", command("python3 /app/program/scoring.py"), "expected the folders too"),
    ("program-syntax", within(PROGRAM, put(MAIN, "if (n := 1):\n    pass\n")), "expected Python 3.7"),
    ("program-syntax", within(PROGRAM, put(MAIN, "def f(:\n")), "expected Python 3.7"),
    ("program-library", within(PROGRAM, put("more.py", "import numpy as np\n")), "imports numpy"),
    ("program-library", within(PROGRAM, put("more.py", "from urllib import request\n")), "may lack"),
    ("program-scores", within(PROGRAM, put(MAIN, "raise SystemExit('oh no')")), "it ends with 1 (oh no)"),
    ("program-scores", within(PROGRAM, put(MAIN, "")), "it writes no scores.json"),
    ("program-scores", scores('{"score": NaN}'), "the score score is nan; expected a finite number"),
    ("program-scores", scores('{"score": "1"}'), "the score score is '1'"),
    ("program-scores", scores("[1]"), "holds no JSON object"),
    ("program-scores", scores('{"score": 1e10}'), "the score score is 10000000000.0"),
    ("program-finds", within(PROGRAM, put(MAIN, TOP)), "look for the file in all folders"),
    ("program-columns", scores('{"score": 1, "accuracy": 1}'), "writes no rouge_l; its column shows n/a"),
    ("program-columns", scores('{"score": 1, "accuracy": 1, "rouge_l": 1, "f1": 1}'), "writes f1, for which"),
    ("program-fails", scores('{"score": 0}'), "takes a submission that is none"),
    ("program-output", output("scores.txt", "score: 1"), "writes scores.txt"),
    ("program-output", output("metadata", "x"), "writes metadata"),
    ("program-output", output("detailed_results.html", "<img src='https://x.org/a.png'>"), "fetches a file"),
    ("program-output", output("page.html", "<p>x"), "the server wants detailed_results.html"),
    ("program-output", output("note", "x"), "writes no detailed_results.html, which is enabled"),
]  # fmt: skip


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("bundle"))


def changed(bundle: Path, target: Path, change: Change) -> Path:
    files = read_zip(bundle)
    change(files)
    target.write_bytes(as_zip(files))
    return target


def findings(bundle: Path, rule: str) -> list[Finding]:
    """What one rule says of a bundle."""
    with opened(bundle) as made:
        made.document = read_competition(made)
        return next(one for one in RULES if one.name == rule).findings(made)


def test_all_rules_hold_for_a_bundle_that_was_built(bundle: Path) -> None:
    assert [one for one in check_bundle(bundle) if one.status != "ok"] == []


@pytest.mark.parametrize(("rule", "change", "what"), BROKEN, ids=[one[0] for one in BROKEN])
def test_a_rule_finds_what_is_broken(
    bundle: Path, tmp_path: Path, rule: str, change: Change, what: str
) -> None:
    made = findings(changed(bundle, tmp_path / "broken.zip", change), rule)
    assert {one.status for one in made} <= {"error", "warning"}
    assert any(what in one.what for one in made), made


def test_every_rule_is_broken_on_purpose() -> None:
    others = {"size", "program-secrets"}  # below
    assert {one.name for one in RULES} == {rule for rule, _, _ in BROKEN} | others


def test_a_bundle_too_large_to_upload_is_warned_of(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_rules, "LARGE", 1000)
    (one,) = findings(bundle, "size")
    assert (one.status, "uploads of that size hang" in one.what) == ("warning", True)


def test_a_page_that_marks_right_answers_gives_labels_away(bundle: Path, tmp_path: Path) -> None:
    marked = within(PROGRAM, replaced("evaluation.py", "given.line, given.answer,",
                                      "given.line, given.answer + item.answer,"))  # fmt: skip
    (one,) = findings(changed(bundle, tmp_path / "marked.zip", marked), "program-secrets")
    assert (one.status, "a wrong one gives the label away" in one.what) == ("error", True)


def test_text_without_end_is_not_read(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twinlens.challenge.opened.MOST_TEXTS", 50_000)
    much = within(PUBLIC, lambda files: files.update({f"{at}.md": b"x" * 10_000 for at in range(6)}))
    (one,) = findings(changed(bundle, tmp_path / "much.zip", much), "labels")
    assert (one.status, "found more than 50,000 bytes of text" in one.what) == ("error", True)


@pytest.mark.parametrize(
    "rule", ["reference", "kit", "photos", "labels", "program-scores", "program-secrets"]
)
def test_a_rule_with_nothing_to_look_at_says_so(bundle: Path, tmp_path: Path, rule: str) -> None:
    (one,) = findings(changed(bundle, tmp_path / "empty.zip", setting("phases", [])), rule)
    assert (one.status, one.what) == ("skipped", "not looked at: there is no phase with a task")


def key_paths(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values within some data."""
    keys = data.keys() if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        yield (*above, key)
        yield from key_paths(data[key], (*above, key))


def test_no_value_of_another_kind_stops_a_rule(bundle: Path) -> None:
    rules = [one for one in RULES if one.name != "labels" and not one.name.startswith("program")]
    with opened(bundle) as made:
        whole = read_competition(made)
        for path in key_paths(whole.data):
            for value in (None, [], {"a": [1]}, -1, "x"):
                data = copy.deepcopy(whole.data)
                place = data
                for key in path[:-1]:
                    place = place[key]
                place[path[-1]] = value
                made.document = dataclasses.replace(whole, data=data)
                for one in rules:
                    one.findings(made)
