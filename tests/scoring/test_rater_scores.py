"""Raters: shown the photos and the text, asked once, read strictly, and tested for whether they look."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from made_raters import rater
from made_rows import Made, Row, failure, text, verdict

from twinlens.core.contracts import line, schema
from twinlens.core.errors import BadInput
from twinlens.language.prompt import open_template
from twinlens.runs.store import RunFolder
from twinlens.scoring.rater import rating_in
from twinlens.scoring.score import ScoreRequest, score_run


def score(folder: Path, name: str = "Looking", **more: str) -> Row:
    made = score_run(RunFolder(folder), ScoreRequest(rater=rater(name), **more), "0").record  # type: ignore[arg-type]
    record: Row = json.loads(line(made))
    jsonschema.validate(record, schema("scores"))
    return record


def ratings(folder: Path) -> list[Row]:
    return [json.loads(one) for one in (folder / "ratings.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("said", "rating"),
    [
        ("All true. <rating>9</rating>", 9),
        ("<rating>3</rating> or rather\n<Rating> 10 </Rating>", 10),
        ("<think>a <rating>2</rating></think><rating>7</rating>", 7),
        ("<thinking>perhaps <rating>2</rating>", None),
        ("9/10", None),
        ("<rating>9/10</rating>", None),
        ("<rating>0</rating>", None),
        ("<rating>11</rating>", None),
        ("<rating>8.5</rating>", None),
        ("<rating>-3</rating>", None),
        ("<rating>nine</rating>", None),
        ("", None),
    ],
)
def test_a_rating_is_read_strictly(said: str, rating: int | None) -> None:
    assert rating_in(said) == rating


def test_a_rater_that_looks_rates_true_texts_above_false_ones(made: Made) -> None:
    record = score(made())
    found = record["scores"]["rating"]
    assert (found["value"], found["n"], found["failed"]) == (pytest.approx(8 / 9), 12, 0)
    assert record["controls"]["mirrored"]["rating"]["value"] == pytest.approx(1 / 9)
    assert not any("that it looks" in note for note in record["notes"])


def test_texts_of_a_judge_that_always_says_first_are_half_true(made: Made) -> None:
    record = score(made("a"))
    assert record["scores"]["rating"]["value"] == pytest.approx(0.5)
    assert record["controls"]["mirrored"]["rating"]["value"] == pytest.approx(0.5)
    assert not any("that it looks" in note for note in record["notes"])


def test_a_rater_that_does_not_look_is_exposed(made: Made) -> None:
    record = score(made(), "Blind")
    assert record["scores"]["rating"]["value"] == pytest.approx(7 / 9)
    assert any("The rater has not shown that it looks" in note for note in record["notes"])


def test_who_rated_in_what_words_stands_in_the_record_and_the_signature(made: Made) -> None:
    record = score(made())
    sha256 = open_template("rater").sha256
    assert record["rater"]["judge"] == rater("Looking")
    assert record["rater"]["prompt"] == {"name": "rater", "sha256": sha256}
    assert (record["rater"]["scale"], record["rater"]["rated"]) == ([1, 10], 24)
    assert f"rater:{rater('Looking')},rater-{sha256}" in record["signature"]


def test_a_rating_is_requested_once_and_stored_with_all_it_rests_on(made: Made) -> None:
    folder = made()
    first = score(folder)
    kept = ratings(folder)
    assert len(kept) == 24
    assert {row["rating"] for row in kept} == {9, 2}
    assert kept[0]["calls"][0]["images"][0] == [128, 96]
    assert all("<rating>" in row["raw"] for row in kept)
    with (folder / "ratings.jsonl").open("ab") as stream:
        stream.write(b'{"key": "cut sho')
    assert score(folder) == first
    assert len((folder / "ratings.jsonl").read_bytes().splitlines()) == 25


def test_another_prompt_or_text_is_requested_anew_and_a_torn_line_is_ended(
    made: Made, tmp_path: Path
) -> None:
    folder = made()
    score(folder)
    with (folder / "ratings.jsonl").open("ab") as stream:
        stream.write(b'{"key": "cut sho')
    own = tmp_path / "mine.txt"
    own.write_text(open_template("rater").text + "\n", "utf-8")
    record = score(folder, rater_prompt=str(own))
    assert record["rater"]["prompt"]["sha256"] != open_template("rater").sha256
    lines = (folder / "ratings.jsonl").read_bytes().splitlines()
    assert len(lines) == 24 + 1 + 24
    rows = (folder / "rows.jsonl").read_text("utf-8").replace("is blurry", "is soft")
    (folder / "rows.jsonl").write_text(rows, "utf-8")
    score(folder)
    assert len((folder / "ratings.jsonl").read_bytes().splitlines()) == 49 + 24


def test_what_is_no_rating_is_a_failure_that_is_counted_and_requested_again(made: Made) -> None:
    folder = made()
    record = score(folder, "Odd")
    found = record["scores"]["rating"]
    assert (found["value"], found["n"], found["failed"]) == (1.0, 9, 3)
    assert record["rater"]["failures"] == {"broken": 2, "timeout": 2, "unreadable": 2}
    assert any("6 ratings failed and are left out" in note for note in record["notes"])
    kept = {row["id"]: row for row in ratings(folder) if not row["mirrored"]}
    assert (kept["0"]["failure"], kept["0"]["raw"]) == ("unreadable", "Nine of ten.")
    assert (kept["1"]["failure"], kept["1"]["calls"][0]["outcome"]) == ("timeout", "late")
    assert kept["2"]["detail"] == "ZeroDivisionError: by nothing"
    score(folder, "Odd")
    assert len(ratings(folder)) == 24 + 6


def test_a_failure_of_the_judge_has_the_lowest_rating(made: Made) -> None:
    record = score(made(more=[failure("x", label="a"), verdict("y", "a", label="a", rationale="")]), "Blind")
    found = record["scores"]["rating"]
    assert (found["value"], found["n"], found["failed"]) == (pytest.approx(12 * 7 / 9 / 14), 14, 1)


def test_a_photo_that_was_replaced_is_not_rated(made: Made, tmp_path: Path) -> None:
    folder = made()
    rows = [json.loads(one) for one in (folder / "rows.jsonl").read_text("utf-8").splitlines()]
    rows[0]["pair"]["a"]["sha256"] = "0" * 64
    rows[1]["pair"]["b"]["file"] = str(tmp_path / "gone.png")
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    record = score(folder)
    assert record["rater"]["failures"] == {"bad-photo": 4}
    kept = {row["id"]: row["detail"] for row in ratings(folder) if row["failure"]}
    assert "another photo than the one that was judged" in kept["0"]
    assert "no such file" in kept["1"]


def test_relative_photos_and_halves_are_found_where_the_run_began(
    made: Made, tmp_path: Path, pictures: list[tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    from twinlens.imaging.open import open_side_by_side

    both = Image.new("RGB", (256, 96))
    for at, file in enumerate(pictures[0]):
        both.paste(Image.open(file), (128 * at, 0))
    both.save(tmp_path / "both.png")
    pair = open_side_by_side(tmp_path / "both.png")
    facts = {
        side: {"file": f"both.png#{half}", "sha256": one.sha256, "width": 128, "height": 96, "notes": []}
        for side, half, one in (("a", "left", pair.a), ("b", "right", pair.b))
    }
    row = verdict("0", "a", label="a", rationale=text("a"), pair={"id": "0", "kind": "other", **facts})
    folder = made()
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    told = {"schema": "twinlens.run/2", "judge": {"spec": "j"}, "origin": {"folder": str(tmp_path)}}
    (folder / "run.json").write_text(json.dumps(told), "utf-8")
    monkeypatch.chdir("/")
    assert score(folder)["scores"]["rating"]["value"] == pytest.approx(8 / 9)


def test_what_cannot_rate_is_reported(made: Made) -> None:
    with pytest.raises(BadInput, match="measured cannot rate a text"):
        score_run(RunFolder(made()), ScoreRequest(rater="measured"), "0")


def test_a_run_without_texts_has_nothing_to_rate(made: Made) -> None:
    folder = made()
    (folder / "rows.jsonl").write_text(json.dumps(verdict("1", label="a")) + "\n", "utf-8")
    with pytest.raises(BadInput, match="found no text to rate"):
        score(folder)


def test_the_progress_is_reported(made: Made) -> None:
    from contextlib import contextmanager

    seen: list[tuple[int, int]] = []

    @contextmanager
    def progress(total: int):  # type: ignore[no-untyped-def]
        seen.append((total, 0))
        yield lambda done, failed: seen.append((done, failed))

    score_run(RunFolder(made()), ScoreRequest(rater=rater("Odd")), "0", progress)
    assert (seen[0], seen[-1]) == ((24, 0), (24, 6))


def test_ratings_stop_at_the_budget_and_go_on(
    made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import fault_server
    from twinlens import cli

    monkeypatch.setattr(
        fault_server, "answer", lambda model, asked: fault_server.completion("<rating>7</rating>")
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    folder = made()
    with fault_server.serve(latency=0.05) as server:
        call = ["score", str(folder), "--rater", f'chat(model="good", base_url="{server.url}", in_flight=4)']
        assert cli.run([*call, "--max-calls", "10"]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert "sent to" not in said.err, "this machine is no other"
        assert "10 of 10 calls made" in said.err
        assert said.err.endswith("; 10 of 24 ratings are kept; the same command goes on\n")
        assert len(ratings(folder)) == 10
        assert cli.run([*call, "--max-calls", "14"]) == 0
        assert len(server.requests) == len(server.times) == 24


def test_a_model_behind_a_server_rates_what_it_is_sent(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    import fault_server

    def rates(model: str, request: fault_server.Request) -> Row:
        text = request.text.partition("What an expert wrote")[0]
        side = "A (Left)" if fault_server.probability_of_a(request) > 0.5 else "B (Right)"
        true = f"Image {side} is sharper" in text
        return fault_server.completion(f"{true}. <rating>{10 if true else 1}</rating>")

    monkeypatch.setattr(fault_server, "answer", rates)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    folder = made()
    with fault_server.serve() as server:
        asked = ScoreRequest(rater=f'chat(model="good", base_url="{server.url}")')
        first = score_run(RunFolder(folder), asked, "0").record
        assert len(server.requests) == 24
        assert score_run(RunFolder(folder), asked, "0").record == first
        assert len(server.requests) == 24
    assert first.scores["rating"].value == 1.0
    assert first.controls["mirrored"]["rating"].value == 0.0
    assert "What an expert wrote of the same images" in server.requests[0].text
    assert server.requests[0].body["messages"][0]["content"].startswith("You rate how well a text compares")
    assert "sk-not-a-key" not in (folder / "ratings.jsonl").read_text("utf-8")
    assert {row["calls"][0]["outcome"] for row in ratings(folder)} == {"ok"}
