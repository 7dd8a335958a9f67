"""What cameras wrote of a row's photos, as columns that group pairs and as words for people.

Numbers are grouped by full stops, as the rings and dials of cameras have them; nobody shoots at one ISO.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import UNSET, UnsetType

from twinlens.core.contracts import PhotoRecord
from twinlens.core.exif import Exif
from twinlens.core.run_records import FailedPhoto, FailureRow, Row

EXIF_COLUMNS = ("camera", "lens", "iso", "exposure", "aperture", "focal_length", "date")
SPEEDS = (8000, 4000, 2000, 1000, 500, 250, 125, 60, 30, 15, 8, 4, 2)
"""Full stops of exposure times below a second, as one over so many seconds."""
RECENT = 1000
"""Photos of which what their cameras wrote is in words already: those of a scene are mostly shot alike."""
APERTURES = (1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0, 22.0, 32.0)
NAMES = {
    "camera": "Camera", "lens": "Lens", "exposure": "Exposure", "aperture": "Aperture", "iso": "ISO",
    "focal_length": "Focal length", "taken": "Taken",
}  # fmt: skip


def photos_of(row: Row) -> Sequence[PhotoRecord | FailedPhoto]:
    """What the row records of its photos, also of a pair that failed; nothing where it names none."""
    if isinstance(row, FailureRow):
        return [row.photos["a"], row.photos["b"]] if len(row.photos) == 2 else []
    return [row.pair.a, row.pair.b]


def exifs(row: Row) -> tuple[Exif | None, Exif | None]:
    """What the cameras wrote of photo a and of photo b."""
    photos = photos_of(row)
    return (photos[0].exif or None, photos[1].exif or None) if photos else (None, None)


def exif_words(row: Row) -> Mapping[str, str]:
    """The columns that a row has by its photos."""
    return _words(*exifs(row))


@lru_cache(RECENT)
def _words(a: Exif | None, b: Exif | None) -> Mapping[str, str]:
    if a is None and b is None:
        return {}
    return {name: word for name in EXIF_COLUMNS if (word := _word(name, a, b))}


def exif_word(name: str, row: Row) -> str | None:
    """What a row has in one of `EXIF_COLUMNS`; where its photos differ both, the shorter word first."""
    return _word(name, *exifs(row))


@lru_cache(RECENT)
def _word(name: str, a: Exif | None, b: Exif | None) -> str | None:
    said = {_grouped(name, exif) for exif in (a, b) if exif} - {""}
    return " / ".join(sorted(said, key=lambda word: (len(word), word))) or None


@lru_cache(RECENT)
def exif_rows(a: Exif | None, b: Exif | None) -> list[tuple[str, str, str]]:
    """Name, what a's camera wrote and what b's did, for people; only what one of them wrote."""
    if a is None and b is None:
        return []
    rows = [(words, _shown(name, a or Exif()), _shown(name, b or Exif())) for name, words in NAMES.items()]
    return [row for row in rows if row[1] or row[2]]


def _shown(name: str, exif: Exif) -> str:
    """A value with all its digits.

    >>> _shown("exposure", Exif(exposure=1 / 200)), _shown("aperture", Exif(aperture=1.8))
    ('1/200 s', 'f/1.8')
    """
    value: str | float | UnsetType = getattr(exif, name)
    if value is UNSET or isinstance(value, str):
        return value or ""
    if name == "exposure":
        return f"{value:g} s" if value > 0.3 else f"1/{1 / value:.0f} s"
    return {"iso": f"{value:g}", "aperture": f"f/{value:g}", "focal_length": f"{value:g} mm"}[name]


def _grouped(name: str, exif: Exif) -> str:
    """A value as groups have it.

    >>> shot = Exif(iso=160, exposure=1 / 320, aperture=1.78, focal_length=6.765, taken="2024-05-31 14:07:00")
    >>> [_grouped(name, shot) for name in ("camera", "iso", "exposure", "aperture", "focal_length", "date")]
    ['', '200', '1/250 s', 'f/2', '7 mm', '2024-05-31']
    """
    if name == "date":
        return (exif.taken or "").partition(" ")[0]
    value: str | float | UnsetType = getattr(exif, name)
    if value is UNSET or isinstance(value, str):
        return value or ""
    if name == "iso":
        return f"{100 * 2 ** round(math.log2(value / 100)):g}"
    if name == "focal_length":
        return f"{value:.0f} mm"
    if name == "aperture":
        return f"f/{min(APERTURES, key=lambda stop: abs(math.log(stop / value))):g}"
    if value > math.sqrt(0.5):
        return f"{2 ** round(math.log2(value)):g} s"
    return f"1/{min(SPEEDS, key=lambda one: abs(math.log(one * value)))} s"
