"""Whether a judge still says what it said: verdicts stored once, and compared with those of another version.

    python -m benchmarks verdicts PAIRS.csv --store FILE.jsonl      judges, and stores id, choice and p_a a line
    python -m benchmarks verdicts PAIRS.csv --against FILE.jsonl    judges, and prints each verdict that differs

FILE may be a run folder or its rows.jsonl too. Equal are the same choice and p_a to a relative 1e-6; a failure has
neither. The exit code is 1 where a verdict differs. The 756 pairs of `shared/data/human` take 4 minutes on 2 cores.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from twinlens.readers import open_pairs
from twinlens.runs.engine import run

Verdicts = dict[str, tuple[str | None, float | None]]
"""Choice and p_a by the pair's id; of a failure None."""
RELATIVE = 1e-6


def main(
    pairs: str,
    store: Annotated[Path | None, typer.Option(help="Where the verdicts go.")] = None,
    against: Annotated[Path | None, typer.Option(help="Verdicts stored before, or a run folder.")] = None,
    judge: str = "measured",
    workers: int = 2,
) -> None:
    """Judge, store and compare."""
    if store is None and against is None:
        raise SystemExit("verdicts: found neither --store nor --against; expected one of them, or both")
    known = read(against) if against is not None else {}
    with tempfile.TemporaryDirectory() as folder:
        run(open_pairs(pairs), judge, folder, workers=workers, cache=False)
        new = read(Path(folder))
    if store is not None:
        lines = (json.dumps({"id": id, "choice": choice, "p_a": p_a}) for id, (choice, p_a) in new.items())
        store.write_text("\n".join(lines) + "\n", "utf-8")
    if against is not None:
        differing = list(differences(known, new))
        print("\n".join([*differing, f"{len(new)} pairs, {len(differing)} of them differ"]))
        raise SystemExit(bool(differing))


def read(file: Path) -> Verdicts:
    """The verdicts in a file of JSON lines, or in a run folder of either schema."""
    rows = file / "rows.jsonl" if file.is_dir() else file
    if not rows.is_file():
        raise SystemExit(f"verdicts: {str(rows)!r}: no such file; expected stored verdicts or a run folder")
    records = map(json.loads, rows.read_text("utf-8").splitlines())
    return {str(one["id"]): (one.get("choice"), one.get("p_a")) for one in records}


def differences(known: Verdicts, new: Verdicts) -> Iterator[str]:
    """Each pair whose verdict is not the same, in words."""
    for id in sorted({*known, *new}):
        if id not in known or id not in new:
            yield f"{id}: only {'stored' if id in known else 'judged now'}"
        elif known[id][0] != new[id][0] or not close(known[id][1], new[id][1]):
            yield f"{id}: stored {known[id]}, judged now {new[id]}"


def close(one: float | None, other: float | None) -> bool:
    """Whether two probabilities are equal to a relative 1e-6, or both missing."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=RELATIVE)
