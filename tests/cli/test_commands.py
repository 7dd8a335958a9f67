"""The commands as people and programs use them: output, errors in one line, exit codes.

What judges and reads is faked at one seam, the modules the commands import when they run.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import typer
from jsonschema import Draft202012Validator
from PIL import Image

import twinlens
from twinlens import cli
from twinlens.core import contracts
from twinlens.core.catalog import DEFAULT_JUDGE
from twinlens.core.errors import BadPhoto, BadSpec
from twinlens.core.types import Claim, Evidence, Failure, Pair, Photo, Reading, Verdict

SHARP = Evidence("sharpness", "face", "sharpness", 61.0, 38.5, "%", "higher", "a", 6.2)
CLAIM = Claim("The eyes of A hold more detail.", "eyes", "sharpness", "a", None, "supported", (SHARP,))


@dataclasses.dataclass
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process."""

    def ran(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return ran


def fake(monkeypatch: pytest.MonkeyPatch, name: str, **contents: Any) -> None:
    module = ModuleType(name)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)


def verdict(pair: Pair | None = None) -> Verdict:
    a, b = (Photo(name, "", np.zeros((6, 9, 3), np.uint8)) for name in ("a.jpg", "b.jpg"))
    return Verdict(pair or Pair("p", a, b), "measured", "a", 0.87, (CLAIM,), "<answer>A</answer>")


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every comparison gives one verdict; the list holds what was asked."""
    asked: list[Any] = []

    def compare(
        a: str,
        b: str,
        judge: str = "measured",
        *,
        allow_tie: bool = False,
        limits: Any = None,
        **_: Any,
    ) -> Verdict:
        asked.append((a, b, judge, allow_tie, limits))
        return verdict()

    def compare_pair(pair: Pair, judge: str = "measured", *, allow_tie: bool = False, **_: Any) -> Verdict:
        asked.append((pair, judge, allow_tie))
        return verdict(pair)

    fake(monkeypatch, "twinlens.runs.compare", compare=compare, compare_pair=compare_pair)
    return asked


def failing(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> None:
    def compare(*_: Any, **__: Any) -> Any:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    fake(monkeypatch, "twinlens.runs.compare", compare=compare, compare_pair=compare)


def one_line(ran: Ran, code: int = 2) -> str:
    assert ran.code == code
    assert ran.err.count("\n") == 1
    return ran.err


def valid(line: str, name: Any) -> dict[str, Any]:
    Draft202012Validator(contracts.schema(name)).validate(json.loads(line))
    return json.loads(line)


def test_a_comparison_is_shown_in_words(run: Run, judged: list[Any]) -> None:
    ran = run("compare", "a.jpg", "b.jpg")
    assert (ran.code, ran.err) == (0, "")
    assert "Photo A is better" in ran.out
    assert judged == [("a.jpg", "b.jpg", DEFAULT_JUDGE, False, None)]


def test_a_comparison_is_one_json_object_for_programs(run: Run, judged: list[Any]) -> None:
    ran = run("compare", "a.jpg", "b.jpg", "--json", "--allow-tie", "--judge", "fixed", "--max-pixels", "99")
    assert valid(ran.out, "verdict")["choice"] == "a"
    assert judged[0][2:4] == ("fixed", True)
    assert judged[0][4].pixels == 99


def test_a_report_is_written_beside_the_verdict(run: Run, judged: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    ran = run("compare", "a.jpg", "b.jpg", "--report", str(file))
    assert str(file) in ran.out.replace("\n", "")
    assert file.read_text("utf-8").startswith("<!DOCTYPE html>")
    lost = run("compare", "a.jpg", "b.jpg", "--report", str(tmp_path / "no" / "report.html"))
    assert "no such folder" in one_line(lost)


def test_a_composite_is_taken_apart(run: Run, judged: list[Any], tmp_path: Path) -> None:
    Image.new("RGB", (8, 4)).save(tmp_path / "both.png")
    assert run("compare", str(tmp_path / "both.png"), "--side-by-side").code == 0
    assert judged[0][0].a.width == 4
    assert "expected one picture" in one_line(run("compare", "a", "b", "--side-by-side"))
    assert "--side-by-side" in one_line(run("compare", "a"))


def test_a_bad_photo_is_one_line_and_the_code_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for outcome in (
        BadPhoto("x.txt", "text", "a photo"),
        Failure("bad-photo", "'x.txt': text; expected a photo"),
    ):
        failing(monkeypatch, outcome)
        assert one_line(run("compare", "x.txt", "b")) == "twinlens: 'x.txt': text; expected a photo\n"
        assert valid(run("compare", "x.txt", "b", "--json").out, "failure")["kind"] == "bad-photo"


def test_a_failure_of_the_judge_is_the_code_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, Failure("unreadable", "no answer in the text", "hm\x1b[2J"))
    ran = run("compare", "a", "b", "--json")
    assert valid(ran.out, "failure")["raw"] == "hm\x1b[2J"
    assert one_line(ran, 1) == "twinlens: no verdict (unreadable): no answer in the text\n"


def test_a_probability_that_is_none_is_a_broken_judge(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, dataclasses.replace(verdict(), p_a=float("nan")))
    assert "broken" in one_line(run("compare", "a", "b"), 1)


def test_a_wrong_judge_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, BadSpec("no judge is called 'x'\nbut \x1b[1my\x1b[0m"))
    assert "\x1b" not in one_line(run("compare", "a", "b", "--judge", "x"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare"], "missing argument 'A'"),
        (["compar", "a"], "Did you mean 'compare'"),
        (["compare", "a", "b", "--jsn"], "--json"),
        (["compare", "a", "b", "c"], "unexpected extra argument"),
        (["compare", "a", "b", "--max-pixels", "many"], "--max-pixels"),
        (["compare", "a", "b", "--max-pixels", "0"], "--max-pixels"),
        (["compare", "a", "b", "--judge"], "--judge"),
        (["compare", "a", "b", "--\x1b[2J"], "option"),
        (["read"], "missing argument"),
        (["read", "x", "a.jpg"], "expected both or none"),
    ],
)
def test_wrong_use_is_one_line_that_names_what_was_found(
    run: Run, arguments: list[str], message: str
) -> None:
    line = one_line(run(*arguments))
    assert message in line
    assert "\x1b" not in line


def test_an_interrupt_ends_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    ran = run("compare", "a", "b")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


@pytest.fixture
def readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that begins with A or B is read as that answer, any other is not."""
    import twinlens.interop.answer_files  # noqa: F401  needs the real reader where it is first imported

    def read(text: str) -> Reading | Failure:
        if text[:1] in ("A", "B"):
            return Reading("a" if text[0] == "A" else "b", (dataclasses.replace(CLAIM, text=text),))
        return Failure("unreadable", "no answer in the text")

    fake(monkeypatch, "twinlens.language.parse", read=read)


def lines(tmp_path: Path, *rows: Any) -> str:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(file)


@pytest.mark.usefixtures("readable")
def test_a_rationale_is_read_for_people_and_for_programs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("\ufeffA is sharper.", "utf-8")
    message = run("read", str(tmp_path / "r.txt")).out
    assert "The answer is A." in message
    assert "pixels" not in message
    made = valid(run("read", str(tmp_path / "r.txt"), "--json").out, "reading")
    assert (made["answer"], made["claims"][0]["text"]) == ("A", "A is sharper.")


@pytest.mark.usefixtures("readable")
def test_standard_input_is_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"B is better.")))
    assert "The answer is B." in run("read", "-").out


@pytest.mark.usefixtures("readable")
def test_each_line_gives_a_line_and_one_that_says_nothing_is_counted(run: Run, tmp_path: Path) -> None:
    file = lines(
        tmp_path, {"id": "x", "text": "A wins"}, "\n", {"id": 7, "text": "…"}, {"id": "z", "text": "B"}
    )
    ran = run("read", file, "--jsonl")
    first, second, third = ran.out.splitlines()
    assert [valid(first, "reading")["id"], valid(third, "reading")["id"]] == ["x", "z"]
    failure = valid(second, "failure")
    assert (failure["pair"]["id"], failure["raw"]) == ("7", "…")
    assert one_line(ran, 1).startswith("twinlens: 7: nothing was read (unreadable)")


@pytest.mark.usefixtures("readable")
def test_with_the_photos_the_claims_are_grounded(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    fake(monkeypatch, "twinlens.judgement.evidence", measure=lambda pair: SimpleNamespace(evidence=(SHARP,)))
    ground = lambda claims, evidence: tuple(  # noqa: E731
        dataclasses.replace(c, grounding="contradicted", evidence=evidence) for c in claims
    )
    fake(monkeypatch, "twinlens.judgement.grounding", ground=ground)
    file = lines(tmp_path, {"id": "x", "text": "B is sharper."})
    ran = run("read", file, str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--jsonl")
    assert valid(ran.out, "reading")["claims"][0]["grounding"] == "contradicted"


@pytest.mark.usefixtures("readable")
@pytest.mark.parametrize(
    ("row", "id", "message"),
    [
        ("{\n", "", "found no JSON"),
        ("[1]\n", "", "found list"),
        ('{"id": "x"}\n', "x", "found no text"),
        ('{"text": "A"}\n', "", "found no id"),
        ('{"id": null, "text": "A"}\n', "", "another type"),
        ('{"id": 1, "text": 2}\n', "1", "another type"),
        ("[" * 100_000 + "\n", "", "found no JSON"),
        ("\ud800\n", "", "found no JSON"),
    ],
)
def test_a_wrong_line_is_a_failure_with_its_file_and_number_and_the_others_are_read(
    run: Run, tmp_path: Path, row: str, id: str, message: str
) -> None:
    file = lines(tmp_path, {"id": "x", "text": "A"}, row.replace("\ud800", "?"), {"id": "y", "text": "B"})
    ran = run("read", file, "--jsonl")
    first, second, third = ran.out.splitlines()
    failure = valid(second, "failure")
    assert (failure["kind"], failure["line"], failure["pair"]["id"]) == ("unreadable", 2, id)
    assert failure["detail"].startswith(f"{file}:2: ")
    assert message in failure["detail"]
    assert [valid(first, "reading")["id"], valid(third, "reading")["id"]] == ["x", "y"]
    assert failure["detail"][:100] in one_line(ran, 1)


@pytest.mark.usefixtures("readable")
def test_a_line_that_is_not_utf8_is_a_failure(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b'{"id": "x", "text": "A"}\n{"id": "caf\xe9"}\n')
    ran = run("read", str(tmp_path / "rows.jsonl"), "--jsonl")
    assert "byte 11 is not UTF-8" in valid(ran.out.splitlines()[1], "failure")["detail"]
    assert ran.code == 1


def test_texts_are_checked_against_the_photos_of_the_pairs_with_their_ids(
    run: Run, tmp_path: Path, pictures: list[tuple[Path, Path]]
) -> None:
    table = tmp_path / "pairs.csv"
    rows = (f"{id},{a},{b}\n" for id, (a, b) in zip("xy", pictures, strict=False))
    table.write_text("id,a,b\n" + "".join(rows), "utf-8")
    text = "Sharpness: Image {} is sharper."
    said = [{"id": id, "text": text.format(side)} for id, side in ("xA", "xB", "zA")]
    ran = run("read", lines(tmp_path, *said), "--jsonl", "--pairs", str(table))
    right, wrong, unknown = ran.out.splitlines()
    grounding = [valid(one, "reading")["claims"][0]["grounding"] for one in (right, wrong)]
    assert grounding == ["supported", "contradicted"]
    failure = valid(unknown, "failure")
    assert (failure["pair"]["id"], failure["line"], failure["raw"]) == ("z", 3, text.format("A"))
    assert "found no pair with the id 'z'" in one_line(ran, 1)


def test_pairs_want_lines_with_ids(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("A", "utf-8")
    assert "--pairs: " in one_line(run("read", str(tmp_path / "r.txt"), "--pairs", "pairs.csv"))


def test_a_text_is_read_with_words_of_ones_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        "answers = ['PICK=(?P<side>\\w+)']\n[aspects]\nnoise = 'snow'", "utf-8"
    )
    (tmp_path / "r.txt").write_text("PICK=B", "utf-8")
    file, own = str(tmp_path / "r.txt"), str(tmp_path / "own.toml")
    assert "The answer is B." in run("read", file, "--lexicon", own).out
    assert run("read", file).code == 1
    assert "gone.toml" in one_line(run("read", file, "--lexicon", str(tmp_path / "gone.toml")))


def test_text_that_is_not_utf8_or_not_there_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_bytes(b"caf\xe9")
    assert "byte 3 is not UTF-8" in one_line(run("read", str(tmp_path / "r.txt")))
    assert "cannot be read" in one_line(run("read", str(tmp_path / "gone.txt")))
    assert "cannot be read" in one_line(run("read", str(tmp_path)))


def test_metrics_are_listed_for_people_and_for_programs(run: Run) -> None:
    assert "chroma_noise" in run("metrics").out
    rows = [json.loads(line) for line in run("metrics", "--json").out.splitlines()]
    assert {"name", "says", "aspect", "unit", "low", "high", "better", "jnd", "relative", "source"} == set(
        rows[0]
    )


def test_judges_are_listed(run: Run) -> None:
    assert run("judges").code == 0
    assert run("judges", "--json").code == 0


def test_one_judge_or_metric_is_shown_in_full(run: Run) -> None:
    halo = run("metrics", "halo").out
    for part in (
        "Over-sharpening",
        "0 to 200 %; lower is better",
        "from 10 % on",
        "shows halos",
        "Marziliano",
    ):
        assert part in " ".join(halo.split())
    assert json.loads(run("metrics", "halo", "--json").out)["name"] == "halo"
    assert re.search(r"retries +5", run("judges", "chat").out)
    assert json.loads(run("judges", "chat", "--json").out)["options"]["retries"] == "5"
    assert "did you mean 'halo'" in one_line(run("metrics", "haloo"))
    assert "did you mean 'chat'" in one_line(run("judges", "chatt"))


def test_the_demo_wants_a_folder_to_write_into(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "expected a folder" in one_line(run("demo", "--out", str(tmp_path / "file")))


@pytest.mark.parametrize("command", [[], ["--help"], ["compare", "--help"], ["read", "-h"], ["--version"]])
def test_help_loads_no_imaging_library(command: list[str]) -> None:
    code = (
        f"import sys; from twinlens import cli\ntry:\n    cli.main({command})\nexcept SystemExit as end:\n"
        "    heavy = {'cv2', 'skimage', 'PIL', 'numpy', 'torch'} & set(sys.modules)\n"
        "    sys.exit(end.code or (f'loaded {heavy}' if heavy else 0))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "twinlens" in ran.stdout


@pytest.mark.parametrize("command", [["--help"], ["metrics"], ["judges"]])
def test_nothing_is_cut_off_at_80_columns(command: list[str]) -> None:
    environment = {**os.environ, "COLUMNS": "80"}
    call = [sys.executable, "-m", "twinlens.cli", *command]
    ran = subprocess.run(call, capture_output=True, check=True, env=environment)
    text = ran.stdout.decode("utf-8")
    assert not re.search(r"\w\.\.\.", text)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


def test_a_reader_that_stops_reading_is_no_error() -> None:
    script = f"{sys.executable} -m twinlens.cli metrics --json | head -n 1"
    ran = subprocess.run(script, shell=True, capture_output=True, text=True, check=False, env={**os.environ})
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["name"]


def test_a_terminal_that_speaks_ascii_gets_an_answer() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "twinlens.cli", "metrics"], capture_output=True, check=False, env=environment
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.isascii()


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_bracket_is_broken_in_any_help(run: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    whole: Any = typer.main.get_command(cli.app)
    paths = [[name, sub] for name, one in whole.commands.items() for sub in getattr(one, "commands", [""])]
    for path in paths:
        text = run(*filter(None, path), "--help").out
        assert text.isascii() or "\xa0" not in text
        assert [line for line in text.splitlines() if line.count("[") != line.count("]")] == []


def test_every_command_and_option_says_what_it_is() -> None:
    group = typer.main.get_command(cli.app)
    for command in group.commands.values():  # type: ignore[attr-defined]
        assert command.help, command.name
        assert [option.name for option in command.params if not getattr(option, "help", None)] == []


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("compare a b --judge me", ["measured"]), ("ru", ["run"]), ("run p --o", ["--orders", "--out"])],
)
def test_a_shell_completes_commands_options_and_judges(typed: str, completed: list[str]) -> None:
    words = ["twinlens", *typed.split()]
    asks = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    command = [sys.executable, "-c", "from twinlens.cli import main; main()"]
    ran = subprocess.run(
        command,
        env={**os.environ, **asks, "_TWINLENS_COMPLETE": "complete_bash"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(ran.stdout.split()) == completed


def test_the_version_is_said_in_two_ways(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("-V", "--version"):
        with pytest.raises(SystemExit):
            cli.main([option])
    one, other = capsys.readouterr().out.splitlines()
    assert one == other == f"twinlens {twinlens.__version__}"


def test_the_doctor_says_what_is_installed_and_what_leaves_the_machine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key-of-anybody")
    judge = 'chat(model="m", base_url="https://models.example.org/v1")'
    for arguments in (["doctor", "--json"], ["doctor", "--json", "--judge", judge], ["doctor"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 0
    said = capsys.readouterr().out
    plain, served = map(json.loads, said.splitlines()[:2])
    assert plain["twinlens"]["version"].startswith(twinlens.__version__)
    assert plain["leaves this machine"] == {DEFAULT_JUDGE: "nothing: photos stay here"}
    assert "models.example.org" in served["leaves this machine"][judge]
    assert served["here"]["OPENAI_API_KEY"] == "set"
    assert "sk-not-a-key" not in said
    for extra, says in plain["extras"].items():
        assert re.match(rf"pip install 'twinlens\[{extra}\]'|[\w.-]+ \d", says)
