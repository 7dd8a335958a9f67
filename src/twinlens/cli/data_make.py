"""`twinlens data process` and `restore`: photographs become pairs to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from twinlens.cli.options import argument, flag, option
from twinlens.cli.run import progress
from twinlens.cli.terminal import complain, plain
from twinlens.core.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from twinlens.train.photo_pairs import PhotoPairs

SHOWN = 5
"""Photographs that cannot be read, shown one by one."""
Photographs = Annotated[Path, argument("PHOTOS", "A folder of photographs.")]
Out = Annotated[Path, option("DIR", "A folder for pairs.csv and the photos.", "--out", "-o")]
Each = Annotated[int, option("N", "Pairs of a photograph.", "--pairs", least=1)]
Size = Annotated[int, option("PIXELS", "The long side that photographs are reduced to.", least=64)]
Seed = Annotated[int, option("N", "Another number gives other pairs.", least=0)]
Workers = Annotated[int | None, option("N", "Processes; by default one for each core.", least=1)]
Kinds = Annotated[str, option("A,B", "Only these distortions, by name or family.")]
LeaveOut = Annotated[str, option("A,B", "All but these, by name or family.")]
Strengths = Annotated[str, option("N,N", "How strong: 1 slight, 2 visible, 3 strong.")]
Regions = Annotated[str, option("A,B", "Damage these only, such as global,face.")]
HeldOut = Annotated[
    bool, flag("--held-out", "Distortions that nothing was ever fitted on: to test with, not to learn from.")
]


def process(
    photos: Photographs,
    out: Out,
    pairs: Each = 4,
    kinds: Kinds = "",
    leave_out: LeaveOut = "",
    strengths: Strengths = "1,2,3",
    regions: Regions = "",
    held_out: HeldOut = False,
    size: Size = 1024,
    seed: Seed = 0,
    workers: Workers = None,
) -> int:
    """Damage photographs: pairs of known region, defect and label, with the reasons an expert would write."""
    from twinlens.language.lexicon import ENGLISH
    from twinlens.runs.process_pool import cores
    from twinlens.train.damaged_pairs import Damager
    from twinlens.train.damaged_pairs import kinds as known_kinds
    from twinlens.train.photo_pairs import chosen, photo_pairs, photographs

    known = known_kinds(held_out)
    left_out = set(chosen(leave_out, "--leave-out", known))
    every = chosen(kinds, "--kinds", known) if kinds else (name for one in known.values() for name in one)
    names = tuple(name for name in dict.fromkeys(every) if name not in left_out)
    if not names:
        raise BadInput("--leave-out: found every distortion there is to choose; expected to leave some")
    steps = {str(step): [str(step)] for step in (1, 2, 3)}
    strong = tuple(int(step) for step in dict.fromkeys(chosen(strengths, "--strengths", steps)))
    places = {name: [name] for name in ENGLISH.regions}
    damager = Damager(names, strong or (1, 2, 3), tuple(chosen(regions, "--regions", places)), pairs, seed)
    options = {"form": "twinlens.process/1", **vars(damager)}
    files = photographs(photos)
    with progress(len(files)) as on_progress:
        made = photo_pairs(files, out, damager, options, size, workers or cores(), on_progress)
    return _report(made)


def restore(
    photos: Photographs,
    out: Out,
    pairs: Each = 8,
    size: Size = 384,
    seed: Seed = 0,
    workers: Workers = None,
) -> int:
    """Reduce photographs and restore them, by networks too: pairs, labelled where all measures agree."""
    from twinlens.runs.process_pool import cores
    from twinlens.train.photo_pairs import photo_pairs, photographs

    try:
        import ncnn  # type: ignore[import-untyped]  # noqa: F401

        from twinlens.train.restored_pairs import Restorer
    except ImportError as error:
        raise MissingExtra("twinlens data restore", "restore,train") from error
    files, restorer = photographs(photos), Restorer(pairs, seed)
    options = {"form": "twinlens.restore/1", **vars(restorer)}
    with progress(len(files)) as on_progress:
        made = photo_pairs(files, out, restorer, options, size, workers or cores(), on_progress)
    return _report(made)


def _report(made: PhotoPairs) -> int:
    print(plain(f"{made.pairs:,} pairs in {made.table}"))
    for problem in made.problems[:SHOWN]:
        complain(problem)
    if len(made.problems) > SHOWN:
        complain(f"and {len(made.problems) - SHOWN:,} more")
    return 1 if made.problems or not made.pairs else 0
