"""Tables of pairs: CSV, TSV and Parquet."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput, MissingExtra
from twinlens.core.files import LARGEST, read_bytes
from twinlens.core.plain_text import first
from twinlens.core.types import Choice
from twinlens.readers.files import Lines, Unusable, as_json, collect, decoded, kind_of, located
from twinlens.readers.pairs import Row, Rows, Shot

PAIR = ("id", "a", "b")
KNOWN = (*PAIR, "scene", "kind", "label", "reference")
SHOWN = 20
"""Columns that a message names."""
NEVER_CLOSED = ("unexpected end", "field larger")
"""What csv says of a quote that is not closed: what follows it is no row."""
LONGEST_REASON = 300
"""Characters of a library's error that are shown."""
Cells = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Rows of a CSV, TSV or Parquet table with the columns id, a, b.

    Optional: scene, kind (person, scene, other), label (a, b, tie), reference (an expert's text). Other
    columns go with the row. Paths are sought in the table's folder, the working folder and `images`.
    """

    images: str | None = None

    def read(self, path: str) -> Rows:
        """The rows of a table; what is wrong with a row is in `problems`."""
        data = read_bytes(path, "a table of pairs")
        lines = (
            parquet_lines(data, path) if data.startswith(b"PAR1") else csv_lines(decoded(data, path), path)
        )
        rows, problems = collect(lines, lambda line, cells: self._row(line, cells, path), path)
        return Rows(path, "table", rows, problems)

    def _row(self, line: int, cells: Cells, path: str) -> Row:
        known = {key: _text(cells.get(key)) for key in KNOWN}
        empty = [key for key in PAIR if not known[key]]
        if empty:
            raise Unusable(f"found no {' and no '.join(empty)}; expected an id and two photos")
        folder = Path(path).parent
        return Row(
            id=known["id"],
            a=(Shot(located(known["a"], folder, self.images)),),
            b=(Shot(located(known["b"], folder, self.images)),),
            scene=known["scene"] or known["id"],
            kind=kind_of(known["kind"]),
            label=_label(known["label"]),
            reference=clean(_text(cells.get("reference"), strip=False)),
            columns={clean(key): as_json(cell) for key, cell in cells.items() if key not in KNOWN},
            file=path,
            line=line,
        )


def _text(cell: Any, strip: bool = True) -> str:
    text = "" if cell is None or cell != cell else str(cell)
    return text.strip() if strip else text


def _label(text: str) -> Choice | None:
    label = {"same": "tie", "": None}.get(text.lower(), text.lower())
    if label not in ("a", "b", "tie", None):
        raise Unusable(f"found the label {text!r}; expected a, b, tie or nothing")
    return cast("Choice | None", label)


def csv_lines(text: str, path: str, needed: Sequence[str] = PAIR) -> Lines[Cells]:
    """The rows of a CSV with the line each begins at; a comma, semicolon or tab separates the cells.

    BadInput where it lacks one of the columns `needed`.
    """
    header_line = text.split("\n", 1)[0]
    mark = next((mark for mark in ",;\t" if mark in header_line), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    header, names = list[str](), ""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield line, Unusable(f"cannot be read as CSV: {error}; expected {header_line.strip()[:80]!r}")
            if any(words in str(error) for words in NEVER_CLOSED):
                break
            continue
        if not any(map(str.strip, cells)):
            continue
        if not header:
            header = _header([cell.strip() for cell in cells], path, needed)
            names = first(header, SHOWN)
        elif len(cells) != len(header):
            yield line, Unusable(f"found {len(cells)} cells; expected {len(header)}: {names}")
        else:
            yield line, dict(zip(header, cells, strict=True))
    if not header:
        raise BadInput(f"{path}: found an empty table; expected the columns {', '.join(needed)}")


def _header(names: list[str], path: str, needed: Sequence[str] = PAIR) -> list[str]:
    """The names of the columns, the known ones in lower case."""
    names = [name.lower() if name.lower() in (*KNOWN, *needed) else name for name in names]
    missing = [name for name in needed if name not in names]
    if missing:
        expected = f"expected {', '.join(needed)}: {', '.join(missing)} is missing"
        raise BadInput(f"{path}:1: found the columns {first(names, SHOWN)}; {expected}")
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise BadInput(f"{path}:1: the column {twice!r} stands twice; expected each once")
    return names


def parquet_lines(data: bytes, path: str, needed: Sequence[str] = PAIR) -> Lines[Cells]:
    """The rows of a Parquet table by their number; BadInput where it lacks a column of `needed`."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("a Parquet table", "parquet") from error
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(data))
        groups = range(file.metadata.num_row_groups)
        if (size := sum(file.metadata.row_group(at).total_byte_size for at in groups)) > LARGEST:
            raise BadInput(f"{path}: found {size:,} bytes unpacked; expected a table of at most {LARGEST:,}")
        header = _header([str(name) for name in file.schema_arrow.names], path, needed)
        batches = (batch.columns for batch in file.iter_batches(1000))
        rows = (row for columns in batches for row in zip(*(c.to_pylist() for c in columns), strict=True))
        for line, cells in enumerate(rows, 1):
            yield line, dict(zip(header, cells, strict=True))
    except BadInput:
        raise
    except Exception as error:  # the library has no one error for what a file may hold
        what = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
        raise BadInput(f"{path}: cannot be read as Parquet: {what}; expected a table of pairs") from error
