"""The scores of a run as one object: intervals, groups, composites, gates, remarks and how it was made."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from made_rows import Row, Run, claim, failure, verdict
from msgspec.structs import replace

from twinlens.core.contracts import line, schema
from twinlens.core.errors import BadInput
from twinlens.core.score_records import GateRecord, ScoreRecord, ScoresRecord
from twinlens.report.summary import headline, tiles
from twinlens.scoring.caveats import caveats
from twinlens.scoring.composite import gate_record, parse_composite, parse_gate
from twinlens.scoring.estimator import Estimator
from twinlens.scoring.rows import read_rows
from twinlens.scoring.score import ScoreRequest, combined, score_run
from twinlens.scoring.signatures import COUNTED, counted
from twinlens.stats.interval import ratio, wilson

TEXT = "Face Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry.\n<answer>A</answer>"


def mixed(count: int = 60, right: float = 0.7, seed: int = 0) -> list[Row]:
    """Rows of 12 scenes and two kinds, with texts, failures, shares and versions."""
    rng = np.random.default_rng(seed)
    rows = []
    for at in range(count):
        label = rng.choice(["a", "b"])
        said = label if rng.random() < right else "b" if label == "a" else "a"
        told = {
            "label": label, "scene": f"s{at % 12}", "kind": "person" if at % 3 else "scene",
            "reference": TEXT,
            "columns": {"share": 0.8, "phase": f"phase {at % 2}", "version_a": "v1", "version_b": "v2"},
        }  # fmt: skip
        more = {"rationale": f"{TEXT} {at}", "claims": [claim("face", "sharpness", said, "supported")]}
        rows.append(failure(str(at), **told) if at % 20 == 19 else verdict(str(at), said, **told, **more))
    return rows


def valid(record: ScoresRecord) -> None:
    """The object is what its schema says, and strict JSON."""
    jsonschema.Draft202012Validator.check_schema(schema("scores"))
    jsonschema.validate(json.loads(line(record)), schema("scores"))


def test_the_object_is_what_its_schema_says(run: Run) -> None:
    wanted = ScoreRequest(
        by=("phase",), composite=parse_composite("0.7*accuracy+0.3*rouge_l"), mean_over="phase"
    )
    record = score_run(run(mixed()), wanted, "0.1").record
    valid(record)
    assert set(record.by) == {"kind", "phase"}
    assert set(record.by["phase"]) == {"phase 0", "phase 1"}
    names = {"accuracy", "calibration_error", "bleu4", "rouge_l", "claim_f1", "supported", "contradicted",
             "self_contradiction", "distinct_rationales", "win_rate(v1)", "composite"}  # fmt: skip
    assert names <= set(record.scores)
    assert {"majority_side", "template_right", "template_wrong"} == set(record.controls)


def test_the_least_run_is_valid_too(run: Run) -> None:
    valid(score_run(run([verdict("1")]), ScoreRequest(), "0").record)
    valid(score_run(run([failure("1", label="a")], "failed"), ScoreRequest(), "0").record)


def test_scores_of_a_run_are_the_same_each_time_and_in_any_order(run: Run) -> None:
    rows = mixed()
    first = score_run(run(rows), ScoreRequest(), "0").record
    second = score_run(run(rows[::-1], "turned"), ScoreRequest(), "0").record
    assert first.signature == second.signature
    assert {name: score.n for name, score in first.scores.items()} == {
        name: score.n for name, score in second.scores.items()
    }
    for name, score in first.scores.items():
        assert second.scores[name] == pytest.approx(score), name


def test_the_signature_says_how_it_was_made(run: Run) -> None:
    told = score_run(run(mixed(), judge="chat(model='m')"), ScoreRequest(), "0.1").record.signature
    for part in (
        "twinlens:0.1", "judge:chat(model='m')", "rows:60", "scenes:12", "labels:", "ties:half", "seed:0",
        "failures:wrong", "interval:95,bca,scenes,2000", "bleu:sacrebleu-", "rouge:rouge-score-",
    ):  # fmt: skip
        assert part in told


def test_a_share_that_is_always_right_has_wilsons_interval() -> None:
    made = Estimator("accuracy", np.ones((20, 2)), ratio, 20, 0)
    assert made.score().low == wilson(20, 20).low
    assert made.score().high == 1.0


def test_a_composite_is_the_expression_of_its_parts_with_an_interval_of_its_own(run: Run) -> None:
    wanted = ScoreRequest(composite=parse_composite("0.7*accuracy+0.15*bleu4+0.15*rouge_l"))
    found = score_run(run(mixed()), wanted, "0").record.scores
    parts = 0.7 * found["accuracy"].value + 0.15 * found["bleu4"].value + 0.15 * found["rouge_l"].value
    assert found["composite"].value == pytest.approx(parts)
    assert found["composite"].low < parts < found["composite"].high
    assert (found["composite"].n, found["composite"].failed) == (60, 3)


def test_the_interval_of_a_composite_of_one_score_is_that_scores(run: Run) -> None:
    table = read_rows(run(mixed()))
    found = score_run(
        run(mixed(), "again"), ScoreRequest(composite=parse_composite("accuracy"), rationale=False), "0"
    ).record.scores
    assert replace(found["composite"], signature="") == replace(found["accuracy"], signature="")
    assert combined(parse_composite("accuracy"), table).score().low == found["accuracy"].low


def test_the_mean_over_phases_weighs_each_phase_the_same(run: Run) -> None:
    rows = [verdict(str(at), "a", label="a", columns={"phase": "2"}) for at in range(9)]
    rows += [verdict("x", "b", label="a", columns={"phase": "3"})]
    wanted = ScoreRequest(composite=parse_composite("accuracy"), mean_over="phase")
    found = score_run(run(rows), wanted, "0").record
    assert found.scores["accuracy"].value == 0.9
    assert found.scores["composite"].value == 0.5
    assert found.scores["composite"].n == 10


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            ScoreRequest(composite=parse_composite("acuracy")),
            "found no score 'acuracy'; expected one of accuracy",
        ),
        (ScoreRequest(by=("colour",)), "no row has the column 'colour'"),
    ],
)
def test_what_the_run_does_not_have_is_named(run: Run, wanted: ScoreRequest, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        score_run(run(mixed()), wanted, "0")


def test_a_gate_is_met_or_not_and_says_what_was_found(run: Run) -> None:
    record = score_run(run(mixed(right=1.0)), ScoreRequest(), "0").record
    scores = record.scores
    met = GateRecord("accuracy >= 0.9", True, {"accuracy": scores["accuracy"]})
    assert gate_record(parse_gate("accuracy >= 0.9"), scores) == met
    assert not gate_record(parse_gate("low(accuracy) >= 0.95"), scores).met
    assert gate_record(parse_gate("high(win_rate(v1)) < 1"), scores).met
    with pytest.raises(BadInput, match=r"found no score 'win_rate\(v3\)'"):
        gate_record(parse_gate("win_rate(v3) > 0.5"), scores)


def test_a_score_without_a_value_meets_no_gate() -> None:
    none = {"accuracy": ScoreRecord(None, None, None, 0, 0)}
    assert not gate_record(parse_gate("accuracy >= 0"), none).met


def sentences(scores: dict[str, ScoreRecord], **more: object) -> str:
    return " ".join(caveats(scores, {}, 20, **more))  # type: ignore[arg-type]


def test_what_a_bare_number_hides_is_reported_in_words() -> None:
    assert "its place decides" in sentences({"first_position_rate": ScoreRecord(0.9, 0.85, 0.95, 100, 0)})
    assert sentences({"first_position_rate": ScoreRecord(0.55, 0.45, 0.65, 100, 0)}) == ""
    assert "40 % of the pairs are judged otherwise" in sentences(
        {"swap_consistency": ScoreRecord(0.6, 0.5, 0.7, 100, 0)}
    )
    assert "cannot be told apart from guessing" in sentences(
        {"accuracy": ScoreRecord(0.52, 0.45, 0.6, 100, 0)}
    )
    assert "3 of 100 pairs failed" in sentences({"accuracy": ScoreRecord(0.8, 0.7, 0.9, 100, 3)})
    assert "a template" in sentences({"distinct_rationales": ScoreRecord(0.02, 0.01, 0.03, 100, 0)})
    assert "symmetric by construction" in sentences({}, symmetric=True)
    blind = {"template_right": {"rouge_l": ScoreRecord(0.28, 0.27, 0.29, 100, 0)}}
    scores = {"rouge_l": ScoreRecord(0.3, 0.27, 0.33, 100, 0)}
    assert "never looks (0.280)" in " ".join(caveats(scores, blind, 20))
    assert "There are only 3 scenes: too few for intervals, which take 6." in caveats({}, {}, 3)
    assert "There is only 1 scene: too few for intervals, which take 6." in caveats({}, {}, 1)
    assert "There are only 6 scenes: the intervals are rough." in caveats({}, {}, 6)


def test_a_judge_that_answers_from_the_id_is_exposed(run: Run) -> None:
    rows = [row | {"choice": "ab"[int(row["id"]) % 2]} for row in mixed() if "choice" in row]
    assert any(
        "cannot be told apart from guessing" in note
        for note in score_run(run(rows), ScoreRequest(), "0").record.notes
    )


def numbers(count: int, **said: str) -> list[Row]:
    """Rows of as many scenes, labelled a; `said` are the choices of some, by their ids, the others say a."""
    choices = {f"s{at}": said.get(f"s{at}", "a") for at in range(count)}
    return [
        failure(id, label="a") if choice == "failed" else verdict(id, choice, label="a")
        for id, choice in choices.items()
    ]


def test_fewer_than_six_scenes_have_no_interval_but_a_sentence(run: Run) -> None:
    five, six = (
        score_run(run(numbers(count, s0="b"), str(count)), ScoreRequest(), "0").record for count in (5, 6)
    )
    assert (five.scores["accuracy"].low, five.scores["accuracy"].value) == (None, 0.8)
    assert "There are only 5 scenes: too few for intervals, which take 6." in five.notes
    assert six.scores["accuracy"].low is not None
    assert "interval:none" in str(five.scores["accuracy"].signature)


def test_where_all_scenes_are_alike_the_interval_is_wilsons_over_scenes_not_rows(run: Run) -> None:
    rows = [verdict(f"{at}", "a", label="a", scene=f"s{at % 8}") for at in range(80)]
    made = score_run(run(rows), ScoreRequest(), "0").record.scores["accuracy"]
    assert made.low == pytest.approx(wilson(8, 8).low)
    assert "interval:95,wilson,scenes" in str(made.signature)
    half = [verdict(f"{at}", "ab"[at // 8 % 2], label="a", scene=f"s{at % 8}") for at in range(80)]
    alike = score_run(run(half, "half"), ScoreRequest(), "0").record.scores["kappa"]
    assert (alike.low, alike.high) == (None, None)


def test_a_failure_explains_why_86_percent_stands_beside_100(run: Run) -> None:
    record = score_run(run(numbers(7, s3="failed")), ScoreRequest(), "0").record
    assert record.scores["accuracy"].value == pytest.approx(6 / 7)
    said = "1 of 7 pairs failed and count as wrong in the accuracy; of the other 6 it is 1.000."
    assert said in record.notes


def test_ties_and_orders_that_disagree_say_what_the_accuracies_count(run: Run) -> None:
    ties = score_run(run(numbers(8, s3="tie")), ScoreRequest(), "0").record
    assert (
        "accuracy (0.938) is of 8 labelled pairs, a tie half, a failure wrong; "
        "accuracy_ties (1.000) is of the 7 in which a side was chosen."
    ) in ties.notes
    orders = {
        "ab": {"first": "a", "choice": "a", "p_a": 0.8},
        "ba": {"first": "b", "choice": "b", "p_a": 0.3},
    }
    rows = [
        verdict(str(at), label="a", **({"orders": orders, "consistent": False} if at < 3 else {}))
        for at in range(8)
    ]
    said = score_run(run([*rows, verdict("x", label="a", consistent=True,
                          orders={"ab": orders["ab"], "ba": orders["ab"] | {"first": "b"}})], "orders"),
                     ScoreRequest(), "0").record  # fmt: skip
    assert (
        "In 75 % of the pairs the orders disagree: the accuracy is of the side that the mean of both "
        "probabilities favours."
    ) in said.notes


def test_every_score_says_what_it_counts_and_on_which_packages_it_depends(run: Run) -> None:
    record = score_run(run(mixed()), ScoreRequest(by=("phase",)), "0").record
    for scores in (record.scores, *record.controls.values(), *record.by["phase"].values()):
        for name, score in scores.items():
            assert str(score.signature).startswith(f"{name}|of:")
            assert counted(name) != ("rows", "counted")
    assert record.scores["accuracy"].signature == (
        "accuracy|of:labelled pairs, a tie half|failures:wrong|interval:95,bca,scenes,2000,seed:0"
    )
    assert "|bleu:sacrebleu-" in str(record.scores["bleu4"].signature)
    assert "|rouge:rouge-score-" in str(record.scores["rouge_l"].signature)


def test_the_scores_that_the_page_explains_are_those_with_a_signature() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scores.md").read_text("utf-8")
    rows = page.partition("| score |")[2].partition("\n\n")[0].splitlines()[2:]
    named = {name.partition("(")[0].strip() for row in rows for name in row.split("|")[1].split(",")}
    assert named | {"composite"} == set(COUNTED)


def test_a_run_of_failures_only_is_said_to_be_one(run: Run) -> None:
    rows = [failure(str(at), label="a", failure="timeout", detail="after 30 s") for at in range(5)]
    record = score_run(run([*rows, failure("x", label="a")]), ScoreRequest(), "0.1").record
    assert record.notes[0] == "No verdict in any pair: no answer in time in 5 of 6 (after 30 s)."
    assert not [note for note in record.notes if "accuracy" in note]
    assert headline(record) == record.notes[0].rstrip(".")
    assert {name: made.value for name, made, _ in tiles(record.scores, False, ())} == {}
    said = score_run(run([*rows, verdict("y", label="a")], "other"), ScoreRequest(), "0.1").record
    assert not [note for note in said.notes if note.startswith("No verdict")]


def test_verdicts_that_are_not_sure_enough_are_counted_and_left_out_of_selective_accuracy(run: Run) -> None:
    rows = [verdict(str(at), "a", label="ab"[at > 5], p_a=0.9 if at < 8 else 0.6) for at in range(10)]
    record = score_run(run([*rows, failure("x", label="a")]), ScoreRequest(abstain_below=0.8), "0.1").record
    valid(record)
    coverage, accuracy = record.scores["coverage"], record.scores["selective_accuracy"]
    assert (coverage.value, coverage.n, coverage.failed) == (pytest.approx(8 / 11), 11, 1)
    assert (accuracy.value, accuracy.n) == (pytest.approx(6 / 8), 8)
    assert record.scores["accuracy"].value == pytest.approx(6 / 11)
    assert "2 of 10 verdicts are below 0.8: abstentions." in record.notes
    assert "|abstain:0.8" in record.signature
    assert gate_record(parse_gate("coverage>=0.7"), record.scores).met
    none = score_run(run(rows, "other"), ScoreRequest(abstain_below=0.95), "0.1").record
    assert (none.scores["coverage"].value, "selective_accuracy" in none.scores) == (0.0, False)
    assert "coverage" not in score_run(run(rows, "third"), ScoreRequest(), "0.1").record.scores
