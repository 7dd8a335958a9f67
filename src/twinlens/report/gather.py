"""One reading of a run's rows for its page: index, pieces, photos and what its plots count.

A row is read once and leaves as data of the page, so a run of any size takes little memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from twinlens.core.run_records import Row
from twinlens.report import pairs
from twinlens.report.gains import Balances
from twinlens.report.index import UNKNOWN, Index
from twinlens.report.pieces import Pieces
from twinlens.report.selection import Selection
from twinlens.report.sheet import SheetPhotos
from twinlens.scoring.exif_columns import photos_of
from twinlens.scoring.labels import key
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
    _rows: list[Any] = field(default_factory=list)
    _find: list[Any] = field(default_factory=list)

    def read(self, selection: Selection) -> None:
        """Read all rows; those that are not selected count in plots, and in the index without photos."""
        for at, row in enumerate(selection.rows()):
            self.gains.add(row)
            rating = self.raters[0].ratings.plain.get(key(row.id)) if self.raters else None
            photos = self._show(row, len(selection.shown)) if selection.shows(at, row) else (UNKNOWN, UNKNOWN)
            self.index.add(row, rating.rating if rating else None, photos)
        self.index.settle()
        self._write(self._rows, "rows", (len(selection.shown) - 1) // ROWS)
        self._write(self._find, "find", (len(selection.shown) - 1) // FIND)

    def _show(self, row: Row, many: int) -> tuple[int, int]:
        """Put a row into its pieces, the last of so many; the numbers of its photos."""
        known = [self.photos.add(photo) for photo in photos_of(row)]
        shown = [what for _, what in known]
        self._rows.append(pairs.long(row, shown, self.raters))
        self._find.append(pairs.sought(row))
        if many > self.most and not self.pieces.beside:
            self.pieces.spill()
        if len(self._rows) == ROWS:
            self._write(self._rows, "rows", (many - 1) // ROWS)
        if len(self._find) == FIND:
            self._write(self._find, "find", (many - 1) // FIND)
        return (known[0][0], known[1][0]) if known else (UNKNOWN, UNKNOWN)

    def _write(self, rows: list[Any], name: str, number: int) -> None:
        """A piece of the rows so far."""
        if rows:
            self.pieces.add(f"{name}-{number}", rows)
            rows.clear()
