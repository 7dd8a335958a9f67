"""Pairs as a data set of Hugging Face: a folder of photos, a table beside them, and a card.

`datasets.load_dataset(DIR)` gives the columns id, a, b (images), scene, kind, label, reference and those of
the pairs' own table; where details came with a pair, a_details and b_details are lists of images.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinlens.core.contracts import clean, line
from twinlens.core.errors import BadInput
from twinlens.core.outputs import new_folder
from twinlens.core.version import __version__
from twinlens.interop.question import PhotoFile, photo_files
from twinlens.readers import Row, Rows

OWN = ("id", "scene", "kind", "label", "reference")
"""Columns of ours beside the photos."""
TAKEN = re.compile(r"a|b|([ab]_)?details|(.*_)?file_names?")
"""Names that other columns may not have: they are, or would be read as, those of photos."""
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Exported:
    """What was written: the number of pairs and photos, and of those how many are copies of their files."""

    pairs: int
    photos: int
    copied: int


def copies(files: Sequence[PhotoFile]) -> list[bool]:
    """Of each file, whether it is a copy."""
    return [bool(file.path) for file in files]


def exported(pairs: Sequence[Sequence[bool]]) -> Exported:
    """What was written, of each pair's files whether they are copies."""
    every = [copy for of_pair in pairs for copy in of_pair]
    return Exported(len(pairs), len(every), sum(every))


def export(
    rows: Rows, folder: str | os.PathLike[str], split: str = "test", progress: Progress | None = None
) -> Exported:
    """Write pairs as a data set of one split into a new folder; all of it or nothing.

    BadInput where the folder is not empty or a column has a name that means a photo; BadPhoto where a photo
    cannot be read. `progress` is called with the numbers of pairs done and failed.
    """
    out = Path(folder)
    if not re.fullmatch(r"\w+", split):
        raise BadInput(f"--split: found {split!r}; expected one word, such as test")
    columns = _columns(rows)
    with new_folder(out, "--out") as draft:
        (draft / split / "photos").mkdir(parents=True)
        made = [(item, copies(files)) for item, files in _written(rows, columns, draft / split, progress)]
        lines = "".join(line(item) + "\n" for item, _ in made)
        (draft / split / "metadata.jsonl").write_text(lines, "utf-8")
        (draft / "README.md").write_text(card(rows, out.name, split, columns), "utf-8")
    return exported([of_pair for _, of_pair in made])


def _written(
    rows: Rows, columns: Sequence[str], folder: Path, progress: Progress | None
) -> Iterator[tuple[dict[str, Any], list[PhotoFile]]]:
    """Each row's line of the table, and its photos, which are written."""
    details = any(len(row.a) > 1 for row in rows)
    texts = [name for name in columns if not _plain([row.columns.get(name) for row in rows])]
    for at, row in enumerate(rows, 1):
        item: dict[str, Any] = {"id": row.id}
        files = dict(zip("ab", photo_files(row), strict=True))
        for side, (whole, *rest) in files.items():
            names = [f"photos/{at:06}_{side}{whole.suffix}"]
            names += [f"photos/{at:06}_{side}_{k}{one.suffix}" for k, one in enumerate(rest, 1)]
            for name, one in zip(names, (whole, *rest), strict=True):
                (folder / name).write_bytes(one.data)
            item[f"{side}_file_name"] = names[0]
            if details:
                item[f"{side}_details_file_names"] = names[1:]
                item["details"] = len(rest)
        item |= {"scene": row.scene, "kind": row.kind, "label": row.label, "reference": row.reference or None}
        item |= {name: _cell(row, name, name in texts) for name in columns}
        yield item, [*files["a"], *files["b"]]
        if progress is not None:
            progress(at, 0)


def _columns(rows: Rows) -> list[str]:
    """The names of the other columns of the pairs' table."""
    names = list(dict.fromkeys(name for row in rows for name in row.columns))
    for name in names:
        if name in OWN or TAKEN.fullmatch(name):
            raise BadInput(
                f"{rows.path}: found the column {name!r}, which would be read as one of ours; "
                "expected another name of it"
            )
    return names


def _plain(cells: Sequence[Any]) -> bool:
    """Whether a column holds cells of one kind that JSON and Arrow both know: texts, numbers or truths."""
    kinds = {float if type(cell) is int else type(cell) for cell in cells if cell is not None}
    return len(kinds) < 2 and kinds <= {str, float, bool}


def _cell(row: Row, name: str, as_text: bool) -> Any:
    """A cell; of a column of several kinds as text, what is no text in JSON."""
    cell = row.columns.get(name)
    if not as_text or cell is None or isinstance(cell, str):
        return cell
    return json.dumps(cell, ensure_ascii=False)


def card(rows: Rows, name: str, split: str, columns: Sequence[str]) -> str:
    """The card of the data set: front matter in YAML, then what the columns hold."""
    labels = Counter(row.label or "none" for row in rows)
    front = {
        "pretty_name": clean(name),
        "license": "unknown",
        "task_categories": ["image-to-text"],
        "tags": ["image-quality-assessment", "pairwise-comparison", "human-preference", "twinlens"],
        "size_categories": [next((word for most, word in SIZES if len(rows) < most), "n>1M")],
        "configs": [{"config_name": "default", "data_files": [{"split": split, "path": f"{split}/**"}]}],
    }
    matter = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items())
    counts = ", ".join(f"{count:,} {label}" for label, count in sorted(labels.items()))
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(Counter(r.kind for r in rows).items()))
    others = ", ".join(f"`{column}`" for column in columns)
    return CARD.format(
        matter=matter, name=clean(name), pairs=f"{len(rows):,}", scenes=f"{len({r.scene for r in rows}):,}",
        counts=counts, kinds=kinds, version=__version__, split=split, others=others or "none",
    )  # fmt: skip


CARD = """---
{matter}
---

# {name}

{pairs} pairs of {scenes} scenes: two renderings of one photograph each, and which one people prefer. The
license of the photos is not known to the program that wrote this card: name it above before the data set is
shared.

Labels: {counts}. Kinds: {kinds}.

| column | what it holds |
|---|---|
| `id` | the pair |
| `a`, `b` | the photos, Image A (Left) and Image B (Right) |
| `a_details`, `b_details` | details that came with the pair, where there are any; `details`: how many |
| `scene` | pairs of one scene are not independent: split and resample by it |
| `kind` | person, scene or other |
| `label` | the one people prefer: a, b, tie or nothing |
| `reference` | an expert's text, or nothing |

Other columns, as the pairs' table has them: {others}.

A photo is its original file, with what that says of camera and place, where any program decodes it to the
same pixels; else it is a PNG: upright, sRGB, 8 bits.

```python
from datasets import load_dataset

pairs = load_dataset("path/of/this/folder", split="{split}")
pairs[0]["a"], pairs[0]["b"], pairs[0]["label"]
```

Written by twinlens {version} (`twinlens data convert`).
"""
