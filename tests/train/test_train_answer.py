"""Learning a preference network from one's own pairs, by one command that says what it gained."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from twinlens.cli import main
from twinlens.core.types import Verdict
from twinlens.runs.compare import compare
from twinlens.train.heads import Examples, calibrate, fit_heads


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


def test_a_folder_that_holds_something_else_is_not_written_to(
    learned: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    assert code_of("train", "answer", str(learned[0]), "--out", str(tmp_path)) == 2
    assert "something else is there" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["photo.jpg"]
