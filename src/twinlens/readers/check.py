"""What is wrong with a file of pairs: rows, files, photos, answers, reasons, doubles, balance."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from scipy.special import bdtrc  # type: ignore[import-untyped]

from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.core.types import Failure
from twinlens.imaging.open import Limits, open_photo
from twinlens.imaging.remote import is_address
from twinlens.language.parse import read
from twinlens.readers.pairs import Problem, Row, Rows, Shot

ONE_SIDED = 0.75
"""Share of labels on one side from which they are one-sided, where a sign test finds it significant."""
SIGNIFICANCE = 0.01
_ANSWER = re.compile(r"<answer>\s*([AB])\s*</answer>")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Report:
    """The result of a check: problems, notices that are no problem, and how much there is of what."""

    pairs: int
    photos: int
    labels: dict[str, int]
    kinds: dict[str, int]
    references: int
    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...]


@dataclass(frozen=True)
class _Header:
    """The hash and size of a photo that was decoded."""

    sha256: str
    width: int
    height: int


Headers = Mapping[str, "_Header | str"]
"""By file, its header, or why it cannot be read."""


def check(rows: Rows, workers: int | None = None, progress: Progress | None = None) -> Report:
    """Check rows and every photo they name; each photo is decoded in full, by several threads.

    `progress` is called with the numbers of photos done and failed.
    """
    headers = _decoded(files(rows), workers or os.cpu_count() or 1, progress)
    problems = [*rows.problems]
    for row in rows:
        problems += (*_unreadable(row, headers), *_sizes(row, headers), *_texts(row))
    return Report(
        pairs=len(rows),
        photos=len({file for row in rows for file in row.files}),
        labels=dict(sorted(Counter(row.label or "none" for row in rows).items())),
        kinds=dict(sorted(Counter(row.kind for row in rows).items())),
        references=sum(bool(row.reference) for row in rows),
        problems=(*problems, *_doubles(rows, headers), *_balance(rows)),
        notices=(*_untagged(rows), *_shared(rows, headers)),
    )


def files(rows: Rows) -> list[str]:
    """The photos that rows name and that exist, as far as can be known without opening them."""
    paths = {file for row in rows for file in row.files}
    return sorted(path for path in paths if is_address(path) or os.path.exists(path))


def _decoded(paths: Sequence[str], workers: int, progress: Progress | None) -> Headers:
    limits = Limits.from_environment()

    def header(path: str) -> _Header | str:
        try:
            photo = open_photo(path, limits)
        except (BadPhoto, MissingExtra) as error:
            return str(error)
        return _Header(photo.sha256, photo.width, photo.height)

    headers, failed = dict[str, _Header | str](), 0
    with ThreadPoolExecutor(workers) as pool:
        for path, each in zip(paths, pool.map(header, paths), strict=True):
            headers[path] = each
            failed += isinstance(each, str)
            if progress is not None:
                progress(len(headers), failed)
    return headers


def _unreadable(row: Row, headers: Headers) -> Iterator[Problem]:
    whys = (headers.get(file) for file in row.files)
    yield from (row.problem("photo", why) for why in whys if isinstance(why, str))


def _sizes(row: Row, headers: Headers) -> Iterator[Problem]:
    """Views whose sides differ in size, and composites that cannot be halved."""
    for shot_a, shot_b in zip(row.a, row.b, strict=True):
        a, b = headers.get(shot_a.path), headers.get(shot_b.path)
        if not (isinstance(a, _Header) and isinstance(b, _Header)):
            continue
        if shot_a.half == "whole" and (a.width, a.height) != (b.width, b.height):
            what = f"a is {a.width} × {a.height} pixels, b is {b.width} × {b.height}"
            yield row.problem("size", f"{what}; expected sides of equal size")
        elif shot_a.half != "whole" and a.width % 2:
            what = f"{shot_a.path!r}: found {a.width} pixels across"
            yield row.problem("size", f"{what}; expected an even width, two photos side by side")


def _texts(row: Row) -> Iterator[Problem]:
    """An answer that is not tagged as the challenge wants it, and reasons in which nothing can be read."""
    text = row.reference
    if not text:
        return
    opened, closed, answers = text.count("<answer>"), text.count("</answer>"), len(_ANSWER.findall(text))
    if not opened == closed == answers == 1:
        what = f"found {opened} <answer> and {closed} </answer>, {answers} of them with A or B inside"
        yield row.problem("answer", f"{what}; expected one <answer>A</answer> or <answer>B</answer>")
    elif _outside(text[: text.index("<answer>")]) == text[: text.index("<answer>")]:
        expected = "<thinking>…</thinking> with the reasons before the answer"
        yield row.problem("answer", f"found no <thinking>; expected {expected}")
    reading = read(text)
    if isinstance(reading, Failure) or not reading.claims:
        expected = "statements about Image A and Image B"
        yield row.problem("claims", f"found no claim in the reasons; expected {expected}")


def _outside(text: str) -> str:
    """A text without its reasons: from the first tag that opens them to the last that ends them."""
    for name in ("think", "thinking"):
        start, end = text.find(f"<{name}>"), text.rfind(f"</{name}>")
        if -1 < start < end:
            text = text[:start] + text[end + len(name) + 3 :]
    return text


def _picture(shot: Shot, headers: Headers) -> tuple[str, str] | None:
    """What identifies a photo whatever its name: hash and half; None where it could not be read."""
    header = headers.get(shot.path)
    return (header.sha256, shot.half) if isinstance(header, _Header) else None


def _doubles(rows: Rows, headers: Headers) -> Iterator[Problem]:
    """Rows that compare a photo with itself, or the photos that an earlier row compares."""
    first: dict[frozenset[tuple[str, str]], Row] = {}
    for row in rows:
        a, b = _picture(row.a[0], headers), _picture(row.b[0], headers)
        if a is None or b is None:
            continue
        if a == b:
            yield row.problem("duplicate", "a and b are the same file; expected two renderings")
            continue
        earlier = first.setdefault(frozenset((a, b)), row)
        if earlier is not row:
            what = f"compares the same two photos as {earlier.id!r} at {earlier.where}"
            yield row.problem("duplicate", f"{what}; expected each pair once")


def _balance(rows: Rows) -> Iterator[Problem]:
    """Labels nearly all on one side, by a two-sided sign test: then always choosing it scores well."""
    counts = Counter(row.label for row in rows if row.label in ("a", "b"))
    total = counts.total()
    if not total:
        return
    side, most = counts.most_common(1)[0]
    p_value = 2 * bdtrc(most - 1, total, 0.5)
    if most / total >= ONE_SIDED and p_value < SIGNIFICANCE:
        what = f"{most:,} of {total:,} labels are {side}"
        yield Problem("balance", rows.path, "", f"{what}; expected about half: exchange some sides")


def _untagged(rows: Rows) -> Iterator[Problem]:
    """Text beside the tags that readers pass over."""
    for row in rows:
        rest = _ANSWER.sub("", _outside(row.reference).strip()).strip()
        if rest and len(_ANSWER.findall(row.reference)) == 1:
            yield row.problem("answer", f"found {rest[:40]!r} beside the tags; it is passed over")


def _shared(rows: Rows, headers: Headers) -> Iterator[Problem]:
    """Photos that stand in several scenes, which a split by scene does not separate."""
    scenes: dict[tuple[str, str] | None, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        for shot in (row.a[0], row.b[0]):
            scenes[_picture(shot, headers)].setdefault(row.scene, row)
    scenes.pop(None, None)
    for among in (list(one.values()) for one in scenes.values() if len(one) > 1):
        what = f"shares a photo with the scene {among[0].scene!r} at {among[0].where}"
        yield among[1].problem("duplicate", f"{what}; they are not separate")
