"""What is wrong with a file of pairs: rows, files, photos, answers, reasons, doubles, balance."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import comb

from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.core.types import Failure, Photo
from twinlens.imaging.open import Limits, open_photo
from twinlens.imaging.remote import is_address
from twinlens.language.parse import read
from twinlens.readers.pairs import Problem, Row, Rows, Shot

ONE_SIDED = 0.75
"""Share of labels on one side from which the labels are one-sided, where chance would not give it."""
CHANCE = 0.01
_ANSWER = re.compile(r"<answer>\s*([AB])\s*</answer>")
_THINKING = re.compile(r"<(think|thinking)>(?s:.*)</\1>")


@dataclass(frozen=True)
class Report:
    """What a check found: problems, remarks that are no problem, and how much there is of what."""

    pairs: int
    photos: int
    labels: dict[str, int]
    kinds: dict[str, int]
    references: int
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


@dataclass(frozen=True)
class _Seen:
    """What is kept of a photo that was decoded."""

    sha256: str
    size: tuple[int, int]
    """Width and height; of a composite, those of one half."""


def check(
    found: Rows, workers: int | None = None, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Check rows and every photo they name; each photo is decoded in full, by several threads.

    `progress` is called with the numbers of photos done and failed.
    """
    seen = _decoded(files(found), workers or os.cpu_count() or 1, progress)
    photos = {file: one for file, one in seen.items() if isinstance(one, _Seen)}
    problems = [*found.problems]
    for row in found:
        problems += _unreadable(row, seen)
        problems += _sizes(row, photos)
        problems += _texts(row)
    problems += _doubles(found.rows, photos)
    problems += _balance(found)
    return Report(
        pairs=len(found),
        photos=len({shot.path for row in found for shot in (*row.a, *row.b)}),
        labels=dict(sorted(Counter(row.label or "none" for row in found).items())),
        kinds=dict(sorted(Counter(row.kind for row in found).items())),
        references=sum(bool(row.reference) for row in found),
        problems=tuple(problems),
        remarks=(*_asides(found), *_shared(found.rows, photos)),
    )


def _decoded(
    files: Sequence[str], workers: int, progress: Callable[[int, int], None] | None
) -> dict[str, _Seen | str]:
    """What is seen in each file, or why nothing is."""
    limits = Limits.from_environment()

    def look(file: str) -> _Seen | str:
        try:
            photo: Photo = open_photo(file, limits)
        except (BadPhoto, MissingExtra) as error:
            return str(error)
        return _Seen(photo.sha256, (photo.width, photo.height))

    seen, failed = {}, 0
    with ThreadPoolExecutor(workers) as pool:
        for count, (file, one) in enumerate(zip(files, pool.map(look, files), strict=True), 1):
            seen[file] = one
            failed += isinstance(one, str)
            if progress is not None:
                progress(count, failed)
    return seen


def files(found: Rows) -> list[str]:
    """The photos that rows name and that are there, as far as can be told without opening them."""
    paths = {shot.path for row in found for shot in (*row.a, *row.b)}
    return sorted(path for path in paths if is_address(path) or os.path.exists(path))


def _files(row: Row) -> Iterable[str]:
    return dict.fromkeys(shot.path for shot in (*row.a, *row.b))


def _unreadable(row: Row, seen: dict[str, _Seen | str]) -> Iterator[Problem]:
    for file in _files(row):
        why = seen.get(file)
        if isinstance(why, str):
            yield Problem("photo", row.where, row.id, why)


def _sizes(row: Row, photos: dict[str, _Seen]) -> Iterator[Problem]:
    """Views whose sides differ in size, and composites that cannot be halved."""
    for a, b in zip(row.a, row.b, strict=True):
        if a.path not in photos or b.path not in photos:
            continue
        (wide, high), (wide_b, high_b) = photos[a.path].size, photos[b.path].size
        if a.half != "whole":
            if wide % 2:
                what = (
                    f"{a.path!r}: found {wide} pixels across; expected an even width, two photos side by side"
                )
                yield Problem("size", row.where, row.id, what)
        elif (wide, high) != (wide_b, high_b):
            what = f"a is {wide} × {high} pixels, b is {wide_b} × {high_b}; expected sides of equal size"
            yield Problem("size", row.where, row.id, what)


def _texts(row: Row) -> Iterator[Problem]:
    """An answer that is not tagged as asked, and reasons in which nothing can be read."""
    if not row.reference:
        return
    text = row.reference
    tags = (text.count("<answer>"), text.count("</answer>"), len(_ANSWER.findall(text)))
    if tags != (1, 1, 1):
        found = f"found {tags[0]} <answer> and {tags[1]} </answer>, {tags[2]} of them with A or B inside"
        yield Problem(
            "answer", row.where, row.id, f"{found}; expected one <answer>A</answer> or <answer>B</answer>"
        )
    elif not _THINKING.search(text[: text.index("<answer>")]):
        what = "found no <thinking>…</thinking> before the answer; expected the reasons in it"
        yield Problem("answer", row.where, row.id, what)
    said = read(text)
    if isinstance(said, Failure) or not said.claims:
        what = "found no claim in the reasons; expected statements about Image A and Image B"
        yield Problem("claims", row.where, row.id, what)


def _pictures(row: Row, photos: dict[str, _Seen]) -> tuple[tuple[str, str], ...] | None:
    """What tells the two photos of a row apart from all others; None where a photo could not be read."""
    shots: tuple[Shot, Shot] = (row.a[0], row.b[0])
    if any(shot.path not in photos for shot in shots):
        return None
    return tuple(sorted((photos[shot.path].sha256, shot.half) for shot in shots))


def _doubles(rows: Iterable[Row], photos: dict[str, _Seen]) -> Iterator[Problem]:
    """Rows that compare a photo with itself, or the photos that an earlier row compares."""
    first: dict[tuple[tuple[str, str], ...], Row] = {}
    for row in rows:
        pictures = _pictures(row, photos)
        if pictures is None:
            continue
        if pictures[0] == pictures[1]:
            yield Problem(
                "duplicate", row.where, row.id, "a and b are the same file; expected two renderings"
            )
            continue
        earlier = first.setdefault(pictures, row)
        if earlier is not row:
            what = (
                f"compares the same two photos as {earlier.id!r} at {earlier.where}; expected each pair once"
            )
            yield Problem("duplicate", row.where, row.id, what)


def _balance(found: Rows) -> Iterator[Problem]:
    """Labels that are nearly all on one side, beyond what chance gives: then always saying it scores well."""
    counts = Counter(row.label for row in found if row.label in ("a", "b"))
    total = counts.total()
    if not total:
        return
    side, most = counts.most_common(1)[0]
    tail = 2 * sum(comb(total, k) for k in range(most, total + 1)) / 2**total
    if most / total >= ONE_SIDED and tail < CHANCE:
        what = f"{most:,} of {total:,} labels are {side}; expected about half: exchange some sides"
        yield Problem("balance", found.path, "", what)


def _asides(found: Rows) -> Iterator[Problem]:
    """Text beside the tags that readers pass over."""
    for row in found:
        rest = _THINKING.sub("", row.reference).strip()
        rest = _ANSWER.sub("", rest).strip()
        if row.reference and rest and len(_ANSWER.findall(row.reference)) == 1:
            yield Problem(
                "answer", row.where, row.id, f"found {rest[:40]!r} beside the tags; it is passed over"
            )


def _shared(rows: Iterable[Row], photos: dict[str, _Seen]) -> Iterator[Problem]:
    """Photos that stand in several scenes: a split by scene does not part them."""
    scenes: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        for shot in (row.a[0], row.b[0]):
            if shot.path in photos:
                scenes[photos[shot.path].sha256, shot.half].setdefault(row.scene, row)
    for among in scenes.values():
        if len(among) > 1:
            one, other = list(among.values())[:2]
            what = f"shares a photo with the scene {one.scene!r} at {one.where}; they are not apart"
            yield Problem("duplicate", other.where, other.id, what)
