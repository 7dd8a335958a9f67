"""One reading of a run's rows for its page: index, pieces, photos and what its plots count.

A row is read once and leaves as data of the page, so a run of any size takes little memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twinlens.core.contracts import line
from twinlens.core.run_records import Row
from twinlens.report import pairs
from twinlens.report.gains import Balances
from twinlens.report.index import Index
from twinlens.report.pieces import Pieces
from twinlens.report.sheet import SheetPhotos
from twinlens.runs.store import RunFolder
from twinlens.scoring.exif_columns import photos_of
from twinlens.scoring.labels import Label, key
from twinlens.scoring.rater_scores import StoredRatings

ROWS, FIND = 100, 2000
"""Rows in a piece of what opened pairs show, and in one of the texts that are searched."""


@dataclass
class Gathered:
    """What the rows of a run come to; `most` rows have their data in the page itself."""

    pieces: Pieces
    photos: SheetPhotos
    most: float
    raters: Sequence[StoredRatings] = ()
    index: Index = field(default_factory=Index)
    gains: Balances = field(default_factory=Balances)
    _rows: list[str] = field(default_factory=list)
    _find: list[str] = field(default_factory=list)

    def read(self, run: RunFolder, labels: Mapping[int, Label] | None) -> None:
        """Read all rows; `labels` go before their own."""
        for row in pairs.labelled((row for _, row in run.rows()), labels):
            self._add(row)
        self._write(self._rows, "rows", ROWS)
        self._write(self._find, "find", FIND)

    def _add(self, row: Row) -> None:
        files = photos_of(row)
        shown = [self.photos.links.photo(photo) for photo in files]
        rating = self.raters[0].ratings.plain.get(key(row.id)) if self.raters else None
        self.index.add(row, rating.rating if rating else None, self.photos.add(files, shown))
        self.gains.add(row)
        self._rows.append(line(pairs.long(row, shown, self.raters)))
        self._find.append(pairs.sought(row))
        if len(self.index) > self.most and not self.pieces.beside:
            self.pieces.spill()
        if len(self._rows) == ROWS:
            self._write(self._rows, "rows", ROWS)
        if len(self._find) == FIND:
            self._write(self._find, "find", FIND)

    def _write(self, rows: list[str], name: str, many: int) -> None:
        """A piece of the rows so far, named by its number."""
        if rows:
            data = f"[{','.join(rows)}]" if name == "rows" else line(rows)
            self.pieces.add(f"{name}-{(len(self.index) - 1) // many}", data)
            rows.clear()
