"""The page of a run: what it says first, what it holds, and that texts in it are only texts."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import numpy as np
import pytest
from PIL import Image

from made_runs import Row, claim, failure, verdict, write_run
from twinlens.cli import run as command
from twinlens.core.errors import BadInput
from twinlens.core.run_records import VerdictRow
from twinlens.judgement.explanation import closing
from twinlens.report import gains, summary
from twinlens.report.index import Index
from twinlens.report.run import PageRequest, run_page
from twinlens.runs.store import RunFolder

HOSTILE = """</script><script>window.hacked=1</script><!--<img src=x onerror="window.hacked=1">'&{{ 7*7 }}"""
Pictures = list[tuple[Path, Path]]


def block(page: str, id: str) -> str:
    """The text of one of the page's blocks of data."""
    found = re.search(rf'<script type="[a-z/]+" id="{id}">(.*?)</script>', page, re.DOTALL)
    assert found
    return found[1]


def unpacked(packed: Row) -> list[int]:
    return (
        np.frombuffer(base64.b64decode(packed["base64"]), f"<u{packed['bytes']}").astype(int) - 1
    ).tolist()


def table(page: str) -> list[Row]:
    """The rows of the page's index."""
    index = json.loads(block(page, "piece-index"))
    columns = {"id": index["ids"], **{name: unpacked(column) for name, column in index["numbers"].items()}}
    for name, column in (index["words"] | index["columns"]).items():
        columns[name] = [column["words"][code] for code in unpacked(column)]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def opened(page: str) -> list[Row]:
    """What the pairs of a page show when they are opened."""
    return [row for piece in pieces(page, "rows") for row in piece]


def pieces(page: str, name: str) -> list[Any]:
    """The numbered pieces of data of a name."""
    found = re.findall(
        rf'<script type="application/json" id="piece-{name}-\d+">(.*?)</script>', page, re.DOTALL
    )
    return [json.loads(piece) for piece in found]


def words(page: str) -> str:
    """What people read: the page without its data, style and script."""
    bare = re.sub(r"<(script|style|template).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def typed(rows: list[Row]) -> list[VerdictRow]:
    return [msgspec.convert(row, VerdictRow) for row in rows]


def page_of(tmp_path: Path, rows: list[Row], **other: str) -> str:
    folder = write_run(tmp_path / "run", rows, **other)
    return run_page(RunFolder(folder), folder / "report.html")


@pytest.fixture(scope="module")
def judged(pictures: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of pairs; the judges of a test are run on it."""
    folder = tmp_path_factory.mktemp("judged")
    with (folder / "pairs.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "a", "b", "label", "set"])
        for at, (sharp, soft) in enumerate(pictures):
            first, second = (sharp, soft) if at % 2 else (soft, sharp)
            writer.writerow([f"p{at}", first, second, "a" if at % 2 else "b", "even" if at % 2 else "odd"])
    return folder


def report(judged: Path, judge: str, name: str) -> str:
    out = judged / name
    assert command(["run", str(judged / "pairs.csv"), "--judge", judge, "--out", str(out), "--no-cache"]) == 0
    assert command(["report", str(out)]) == 0
    return (out / "report.html").read_text("utf-8")


def test_a_judge_that_always_says_first_is_exposed_in_the_headline(judged: Path) -> None:
    page = report(judged, "fixed", "first")
    told = words(page)
    assert "This judge goes by place, not by pixels: it chooses the photo shown first" in told
    assert "Chooses the photo shown first 100 %" in told
    assert "Same choice in both orders 0 %" in told
    assert "The photo shown first is chosen in 100 % of the views" in told


def test_a_judge_that_answers_from_the_id_is_exposed(judged: Path) -> None:
    told = words(report(judged, 'fixed(by="id")', "id"))
    assert "This judge does not look: it changes its mind when the photos change places" in told
    assert "100 % of the pairs are judged otherwise when the photos change places." in told


def test_a_template_that_never_looks_is_exposed(judged: Path) -> None:
    text = "Global Sharpness: Image A is sharper than Image B. <answer>A</answer>"
    told = words(report(judged, f"fixed(by='content', rationale={text!r})", "template"))
    assert "of the rationales are distinct: they are a template's." in told
    assert "cannot be told apart from guessing" in told
    assert "no better than a coin toss, as far as is known" in told


def test_the_page_is_the_same_to_the_byte_each_time(judged: Path) -> None:
    page = report(judged, "fixed", "same")
    assert run_page(RunFolder(judged / "same"), judged / "same" / "report.html") == page
    assert page.encode("utf-8") == (judged / "same" / "report.html").read_bytes()


def test_the_page_names_no_folder_of_the_machine(judged: Path) -> None:
    page = report(judged, "fixed", "moved")
    assert str(judged.parent) not in page
    assert all("://" not in photo["src"] for row in opened(page) for photo in row["photos"])


def test_photos_are_linked_relative_to_the_page(judged: Path, tmp_path: Path) -> None:
    for page in (judged / "linked" / "report.html", tmp_path / "elsewhere.html"):
        if not (judged / "linked").exists():
            report(judged, "fixed", "linked")
        for row in opened(run_page(RunFolder(judged / "linked"), page)):
            for photo in row["photos"]:
                assert (page.parent / photo["src"]).is_file()
                assert photo["size"] == [128, 96]


def test_names_that_mean_something_in_an_address_are_linked_all_the_same(tmp_path: Path) -> None:
    names = ("a b#1%20?.png", "é&'.png")
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    (row,) = opened(page_of(tmp_path, [verdict("p", files=names)]))
    assert [unquote(photo["src"]) for photo in row["photos"]] == [f"../{name}" for name in names]
    assert all(photo["src"].isascii() and not set(photo["src"]) & set("#? ") for photo in row["photos"])


def test_embedded_photos_are_inside_at_the_size_requested_for_each_once(judged: Path) -> None:
    report(judged, "fixed", "inside")
    page = run_page(RunFolder(judged / "inside"), judged / "inside" / "report.html", PageRequest(embed=64))
    inside = pieces(page, "photo")
    assert len(inside) == 24
    numbers = [photo["src"] for row in opened(page) for photo in row["photos"]]
    assert sorted(numbers) == list(range(24))
    assert "A: shown reduced to 64 pixels; 100\u00a0% is enlarged from that" in opened(page)[0]["notes"]
    shown = Image.open(io.BytesIO(base64.b64decode(inside[0].partition(",")[2])))
    assert shown.size == (64, 48)
    with pytest.raises(BadInput, match="--embed: found 0"):
        run_page(RunFolder(judged / "inside"), judged / "report.html", PageRequest(embed=0))


def test_labels_of_a_file_go_before_those_of_the_rows(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [verdict(f"p{at}", label="a") for at in range(4)])
    labels = tmp_path / "labels.csv"
    labels.write_text("id,label\np0,b\np1,b\np2,b\n", "utf-8")
    page = run_page(RunFolder(folder), folder / "report.html", PageRequest(labels=labels))
    assert [row["label"] for row in table(page)] == ["b", "b", "b", ""]
    assert "Agrees with people in 0 % of 3 pairs" in words(page)


def test_failures_are_counted_by_kind(tmp_path: Path) -> None:
    rows = [verdict("p"), failure("q", "timeout"), failure("r", "timeout"), failure("s")]
    page = page_of(tmp_path, rows)
    told = words(page)
    assert "Failures: 2 × no answer in time, 1 × answer not understood." in told
    assert "Failed 3 of 4 pairs" in told
    assert [row["failure"] for row in table(page)] == ["", "timeout", "timeout", "unreadable"]


def test_versions_are_distinguished_and_where_one_gained(tmp_path: Path) -> None:
    versions = {"version_a": "v1", "version_b": "v2"}
    rows = [
        verdict(f"s{at}", "b", columns=versions, claims=[claim("", "b"), claim("", "a", "contradicted")])
        for at in range(12)
    ]
    turned = {"version_a": "v2", "version_b": "v1"}
    rows.append(verdict("t", "a", columns=turned, claims=[claim("", "a")]))
    told = words(page_of(tmp_path, rows))
    assert "v2 wins 100 % of its 13 pairs" in told
    assert "v2 gained most in face sharpness (13)." in told
    balances = gains.Balances()
    for row in typed(rows):
        balances.add(row)
    (made,) = balances.made
    (bar,) = made.bars(("face",))
    assert bar[1] == {"contradicted": 12}
    assert bar[2] == {"supported": 13}


def test_versions_that_are_not_plotted_are_reported(tmp_path: Path) -> None:
    rows = [
        verdict(f"s{at}{b}", columns={"version_a": "v0", "version_b": f"v{b}"}, scene=f"s{at}", label="b")
        for at in range(3)
        for b in range(1, 6)
    ]
    told = words(page_of(tmp_path, rows))
    assert "Of 6 versions 4 have their win rate here, the others under All scores." in told
    assert "Of 5 pairs of versions 4 are plotted by region and aspect." in told
    assert told.index("v1 gained and lost against v0") < told.index("v4 gained and lost against v0")
    assert "v5 gained" not in told


def test_versions_whose_win_rate_may_be_one_half_cannot_be_distinguished(tmp_path: Path) -> None:
    versions = {"version_a": "v1", "version_b": "v2"}
    told = words(
        page_of(tmp_path, [verdict(f"s{at}", "ab"[at % 2 == 0], columns=versions) for at in range(12)])
    )
    assert "The versions cannot be told apart" in told
    assert "The win rates of v1 and v2 cannot be told apart from one half." in told


def test_accuracy_is_plotted_by_columns_that_group_the_pairs(tmp_path: Path) -> None:
    rows = [
        verdict(
            f"p{at}", label="ab"[at % 2], columns={"set": f"set{at % 3}", "note": f"n{at}", "raters": "8"}
        )
        for at in range(24)
    ]
    index = Index()
    for row in typed(rows):
        index.add(row, None, (0, 1))
    index.settle()
    assert summary.columns_to_plot(index) == ("set",)
    page = page_of(tmp_path, rows)
    assert "Agrees with people by set" in words(page)
    assert 'aria-label="set0: 50 %' in page
    assert "by note" not in page


def test_a_claim_is_opened_with_its_place_in_both_photos_and_its_evidence(tmp_path: Path) -> None:
    (row,) = opened(page_of(tmp_path, [verdict("p")]))
    assert row["claims"] == [
        ["The face is sharper.", "face", "sharpness", "a", "supported", [8, 6, 40, 30], [9, 6, 40, 30],
         [["A is better in edge width", "edge width, px, lower is better", "1.8", "3.1", "6.2"]]],
    ]  # fmt: skip


def test_a_tie_shows_no_visible_difference_only_where_both_photos_are_the_same(tmp_path: Path) -> None:
    same = closing("tie", identical=True)
    rows = [
        verdict("differ", "tie"),
        verdict("one file", "tie", files=("a.png", "a.png")),
        verdict("alike", "tie", claims=[claim(same.text, "same", "opinion", region="global", evidence=[])]),
    ]
    shown = {row["id"]: row["alike"] for row in table(page_of(tmp_path, rows))}
    assert shown == {"differ": 0, "one file": 1, "alike": 1}


def test_texts_of_files_and_models_are_never_markup(tmp_path: Path) -> None:
    rows = [
        verdict(
            HOSTILE, "tie", files=(f"{HOSTILE}.png", "b\ufffd.png"), claims=[claim(HOSTILE)],
            rationale=HOSTILE, notes=[HOSTILE], scene=HOSTILE, reference=HOSTILE,
            columns={"version_a": HOSTILE, "version_b": "v2", HOSTILE: HOSTILE},
        ),
        failure("f", "timeout", detail=HOSTILE, raw=HOSTILE),
    ]  # fmt: skip
    page = page_of(tmp_path, rows, judge=HOSTILE)
    page.encode("utf-8")
    assert "<script>window" not in page
    assert "<img src=x" not in page
    assert {HOSTILE, "f"} == {row["id"] for row in table(page)}
    assert {HOSTILE} <= {row["said"] for row in opened(page)}
    assert f"judged by {HOSTILE}" in html.unescape(page).replace("<b>", "").replace("</b>", "")


def test_the_policy_allows_the_pages_own_style_and_script_and_nothing_else(tmp_path: Path) -> None:
    page = page_of(tmp_path, [verdict("p")])
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    for name in ("script", "style"):
        text = re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        assert len(text) == 1
        hashed = base64.b64encode(hashlib.sha256(text[0].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{hashed}'" in policy[1]
    assert "default-src 'none'" in policy[1]
    assert "img-src 'self' file: data:" in html.unescape(policy[1])
    embedded = run_page(RunFolder(tmp_path / "run"), tmp_path / "run" / "report.html", PageRequest(embed=8))
    assert "img-src data:;" in embedded, "a page that holds its photos shows no others"
    assert "http" not in policy[1]
    assert ' style="' not in page


def test_photos_that_are_gone_and_forms_no_browser_shows_are_reported(tmp_path: Path) -> None:
    (tmp_path / "b.heic").write_bytes(b"x")
    page = page_of(tmp_path, [verdict("p", files=("gone.png", "b.heic"))])
    (row,) = opened(page)
    assert [photo["why"] for photo in row["photos"]] == [
        "The photo is no longer where the run found it.",
        "Browsers do not show .heic: write the page with --embed 1600.",
    ]
    assert "1 photos are no longer" not in words(page)
    assert "1 photo is no longer where the run found it." in words(page)


def test_one_pair_is_one_pair(tmp_path: Path) -> None:
    told = words(page_of(tmp_path, [verdict("p")]))
    assert "1 pair judged" in told
    assert "1 pair of 1 scene " in told
    assert "1 pairs" not in told
    assert "1 scenes" not in told


def test_tests_of_the_order_are_left_out_for_a_judge_that_cannot_mind_it(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [verdict(f"p{at}") for at in range(12)], symmetric=True)
    told = words(run_page(RunFolder(folder), folder / "report.html"))
    assert "The order of the photos cannot change what this judge says" in told
    assert "Same choice in both orders" not in told
    assert "swap_consistency 1.000" in told, "All scores holds all"


def test_a_run_that_goes_on_is_reported_as_far_as_it_is(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [verdict("p"), verdict("q")])
    with (folder / "rows.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"id": "r", "sche')
    page = run_page(RunFolder(folder), folder / "report.html")
    assert [row["id"] for row in table(page)] == ["p", "q"]
    assert "The last line of rows.jsonl is cut short and left out; the run has not ended." in words(page)


def test_halves_of_one_picture_are_shown_as_photos_of_their_own(tmp_path: Path) -> None:
    whole = Image.new("RGB", (16, 4), "red")
    whole.paste("blue", (8, 0, 16, 4))
    whole.save(tmp_path / "both.png")
    rows = [verdict("p", files=("both.png#left", "both.png#right"), size=(8, 4))]
    folder = write_run(tmp_path / "run", rows)
    (row,) = opened(run_page(RunFolder(folder), folder / "report.html"))
    assert [(photo["src"], photo["half"]) for photo in row["photos"]] == [
        ("../both.png", "left"), ("../both.png", "right"),
    ]  # fmt: skip
    inside = pieces(run_page(RunFolder(folder), folder / "report.html", PageRequest(embed=64)), "photo")
    shown = [Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) for uri in inside]
    assert [image.convert("RGB").getpixel((1, 1)) for image in shown] == [(255, 0, 0), (0, 0, 255)]


def test_a_folder_that_is_no_run_is_reported_and_so_is_a_row_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["report", str(tmp_path)]) == 2
    assert "expected the folder of a run" in capsys.readouterr().err
    folder = write_run(tmp_path / "run", [verdict("p", claims=[{"region": "face"}])])
    assert command(["report", str(folder), "-o", str(tmp_path / "no" / "x.html")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert command(["report", str(folder)]) == 2
    assert "expected a row of a run" in capsys.readouterr().err
    assert not (folder / "report.html").exists()


def test_a_row_is_short_in_the_index(tmp_path: Path) -> None:
    rows = [verdict("p", columns={"set": "mef"}, label="b"), verdict("q", files=("b.png", "c.png"))]
    made = table(page_of(tmp_path, rows))
    assert made[0] == {
        "id": "p", "scene": "", "kind": "other", "choice": "a", "label": "b", "state": "wrong",
        "orders": "same", "failure": "", "version_a": "", "version_b": "",
        "about": "face sharpness", "set": "mef", "confidence": 8000, "supported": 1,
        "contradicted": 0, "opinions": 0, "claims": 1, "rating": -1, "alike": 0, "a": 0, "b": 1,
        "place": 2000,
    }  # fmt: skip
    assert (made[1]["a"], made[1]["b"], made[1]["set"]) == (1, 2, ""), "a photo of two rows is one photo"


def test_an_opinion_is_shown_as_one_and_never_as_a_reason_that_the_pixels_bear_out(tmp_path: Path) -> None:
    overall = claim("A is better.", "a", "opinion", region="global", aspect="quality", box=None, evidence=[])
    page = page_of(tmp_path, [verdict("p", claims=[claim(), overall]), verdict("q", claims=[overall])])
    counts = {row["id"]: (row["supported"], row["opinions"], row["claims"]) for row in table(page)}
    assert counts == {"p": (1, 1, 2), "q": (0, 1, 1)}
    assert [claim[4] for row in opened(page) for claim in row["claims"]].count("opinion") == 2
    assert '<template id="mark-opinion">' in page
    assert "share of its claims that are no opinions" in words(page)
    assert "opinion 0.667" in words(page)
