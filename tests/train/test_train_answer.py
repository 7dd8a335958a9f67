"""Learning a preference network from one's own pairs, by one command that says what it gained."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from twinlens.cli import main
from twinlens.core.errors import BadInput
from twinlens.core.types import Verdict
from twinlens.runs.compare import compare
from twinlens.train import finetune, tuning
from twinlens.train.answer import SCENE, scores
from twinlens.train.heads import Examples, calibrate, fit_heads
from twinlens.train.predictions import stored


def code_of(*arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


RANDOM = np.random.default_rng(0)


def planted(kinds: int, noise: float = 0.0) -> tuple[Examples, np.ndarray]:
    """Pairs whose label is the sign of a planted weighing, each kind with a direction of its own."""
    weights = RANDOM.normal(size=40)
    kind = np.repeat(np.arange(kinds), 60)
    base = RANDOM.normal(size=(kinds, 40))
    apart = base[kind] * RANDOM.choice([-1.0, 1.0], len(kind))[:, None] + 0.5 * RANDOM.normal(
        size=(len(kind), 40)
    )
    sign = np.sign(apart @ weights + noise * RANDOM.normal(size=len(kind)))
    scene = np.array([f"{k} {n // 6}" for n, k in enumerate(kind)])
    return Examples(
        apart, np.zeros((len(kind), 3)), sign, np.ones(len(kind)), scene, kind.astype(str)
    ), weights


def test_heads_learn_a_preference_that_is_planted_and_turn_round_with_the_photos() -> None:
    people, _ = planted(2)
    fitted = fit_heads(people, [], np.zeros(43), 3)
    mean, spread, familiar = fitted.predicted(people)
    assert (np.sign(mean) == people.sign).mean() > 0.95
    turned = Examples(
        -people.statistics,
        -people.evidence,
        *(getattr(people, n) for n in ("sign", "weight", "scene", "kind")),
    )
    other = fitted.predicted(turned)
    assert np.allclose(other[0], -mean)
    assert np.allclose(other[1], spread)
    assert np.allclose(other[2], familiar)


def test_a_kind_that_was_left_out_is_less_familiar_than_scenes_that_were() -> None:
    people, _ = planted(3)
    out = people.kind == "2"
    fitted = fit_heads(people[~out], [], np.zeros(43), 1)
    assert fitted.predicted(people[out])[2].mean() < fitted.predicted(people[~out])[2].mean()


def test_calibration_makes_less_of_log_odds_that_are_often_wrong() -> None:
    mean, spread, familiar = np.full(200, 4.0), np.zeros(200), np.repeat([0.0, 1.0], 100)
    sign = np.where(np.arange(200) % 100 < np.where(familiar > 0, 95, 60), 1.0, -1.0)
    unknown, known, _ = calibrate(mean, spread, familiar, sign, np.ones(200))
    assert 1 / (1 + np.exp(-4 * unknown)) == pytest.approx(0.6, abs=0.03)
    assert 1 / (1 + np.exp(-4 * known)) == pytest.approx(0.95, abs=0.03)


@pytest.fixture(scope="module")
def learned(pictures: list[tuple[Path, Path]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A table of twelve scenes in which people like the blurred photo, and what was learned of it."""
    folder = tmp_path_factory.mktemp("answer")
    table = folder / "pairs.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "a", "b", "label", "scene"])
        for number, (sharp, soft) in enumerate(pictures):
            a, b, label = (sharp, soft, "b") if number % 2 else (soft, sharp, "a")
            rows.writerow([f"p{number}", a, b, label, f"s{number}"])
    out = folder / "net"
    assert code_of("train", "answer", str(table), "--out", str(out), "--folds", "3", "--from-scratch") == 0
    return table, out


def test_a_network_learns_what_the_user_of_the_command_prefers(
    learned: tuple[Path, Path], pictures: list[tuple[Path, Path]]
) -> None:
    _, out = learned
    chosen = []
    for sharp, soft in pictures[:4]:
        said = compare(str(sharp), str(soft), f'answer(checkpoint="{out}")')
        assert isinstance(said, Verdict)
        chosen.append(said.choice)
    assert chosen == ["b"] * 4


def test_the_card_holds_accuracy_on_scenes_left_out_beside_the_measured_judge(
    learned: tuple[Path, Path],
) -> None:
    scores = json.loads((learned[1] / "card.json").read_text("utf-8"))["scores"]["other scenes"]
    assert scores["answer"]["n"] == scores["measured"]["n"] == 12
    assert scores["answer"]["value"] > scores["measured"]["value"]
    assert scores["gain"]["value"] == pytest.approx(scores["answer"]["value"] - scores["measured"]["value"])


def test_where_every_pair_is_right_the_interval_has_a_width() -> None:
    people, _ = planted(2)
    made = SimpleNamespace(log_odds=3 * people.sign, measured=-people.sign)
    of = scores(people, SimpleNamespace(predictions={"other scenes": made}))["other scenes"]  # type: ignore[arg-type]
    assert of["answer"]["value"] == of["answer"]["high"] == 1
    assert 0.5 < of["answer"]["low"] < 0.95


def test_of_too_few_scenes_no_interval_is_shown(
    learned: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few.csv"
    few.write_text("".join(learned[0].read_text("utf-8").splitlines(keepends=True)[:5]), "utf-8")
    assert code_of("train", "answer", str(few), "--out", str(tmp_path / "few")) == 0
    said = capsys.readouterr().out
    assert "too few scenes to tell" in said
    assert "[" not in said


def test_a_folder_that_holds_something_else_is_not_written_to(
    learned: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    assert code_of("train", "answer", str(learned[0]), "--out", str(tmp_path)) == 2
    assert "found something else there" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_fine_tuning_that_was_stopped_goes_on_to_a_network_of_the_same_form_with_its_predictions(
    learned: tuple[Path, Path], pictures: list[tuple[Path, Path]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for sides in ("CROP_SIDES", "WHOLE_SIDES"):
        monkeypatch.setattr(finetune, sides, (64,))
    times: list[int] = []

    def stopped_once(*arguments: Any) -> Any:
        times.append(len(times))
        if len(times) == 2:
            raise KeyboardInterrupt
        return finetune.tune(*arguments)

    monkeypatch.setattr(tuning, "tune", stopped_once)
    out = tmp_path / "net"
    command = ("train", "answer", str(learned[0]), "--out", str(out), "--folds", "2", "--epochs", "1")
    assert code_of(*command) != 0
    assert [file.name for file in out.iterdir()] == ["tuning"]
    assert code_of(*command) == 0
    assert len(times) == 4, "the first of three networks is tuned once"
    assert sorted(file.name for file in out.iterdir()) == [
        "backbone.onnx", "card.json", "heads.npz", "predictions.csv",
    ]  # fmt: skip
    made = json.loads((out / "card.json").read_text("utf-8"))["made"]
    tuned = made["fine_tuned"]
    assert (tuned["epochs"], tuned["networks"], tuned["steps"], tuned["seed"]) == (1, 3, 4, 0)
    rows = stored(out / "predictions.csv")
    assert [(row.form, row.left_out, row.kind) for row in rows] == [("fine-tuned", SCENE, "pairs")] * 12
    assert len({row.backbone for row in rows}) == 2
    assert {row.fold for row in rows} == {0, 1}
    assert all("--epochs 1 --device cpu" in row.command for row in rows)
    said = compare(*map(str, pictures[0]), judge=f'answer(checkpoint="{out}")')
    assert isinstance(said, Verdict)
    again = compare(*map(str, pictures[0][::-1]), judge=f'answer(checkpoint="{out}")')
    assert isinstance(again, Verdict)
    assert again.p_a == 1 - said.p_a


def test_the_predictions_of_a_frozen_network_are_stored_and_agree_with_its_card(
    learned: tuple[Path, Path],
) -> None:
    rows = stored(learned[1] / "predictions.csv")
    assert {row.form for row in rows} == {"frozen"}
    right = np.mean([(row.p_a > 0.5) == (row.label == "a") for row in rows])
    card = json.loads((learned[1] / "card.json").read_text("utf-8"))
    assert right == pytest.approx(card["scores"][SCENE]["answer"]["value"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--device", "cuda"), "a frozen backbone runs on the processor; expected --epochs N with it"),
        (("--device", "gpu", "--epochs", "1"), "--device 'gpu': no such device; expected cpu or cuda"),
        (("--backbone", "x.onnx", "--epochs", "1"), "cannot be fine-tuned; expected a name of timm or .pth"),
    ],
)
def test_what_cannot_be_fine_tuned_is_refused_in_one_line(
    learned: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], message: str,
) -> None:  # fmt: skip
    assert code_of("train", "answer", str(learned[0]), "--out", str(tmp_path / "net"), *arguments) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "net").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(
    learned: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "net")
    assert code_of("train", "answer", str(learned[0]), "--out", out, "--epochs", "1", "--device", "cuda") == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .endswith("--device 'cuda': torch finds no GPU; expected cpu, or a machine that has one")
    )


@pytest.mark.parametrize(
    "line", ["p1,s,k,c,other scenes,0,0.5,frozen,x,0,1,c", "p1,s,k,a,other scenes,0,often"]
)
def test_a_table_that_holds_no_predictions_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "predictions.csv"
    head = "id,scene,kind,label,left_out,fold,p_a,form,backbone,seed,version,command"
    file.write_text(f"{head}\n{line}\n", "utf-8")
    with pytest.raises(
        BadInput, match=r"line 2: found .*; expected predictions.csv of `twinlens train answer`"
    ):
        stored(file)
