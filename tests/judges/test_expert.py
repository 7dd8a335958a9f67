"""The judges answer and expert: what was learned decides, antisymmetric; what is measured explains."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photographs import NAMES, OTHER, photo, picture, spoiled
from twinlens.core.catalog import DEFAULT_JUDGE, part, spec
from twinlens.core.errors import TwinlensError
from twinlens.core.types import Pair, Verdict
from twinlens.imaging.open import open_photo
from twinlens.judgement.evidence import measure
from twinlens.judgement.explanation import NOTHING_NOTICED, UNEXPLAINED, unexplained
from twinlens.judges.answer import UNFAMILIAR, UNFAMILIAR_NOTE
from twinlens.judges.expert import MAPPED, Expert
from twinlens.runs.compare import compare_pair
from twinlens.train.examples import photo_of

TRIED = [
    ("astronaut", "blur"),
    ("chelsea", "jpeg"),
    ("chelsea", "noise"),
    ("coffee", "gray_out"),
    ("rocket", "smear"),
]


def judged(name: str, defect: str, judge: str, swapped: bool = False) -> Verdict:
    pair = Pair("", photo(name), photo_of(spoiled(name, defect)))
    said = compare_pair(pair.swapped() if swapped else pair, judge)
    assert isinstance(said, Verdict)
    return said


def test_the_default_judge_is_one_of_the_judges() -> None:
    assert spec(part("judges", DEFAULT_JUDGE)) == DEFAULT_JUDGE == "expert"


@pytest.mark.parametrize("judge", ["answer", "expert"])
@pytest.mark.parametrize(("name", "defect"), TRIED)
def test_swapping_the_photos_mirrors_the_verdict_exactly(name: str, defect: str, judge: str) -> None:
    here, there = judged(name, defect, judge), judged(name, defect, judge, swapped=True)
    assert there.choice == OTHER[here.choice]
    assert there.p_a == 1 - here.p_a
    assert there.familiar == here.familiar
    assert here.map is not None
    assert there.map is not None
    assert (np.array(there.map) == -np.array(here.map)).all()
    assert [OTHER[c.favours] for c in there.claims] == [c.favours for c in here.claims]


@pytest.mark.parametrize(("name", "defect"), TRIED)
def test_the_expert_chooses_the_photo_that_is_plainly_better(name: str, defect: str) -> None:
    assert judged(name, defect, "expert").choice == "a"


@pytest.mark.parametrize("judge", ["answer", "expert"])
@pytest.mark.parametrize("name", NAMES[:2])
def test_identical_photos_are_a_tie(name: str, judge: str) -> None:
    said = compare_pair(Pair("", photo(name), photo_of(picture(name))), judge)
    assert isinstance(said, Verdict)
    assert (said.choice, said.p_a) == ("tie", 0.5)
    assert len(set(said.claims)) == len(said.claims), "nothing is said twice"
    assert not [claim for claim in said.claims if claim.favours != "same"]


def test_a_verdict_is_the_same_from_one_thread_and_from_two() -> None:
    alone = judged("astronaut", "blur", "answer")
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: judged("astronaut", "blur", "answer"), range(2)))
    assert {said.p_a for said in both} == {alone.p_a}


@pytest.mark.parametrize(("name", "defect"), TRIED)
def test_reasons_for_the_choice_come_first_and_none_is_a_mere_opinion(name: str, defect: str) -> None:
    said = judged(name, defect, "expert")
    for_it = [claim.favours == said.choice for claim in said.claims]
    assert for_it == sorted(for_it, reverse=True)
    assert all(claim.grounding != "opinion" for claim in said.claims)
    unexplained = [note for note in said.notes if note.startswith(UNEXPLAINED)]
    assert bool(unexplained) == (not any(for_it))
    assert (MAPPED in said.notes) == bool(unexplained)


def test_unfamiliar_processing_is_said_in_a_note() -> None:
    a = picture("coffee")
    said = compare_pair(Pair("", photo("coffee"), photo_of(np.ascontiguousarray(255 - a))), "answer")
    assert isinstance(said, Verdict)
    assert said.familiar is not None
    assert (UNFAMILIAR_NOTE in said.notes) == (said.familiar < UNFAMILIAR)


def test_the_expert_explains_a_choice_that_is_not_its_own() -> None:
    pair = Pair("", photo("astronaut"), photo_of(spoiled("astronaut", "blur")))
    said = Expert().explain(pair, "b")
    assert isinstance(said, Verdict)
    assert said.choice == "b"
    assert said.claims[0].favours == "a"
    (why,) = [note for note in said.notes if note.startswith(UNEXPLAINED)]
    assert why.startswith(f"{UNEXPLAINED} B. ")
    assert MAPPED not in said.notes, "no map comes with a choice of somebody else"


def test_where_no_reason_is_sure_it_is_said_what_was_measured_for_the_choice() -> None:
    a = picture("astronaut")
    noisier = np.clip(a + np.random.default_rng(0).normal(0, 1.4, a.shape), 0, 255).astype(np.uint8)
    measured = measure(Pair("", photo("astronaut"), photo_of(noisier)))
    said = unexplained(measured, "a")
    assert said.startswith(f"{UNEXPLAINED} A. What is measured for it, less surely: ")
    assert "B shows more noise" in said
    assert unexplained(measured, "b") == f"{UNEXPLAINED} B. {NOTHING_NOTICED}"


def test_a_checkpoint_that_is_not_there_is_refused_before_any_photo_is_opened(tmp_path: Path) -> None:
    for judge in ("answer", "expert"):
        with pytest.raises(TwinlensError, match="twinlens train answer"):
            part("judges", f'{judge}(checkpoint="{tmp_path}/none")')


def test_holes_of_a_palette_are_specks_not_texture(tmp_path: Path) -> None:
    colours = Image.fromarray(picture("coffee")).quantize(255)
    full = np.array(colours.convert("RGB"))
    indices = np.array(colours)
    indices[np.random.default_rng(0).random(indices.shape) < 0.002] = 255
    holes = Image.fromarray(indices)
    holes.putpalette(colours.getpalette() or [])
    holes.save(tmp_path / "holes.png", transparency=255)
    said = compare_pair(Pair("", photo_of(full), open_photo(tmp_path / "holes.png")), "expert")
    assert isinstance(said, Verdict)
    assert said.choice == "a"
    assert {one.favours for one in said.claims} == {"a"}
    assert "artifacts" in {one.aspect for one in said.claims}


@pytest.mark.parametrize("size", [(1, 1), (20, 500), (1000, 1500)])
def test_photos_of_any_two_sizes_that_show_no_common_scene_are_judged_by_force(size: tuple[int, int]) -> None:
    other = np.asarray(Image.fromarray(picture("rocket")).resize(size))
    pair = Pair("", photo("coffee"), photo_of(other))
    here, there = (compare_pair(one, "expert", force=True) for one in (pair, pair.swapped()))
    assert isinstance(here, Verdict)
    assert isinstance(there, Verdict)
    assert there.p_a == 1 - here.p_a
    assert here.forced


def test_detail_that_was_painted_over_is_missed_surely() -> None:
    said = judged("astronaut", "smear", "expert")
    assert said.confidence > 0.9
    assert (said.claims[0].aspect, said.claims[0].favours) == ("texture", "a")
