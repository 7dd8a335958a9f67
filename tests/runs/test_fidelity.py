"""Two restorations beside the original: which is nearer, which is nicer, and what is no original."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from photographs import Pixels, picture
from twinlens import compare
from twinlens.cli import run
from twinlens.core.contracts import line, outcome_record, schema
from twinlens.core.fidelity import Nearness, Reference
from twinlens.core.types import Failure, Pair, Photo, Verdict
from twinlens.judges.fixed import Fixed
from twinlens.report.fidelity import TRADE_OFF
from twinlens.report.page import original_lines, page
from twinlens.runs.fidelity import fidelity

Saved = Callable[[str, Pixels], Path]
NOISE = np.random.default_rng(0).normal(0, 1, (400, 600, 3))


def noisy(strength: float) -> Pixels:
    return np.clip(np.rint(picture("coffee") + strength * NOISE), 0, 255).astype(np.uint8)


def moved(pixels: Pixels) -> Pixels:
    return np.roll(pixels, (3, 4), (0, 1))


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """Saves a photo and gives its file."""

    def save(name: str, pixels: Pixels) -> Path:
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        return tmp_path / f"{name}.png"

    return save


@pytest.fixture
def files(saved: Saved) -> tuple[Path, Path, Path]:
    """A little noise, more of it, and the photo without."""
    return saved("a", noisy(4)), saved("b", noisy(12)), saved("original", picture("coffee"))


def test_the_nearer_restoration_is_named_by_each_measure(files: tuple[Path, Path, Path]) -> None:
    a, b, original = files
    verdict = compare(a, b, Fixed("b"), original=original)
    assert isinstance(verdict, Verdict)
    record = json.loads(line(outcome_record(verdict, "0")))
    jsonschema.validate(record, schema("verdict"))
    reference = record["reference"]
    assert (reference["original"]["file"], reference["nearer"]) == (str(original), "a")
    assert [(one["measure"], one["nearer"]) for one in reference["measures"]] == [
        ("PSNR", "a"), ("SSIM", "a"), ("MS-SSIM", "a"),
    ]  # fmt: skip
    assert all(one["a"] > one["b"] for one in reference["measures"])
    near, nice, why = original_lines(verdict)
    assert near.startswith("Nearer to the original: A (PSNR 36.")
    assert " against 26.9 dB, SSIM 0." in near
    assert nice.startswith("Nicer: B")
    assert why == TRADE_OFF
    assert near in page(verdict)


def test_without_an_original_nothing_is_said_of_one(files: tuple[Path, Path, Path]) -> None:
    verdict = compare(*files[:2], Fixed("b"))
    assert isinstance(verdict, Verdict)
    assert list(original_lines(verdict)) == []
    assert "reference" not in json.loads(line(outcome_record(verdict, "0")))


def test_exchanging_the_restorations_exchanges_what_is_nearer() -> None:
    pair, original = (
        Pair("", Photo("a", "a", noisy(4)), Photo("b", "b", noisy(12))),
        Photo("o", "o", picture("coffee")),
    )
    one, other = fidelity(pair, original), fidelity(pair.swapped(), original)
    assert isinstance(one, Reference) and isinstance(other, Reference)  # noqa: PT018
    assert [(each.a, each.b) for each in one.measures] == [(each.b, each.a) for each in other.measures]
    assert (one.nearer, other.nearer) == ("a", "b")


def test_where_measures_disagree_each_says_which_is_nearer() -> None:
    verdict = Fixed("a").judge(Pair("", Photo("a", "a", noisy(4)), Photo("b", "b", noisy(12))))
    assert isinstance(verdict, Verdict)
    both = (Nearness("PSNR", 27.8, 29.3, "dB", "b"), Nearness("SSIM", 0.83, 0.814, "", "a"))
    split = replace(verdict, reference=Reference(verdict.pair.a, both))
    near, nice = original_lines(split)
    assert near == "Nearer to the original: A by SSIM 0.830 against 0.814; B by PSNR 29.3 against 27.8 dB."
    alike = Reference(verdict.pair.a, (Nearness("PSNR", 30.01, 30.02, "dB", "same"),))
    assert next(iter(original_lines(replace(verdict, reference=alike)))) == (
        "Nearer to the original: neither (PSNR 30.0 against 30.0 dB)."
    )
    assert nice.startswith("Nicer: A")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda photo: photo[:, ::-1], "B and the original: the original is B mirrored"),
        (lambda photo: photo[:, 6:], "B is 594x400, the original 600x400: not in the same proportions"),
        (moved, "B is moved against the original"),
        (lambda photo: picture("rocket")[:400, :600], "B and the original: two different scenes"),
    ],
)  # fmt: skip
def test_an_original_of_another_frame_is_no_original(
    saved: Saved, change: Callable[[Pixels], Pixels], why: str
) -> None:
    original = saved("original", picture("coffee"))
    b = saved("b", np.ascontiguousarray(change(noisy(8))))
    outcome = compare(saved("a", noisy(4)), b, Fixed("a"), original=original)
    assert isinstance(outcome, Failure)
    assert outcome.kind == "not-a-pair"
    assert why in outcome.detail


def test_a_restoration_of_another_size_is_brought_to_the_originals() -> None:
    whole = picture("coffee")
    half = np.asarray(Image.fromarray(whole).resize((300, 200), Image.Resampling.LANCZOS))
    pair = Pair("", Photo("a", "a", noisy(8)), Photo("b", "b", half))
    made = fidelity(pair, Photo("o", "o", whole))
    assert isinstance(made, Reference)
    assert made.notes == ("B (300x200) was resampled to the size of the original (600x400).",)


def test_by_force_photos_that_are_moved_are_measured_as_they_are() -> None:
    whole = picture("coffee")
    pair = Pair("", Photo("a", "a", noisy(8)), Photo("b", "b", moved(whole)))
    assert isinstance(fidelity(pair, Photo("o", "o", whole)), Failure)
    made = fidelity(pair, Photo("o", "o", whole), force=True)
    assert isinstance(made, Reference)
    assert made.nearer == "a"


def test_a_measure_that_takes_larger_photos_is_left_out_with_a_note() -> None:
    whole = picture("coffee")[:160, :200]
    pair = Pair("", Photo("a", "a", whole), Photo("b", "b", noisy(8)[:160, :200]))
    made = fidelity(pair, Photo("o", "o", whole))
    assert isinstance(made, Reference)
    assert [one.measure for one in made.measures] == ["PSNR", "SSIM"]
    assert made.notes == ("MS-SSIM is left out: it takes sides of 176 pixels or more.",)


def test_the_terminal_says_which_is_nearer(
    files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    a, b, original = map(str, files)
    assert run(["compare", a, b, "--original", original, "--judge", "fixed"]) == 0
    assert "Nearer to the original: A (PSNR 36." in capsys.readouterr().out
    assert run(["compare", a, b, "--original", f"{original}x", "--judge", "fixed"]) == 2
    assert "no such file" in capsys.readouterr().err
