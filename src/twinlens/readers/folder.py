"""Folders of versions: sub-folders that hold equally named photos."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from unicodedata import normalize

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.readers.pairs import Problem, Row, Rows, Shot

PHOTOS = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".avif", ".bmp", ".gif", ".heic",
    ".heif", ".hif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw",
})  # fmt: skip
"""Endings of files that count as photos; other files in a version are passed over."""
Version = dict[str, Path]
"""Photos by scene: the path within the version, without its ending, in the composed form of Unicode."""


@dataclass(frozen=True)
class Folder:
    """Every pair of versions of each scene, or each version against `reference`, which is then a.

    A version is a sub-folder; photos of one name are of one scene. The pair's id is scene:version:version.
    """

    reference: str | None = None

    def read(self, path: str) -> Rows:
        """The rows of a folder; a scene that a version lacks is in `problems`."""
        versions, problems = _versions(Path(path))
        if len(versions) < 2:
            what = f"{len(versions)} sub-folder{'s' if len(versions) != 1 else ''} with photos"
            raise BadInput(f"{path!r}: found {what}; expected two or more, with photos of the same names")
        matches = self._matches(list(versions), path)
        rows = [
            _row(scene, a, b, versions)
            for scene in _scenes(versions)
            for a, b in matches
            if scene in versions[a] and scene in versions[b]
        ]
        return Rows(path, "folder", tuple(rows), (*problems, *_incomplete(versions)))

    def _matches(self, names: list[str], path: str) -> list[tuple[str, str]]:
        if self.reference is None:
            return list(combinations(names, 2))
        if self.reference not in names:
            raise BadInput(f"--reference {self.reference!r}: {path!r} has the versions {', '.join(names)}")
        return [(self.reference, name) for name in names if name != self.reference]


def _row(scene: str, a: str, b: str, versions: Mapping[str, Version]) -> Row:
    id, columns = clean(f"{scene}:{a}:{b}"), {"version_a": clean(a), "version_b": clean(b)}
    file_a, file_b = (str(versions[name][scene]) for name in (a, b))
    return Row(id, (Shot(file_a),), (Shot(file_b),), clean(scene), columns=columns, file=file_a)


def _versions(folder: Path) -> tuple[dict[str, Version], list[Problem]]:
    """The photos of every sub-folder that holds any, by name."""
    versions: dict[str, Version] = {}
    problems: list[Problem] = []
    try:
        folders = sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
        for each in folders:
            version: Version = {}
            for file in photos_in(each):
                scene = normalize("NFC", file.relative_to(each).with_suffix("").as_posix())
                if version.setdefault(scene, file) is not file:
                    what = f"found {version[scene].name} and {file.name}; expected one photo a scene"
                    problems.append(Problem("row", str(each), scene, what))
            if version:
                versions[each.name] = version
    except OSError as error:
        raise BadInput(f"{error.filename!r}: cannot be read: {error.strerror}; expected a folder") from error
    return versions, problems


def photos_in(version: Path) -> Iterator[Path]:
    """The photos of a folder and the folders in it, by their names; hidden ones are passed over."""
    for file in sorted(version.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(version).parts)
        if file.suffix.lower() in PHOTOS and not hidden and not file.is_dir():
            yield file


def _scenes(versions: dict[str, Version]) -> list[str]:
    return sorted(set().union(*versions.values()))


def _incomplete(versions: dict[str, Version]) -> Iterator[Problem]:
    """Scenes that some versions have and others lack."""
    for scene in _scenes(versions):
        lacking = [name for name, version in versions.items() if scene not in version]
        if lacking:
            file = next(version[scene] for version in versions.values() if scene in version)
            what = f"no photo of that name in {', '.join(lacking)}; expected one in every version"
            yield Problem("missing", str(file), scene, what)
