"""challenge.yaml: what an organiser writes is read as meant, or one line says what is wrong and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinlens.challenge.config import QUESTIONS, read_challenge
from twinlens.core.errors import BadInput

GOOD = """\
title: Which is better?
description: Two renderings of a photograph.
organisers: [A. Person]
contact: someone@example.org
terms: |
  Be fair.
metrics:
- {key: accuracy, weight: 1}
- {key: rouge_l, weight: 0.5}
phases:
- name: one
  start: '2027-01-01 10:00:00'
  end: '2027-02-01 00:00:00'
  pairs: pairs.csv
- name: two
  start: '2027-02-02 00:00:00'
  pairs: pairs.csv
leaderboard: {rule: Force_Best}
fact_sheet:
- {key: team, title: Your team}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "pairs.csv").write_text("id,a,b\n", "utf-8")
    (folder / "challenge.yaml").write_text(text, "utf-8")
    return folder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    challenge = read_challenge(written(tmp_path, GOOD))
    assert [(metric.key, metric.weight) for metric in challenge.metrics] == [
        ("accuracy", 1),
        ("rouge_l", 0.5),
    ]
    assert challenge.phases[0].ends is not None
    assert challenge.phases[1].ends is None
    assert challenge.terms == "Be fair.\n"
    assert challenge.leaderboard.rule == "Force_Best"


def test_without_a_fact_sheet_a_team_gets_the_usual_questions(tmp_path: Path) -> None:
    assert read_challenge(written(tmp_path, GOOD.partition("fact_sheet")[0])).fact_sheet == QUESTIONS


@pytest.mark.parametrize(
    "time",
    ["'2027-01-01 10:00:00'", "2027-01-01 10:00:00", "2027-01-01T10:00:00Z", "2027-01-01 12:00:00 +02:00",
     '"2027-01-01 10:00"'],
)  # fmt: skip
def test_a_time_is_of_utc_with_quotes_or_without(tmp_path: Path, time: str) -> None:
    challenge = read_challenge(written(tmp_path, GOOD.replace("'2027-01-01 10:00:00'", time)))
    assert f"{challenge.phases[0].begins:%F %T %z}" == "2027-01-01 10:00:00 +0000"


@pytest.mark.parametrize(
    ("text", "instead", "line"),
    [
        ("title: W", "titel: W", "1: titel: found a key that is not known; did you mean title?"),
        ("title: Which is better?", "title: 5", "1: title: found 5; expected text, in quotes"),
        ("contact: someone@example.org\n", "", "1: contact: found nothing; expected this key: write it"),
        ("someone@", "someone", "4: contact: found 'someoneexample.org'; expected a mail address"),
        ("title: W", "description: W\ntitle: W", "3: the key description stands already in line 1; "),
        ("[A. Person]", "[]", "3: organisers: found []; expected a list of length >= 1"),
        ("  Be fair.", "   ", "5: terms: found ''; expected text"),
        ("[A. Person]", "[*a]", "3: no YAML: found undefined alias"),
        ("[A. Person]", "&a [x]\nlogo: *a", "4: logo: found an alias; expected the value itself"),
        ("[A. Person]", "!!python/name:os.system x", "3: organisers: found the tag"),
        ("weight: 1", "weight: -1", "8: metrics[0].weight: found -1; expected a number >= 0"),
        ("weight: 1", "weight: .inf", "8: metrics[0].weight: found inf; expected a number <= 1000"),
        ("name: two", "name: ONE", "15: phases[1].name: found ONE twice; expected each name once"),
        ("leaderboard:", "logo: .\nleaderboard:", "18: logo: found no file '.'; expected one in the folder"),
        ("weight: 1", "weight: 0, wait: 1", "8: metrics[0].wait: found a key that is not known"),
        ("accuracy", "f1", "8: metrics[0].key: found 'f1'; expected one of accuracy, bleu4, rouge_l"),
        ("rouge_l", "accuracy", "9: metrics[1].key: found accuracy twice; expected each key once"),
        ("1}\n- {key: rouge_l, weight: 0.5}", "0}", "7: metrics: found weights that are all 0"),
        ("'2027-01-01 10:00:00'", "soon", "12: phases[0].start: found 'soon'; expected a time as 'YYYY"),
        ("'2027-02-01 00:00:00'", "2027-01-01", "13: phases[0].end: found 2027-01-01; expected a time after"),
        ("  end: '2027-02-01 00:00:00'\n", "", "11: phases[0].end: found none; expected one: only the last"),
        ("2027-02-02", "2027-02-01", "16: phases[1].start: found 2027-02-01 00:00:00; expected a time after"),
        ("name: one", "name: one\n  max_submissions: 2", "12: phases[0].max_submissions: found 2; expected"),
        ("pairs: pairs.csv", "pairs: other.csv", "14: phases[0].pairs: found no file 'other.csv'; expected"),
        ("Force_Best", "Best", "18: leaderboard.rule: found 'Best'; expected one of Add, Add_And_Delete, "),
        ("title: Your team", "title: T, type: select", "20: fact_sheet[0].selection: found 0 answers of a s"),
        ("- {key: team, title: Your team}", "- {key: T, title: T}", "20: fact_sheet[0].key: found 'T'; "),
        ("title: Which is better?", "title: [[[", "3: no YAML: expected"),
        ("title: Which is better?", "title: " + "[" * 1000, " found lists in lists without end"),
        ("title: Which is better?", "title: 'a\x07'", " unacceptable character #x0007"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_with_its_place(tmp_path: Path, text: str, instead: str, line: str) -> None:
    assert text in GOOD
    with pytest.raises(BadInput) as error:
        read_challenge(written(tmp_path, GOOD.replace(text, instead, 1)))
    assert str(error.value).partition("challenge.yaml:")[2].startswith(line)
    assert "\n" not in str(error.value)


def test_a_folder_without_the_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file or directory; expected the file"):
        read_challenge(tmp_path)
