"""Standings: who is where, how certain that is, what no team could stop, and only text in the files."""

from __future__ import annotations

import csv
import json
import os
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_challenge import ITEMS, PHASES, build, hand_in, submission, team, zipped

from twinlens.challenge.blind import BLIND, RIGHT, WRONG
from twinlens.challenge.program.evaluation import evaluate
from twinlens.challenge.program.reference import Reference
from twinlens.challenge.standings import Line, Standings
from twinlens.challenge.standings_figures import Axis
from twinlens.challenge.standings_files import rank_entries, write
from twinlens.challenge.standings_section import headline, warnings
from twinlens.cli import run
from twinlens.core import contracts
from twinlens.core.errors import BadInput
from twinlens.core.score_records import ScoredRun, ScoreRecord, ScoresRecord

HOSTILE = (
    "<script>alert(1)<&script>",
    '=HYPERLINK("x","y")',
    "a | b * _c_ `d` [e](f)",
    "\\input{x} $y$ 50 % & #",
)


@contextmanager
def silent(_: int) -> Iterator[None]:
    yield None


def ranked(challenge: Path, submissions: Path) -> Standings:
    return rank_entries(challenge, submissions, silent)[0]


def line(made: Standings, name: str) -> Line:
    return next(one for one in (*made.teams, *made.controls) if one.team.name == name)


@pytest.fixture(scope="module")
def challenge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A challenge, and in it the folder `teams` with good, weak, copied, late and broken submissions."""
    folder = build(tmp_path_factory.mktemp("challenge"))
    submissions = folder / "teams"
    team(submissions, "best", 0, 1, sheet="method: We looked.\nnumbers: [1, true]\n")
    team(submissions, "second", 3, 2)
    team(submissions, "weak", 14, 3)
    copied = [submission(phase, 3, 2).replace("Global Noise", "Global Grain") for phase in range(2)]
    hand_in(submissions, "copy", *copied)
    hand_in(submissions, "late", submission(0, 1, 9))
    hand_in(submissions, "broken", "no JSON\n", submission(1, 5, 6))
    return folder


@pytest.fixture(scope="module")
def made(challenge: Path) -> Standings:
    return ranked(challenge, challenge / "teams")


def test_the_final_score_is_the_mean_of_what_the_scoring_program_gives_in_each_phase(
    challenge: Path, made: Standings, tmp_path: Path
) -> None:
    scores = []
    for phase in range(2):
        (tmp_path / f"{phase}.jsonl").write_text(submission(phase, 3, 2), "utf-8")
        reference = Reference.read(challenge / "build" / f"phase_{phase + 1}" / "reference")
        scores.append(evaluate(reference, tmp_path / f"{phase}.jsonl").scores["score"])
    second = line(made, "second")
    assert second.phases == pytest.approx(scores)
    assert second.final is not None
    assert second.final.value == pytest.approx(sum(scores) / 2)
    assert second.metrics["accuracy"] == pytest.approx(1 - 3 / ITEMS)


def test_teams_stand_in_order_with_intervals_groups_and_ranks(made: Standings) -> None:
    assert made.ranked[0].team.name == "best"
    assert made.ranked[-1].team.name == "weak"
    assert line(made, "weak").group > line(made, "best").group
    for one in made.ranked:
        assert one.final is not None
        assert one.final.low is not None
        assert one.final.high is not None
        assert one.final.low <= one.final.value <= one.final.high
        assert one.ranks[0] <= one.rank <= one.ranks[1]


def test_a_team_without_a_score_in_each_phase_has_no_rank_and_a_reason(made: Standings) -> None:
    assert {one.team.name for one in made.unranked} == {"late", "broken"}
    assert line(made, "late").why == "not ranked: no submission that can be scored in final"
    assert line(made, "late").phases[0] is not None
    assert (
        line(made, "broken").team.notes[0].startswith("development: not scored: found no line about an item")
    )


def test_controls_that_never_look_are_rows_of_their_own(made: Standings) -> None:
    assert [one.team.name for one in made.controls] == [BLIND, RIGHT, WRONG]
    assert line(made, BLIND).metrics["accuracy"] == pytest.approx(2 / 3)
    assert line(made, RIGHT).final is None
    assert "accuracy" not in line(made, RIGHT).metrics
    assert line(made, BLIND).distinct is not None
    assert line(made, "best").above_control is True
    assert line(made, "weak").above_control is not None


def test_a_copy_with_other_words_is_named_on_both_lines(made: Standings) -> None:
    ((one, other, pair),) = made.copies
    assert {one, other} == {"second", "copy"}
    assert pair.answers == 1
    assert pair.texts >= 0.8


def test_of_several_submissions_the_last_or_the_best_counts(tmp_path: Path) -> None:
    for rule, expected in (("Force_Last", 1 - 6 / ITEMS), ("Force_Best", 1.0)):
        challenge = build(tmp_path / rule, rule)
        folder = challenge / "teams" / "t"
        folder.mkdir(parents=True)
        zipped(folder / "2.zip", submission(1))
        for at, wrong in enumerate((9, 0, 6)):
            zipped(folder / "development" / f"{at}.zip", submission(0, wrong))
        zipped(folder / "development" / "9.zip", "cannot be scored")
        one = line(ranked(challenge, challenge / "teams"), "t")
        assert one.team.phases[0] is not None
        assert one.team.phases[0].metrics[:, 0].mean() == pytest.approx(expected)
        assert one.team.notes[0].startswith("development: not scored: found no line")


def members(file: Path, **contents: bytes) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)


def spoil(folder: Path) -> None:
    """Teams that hand in all kinds of harm in place of a submission of the final."""
    for name in ("bomb", "climb", "executed", "garbage", "folder", "link", "pipe", "text", "wide", "lines"):
        hand_in(folder, name, submission(0))
    members(folder / "bomb" / "2.zip", s_dot_jsonl=b"0" * 30_000_000)
    members(folder / "climb" / "2.zip", **{"____..__s_dot_jsonl": b"{}"})
    members(
        folder / "executed" / "2.zip", metadata_dot_yaml=b"command: rm", s_dot_jsonl=submission(1).encode()
    )
    (folder / "garbage" / "2.zip").write_bytes(b"PK\x03\x04" + os.urandom(500))
    (folder / "folder" / "2.zip").mkdir()
    (folder / "link" / "2.zip").symlink_to(folder / "text" / "1.zip")
    os.mkfifo(folder / "pipe" / "2.zip")
    (folder / "text" / "2.zip").write_text("hello", "utf-8")
    members(folder / "wide" / "2.zip", s_dot_jsonl=submission(1).encode("utf-16"))
    members(folder / "lines" / "2.zip", s_dot_jsonl=b"\n" * 500_000)
    (folder / "stray.txt").write_text("x", "utf-8")
    (folder / "linked").symlink_to(folder / "bomb")
    for name, sheet in (
        ("aliases", "a: &x [b]\nc: *x\n"),
        ("deep", "[" * 9000),
        ("long", "a: " + "b" * 20_000),
    ):
        hand_in(folder, name, submission(0), submission(1, 4), sheet=sheet)


def test_hostile_submissions_are_lines_with_a_reason_and_stop_nobody(tmp_path: Path) -> None:
    challenge = build(tmp_path)
    spoil(tmp_path / "teams")
    team(tmp_path / "teams", "honest", 2, 1)
    made = ranked(challenge, tmp_path / "teams")
    assert {one.team.name for one in made.ranked} == {"honest", "aliases", "deep", "long"}
    assert len(made.unranked) == 12
    for one in made.unranked:
        assert one.why.startswith("not ranked: no submission that can be scored in ")
        assert len(one.team.notes) == 1, one.team.name
    for name in ("aliases", "deep", "long"):
        assert "fact_sheet.yaml" in line(made, name).team.notes[0]
        assert line(made, name).team.facts == {}
    assert not [note for one in made.teams for note in one.team.notes if str(tmp_path) in note]


class Tags(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of standings of teams with hostile names and answers."""
    folder = build(tmp_path_factory.mktemp("hostile"))
    for at, name in enumerate(HOSTILE):
        sheet = json.dumps({"method": f"{name}\n<img src=x onerror=alert(1)>", name: "x"})
        team(folder / "teams", name, 2 * at, at, sheet=sheet)
    write(*rank_entries(folder, folder / "teams", silent), folder / "out")
    return folder / "out"


def test_the_page_holds_names_as_text_and_runs_no_script(hostile: Path) -> None:
    read = Tags((hostile / "standings.html").read_text("utf-8"))
    assert not {"script", "img", "a", "iframe"} & set(read.tags)
    assert not [name for name in read.attributes if name.startswith("on") or name in ("src", "srcset")]
    text = " ".join(read.words)
    for name in HOSTILE:
        assert name in text


def test_csv_tables_hold_no_formula(hostile: Path) -> None:
    with open(hostile / "standings.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if re.match(r"\s*[=+@|%-](?!\d)", cell)]


def test_markdown_and_latex_hold_no_markup_of_teams(hostile: Path) -> None:
    for name in ("standings.md", "section.md"):
        text = (hostile / name).read_text("utf-8")
        assert "<" not in text
        assert not re.search(r"(?<!\\)\]\(f", text)
        assert "`d`" not in text.replace("\\`", "")
    for name in ("standings.tex", "section.tex"):
        text = (hostile / name).read_text("utf-8")
        assert "\\input" not in text
        assert not re.search(r"(?<!\\)\$", text)


def test_plots_are_well_formed_and_have_a_point_a_team(hostile: Path) -> None:
    for name, points in (("ranks.svg", 4), ("accuracy_text.svg", 5)):
        root = ET.fromstring((hostile / name).read_text("utf-8"))
        assert len(root.findall(".//{*}circle")) == points
        assert {one.tag.rpartition("}")[2] for one in root.iter()} <= {
            "svg", "style", "rect", "line", "text", "g", "title", "circle",
        }  # fmt: skip


def test_the_draft_of_a_section_names_the_leader_the_control_and_the_plots(
    challenge: Path, tmp_path: Path
) -> None:
    made, questions = rank_entries(challenge, challenge / "teams", silent)
    files = {file.name for file in write(made, questions, tmp_path / "out")}
    assert files == {
        "standings.md", "standings.tex", "standings.csv", "standings.html", "section.md", "section.tex",
        "ranks.svg", "accuracy_text.svg",
    }  # fmt: skip
    text = (tmp_path / "out" / "section.md").read_text("utf-8")
    assert "best has the highest final score" in text
    assert "An entry that looks at no photo reaches" in text
    assert "(ranks.svg)" in text
    assert "- Your method: We looked." in text
    assert "- numbers: 1, yes" in text
    assert "Romano and Wolf" in text


def test_the_same_submissions_give_the_same_files(challenge: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        write(*rank_entries(challenge, challenge / "teams", silent), tmp_path / out)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_offline_scores_join_the_table(tmp_path: Path) -> None:
    challenge = build(tmp_path)
    folder = team(tmp_path / "teams", "t", 1, 1)
    scores = {"supported": ScoreRecord(0.75, None, None, 9, 0), "rating": ScoreRecord(0.5, None, None, 9, 0)}
    scores["semantic"] = ScoreRecord(0.1, None, None, 9, 0)
    record = ScoresRecord(ScoredRun("run", "fixed", 9, 9), scores, {}, {}, (), (), None, (), "", "0")
    (folder / "final.scores.json").write_text(contracts.line(record), "utf-8")
    (folder / "1.scores.json").write_text("{}", "utf-8")
    one = line(ranked(challenge, tmp_path / "teams"), "t")
    assert one.team.offline == {"supported": 0.75, "rating": 0.5}
    assert "1.scores.json: " in one.team.notes[0]
    assert one.team.notes[0].endswith("expected what twinlens score DIR --json prints")


def test_the_command_writes_a_folder_or_one_table(
    challenge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["challenge", "standings", str(challenge), str(challenge / "teams"), "-o"]
    assert run([*call, str(tmp_path / "t.csv")]) == 1
    said = capsys.readouterr().out
    assert "best" in said
    assert "2 teams not ranked: broken and late." in said
    assert (tmp_path / "t.csv").read_text("utf-8").startswith("kind,rank,team,final,low,high,group")


@pytest.mark.parametrize(
    ("out", "what"),
    [
        ("t.pdf", "found the end '.pdf'; expected a name with .md or .tex or .csv or .html"),
        ("no/t.csv", "no such folder"),
    ],
)
def test_where_nothing_can_be_written_one_line_says_so(
    challenge: Path, made: Standings, tmp_path: Path, out: str, what: str
) -> None:
    with pytest.raises(BadInput, match=re.escape(what)):
        write(made, {}, tmp_path / out)


def test_what_is_no_challenge_or_holds_no_submission_is_refused(tmp_path: Path) -> None:
    challenge = build(tmp_path / "c")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="found nothing; expected a folder a team"):
        ranked(challenge, tmp_path / "empty")
    with pytest.raises(BadInput, match="cannot be read"):
        ranked(challenge, tmp_path / "none")
    (challenge / "build" / "phase_2" / "reference" / "settings.json").unlink()
    with pytest.raises(BadInput, match="run: twinlens challenge build"):
        ranked(challenge, tmp_path / "empty")


def test_on_a_few_scenes_no_two_teams_are_apart_and_the_page_says_so(tmp_path: Path) -> None:
    challenge = build(tmp_path)
    for phase in range(2):
        file = challenge / "build" / f"phase_{phase + 1}" / "reference" / "reference.jsonl"
        file.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[:6]), "utf-8")
    for at, wrong in enumerate((0, 20)):
        team(tmp_path / "teams", f"t{at}", wrong, at)
    made = ranked(challenge, tmp_path / "teams")
    assert [(one.group, one.ranks, one.above_control) for one in made.ranked] == [(1, (1, 2), None)] * 2
    assert headline(made) == "t0 has the highest score, on too few scenes to name a winner"
    assert "6 scenes: no two teams can be told apart on so few." in list(warnings(made))


def test_a_phase_goes_by_its_number_or_its_name(tmp_path: Path) -> None:
    challenge = build(tmp_path)
    folder = tmp_path / "teams" / "t"
    folder.mkdir(parents=True)
    zipped(folder / "phase_1.zip", submission(0))
    zipped(folder / f"{PHASES[1].upper()}.zip", submission(1))
    zipped(folder / "third.zip", submission(1))
    one = line(ranked(challenge, tmp_path / "teams"), "t")
    assert one.rank == 1
    assert list(one.team.notes) == [
        "third.zip: no phase of that name; expected one of development, final, with .zip"
    ]


def test_a_phase_may_be_left_out_of_the_final_score(tmp_path: Path) -> None:
    challenge = build(tmp_path)
    file = challenge / "challenge.yaml"
    text, left_out = file.read_text("utf-8"), "pairs: pairs.csv, counts: false}"
    file.write_text(text.replace("pairs: pairs.csv}", left_out, 1), "utf-8")
    hand_in(tmp_path / "teams", "t", "nothing")
    zipped(tmp_path / "teams" / "t" / "2.zip", submission(1, 3))
    made = ranked(challenge, tmp_path / "teams")
    assert [phase.name for phase in made.phases] == ["final"]
    assert line(made, "t").rank == 1
    assert line(made, "t").metrics["accuracy"] == pytest.approx(1 - 3 / ITEMS)
    assert line(made, "t").team.notes == []
    file.write_text(text.replace("pairs: pairs.csv}", left_out), "utf-8")
    with pytest.raises(BadInput, match="found no phase that counts"):
        ranked(challenge, tmp_path / "teams")


def test_a_challenge_where_nobody_is_ranked_still_has_its_files(tmp_path: Path) -> None:
    challenge = build(tmp_path)
    hand_in(tmp_path / "teams", "only", "nothing")
    made, questions = rank_entries(challenge, tmp_path / "teams", silent)
    files = {file.name for file in write(made, questions, tmp_path / "out")}
    assert "ranks.svg" not in files
    assert "No team is ranked" in (tmp_path / "out" / "standings.html").read_text("utf-8")


def test_a_phase_that_nobody_has_entered_yet_is_left_out(tmp_path: Path) -> None:
    challenge = build(tmp_path)
    hand_in(tmp_path / "teams", "t", submission(0))
    made = ranked(challenge, tmp_path / "teams")
    assert [phase.name for phase in made.phases] == ["development"]
    assert line(made, "t").rank == 1
    assert next(iter(warnings(made))) == "Nobody has handed in anything yet for final, which is left out."


@given(low=st.floats(0, 1), high=st.floats(0, 1))
def test_an_axis_holds_all_values_with_two_to_eight_marks(low: float, high: float) -> None:
    axis = Axis.over("score", [low, high])
    assert 2 <= len(axis.ticks) <= 8
    assert all(-1e-6 <= axis.at(one) <= 1 + 1e-6 for one in (low, high))
