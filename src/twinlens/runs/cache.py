"""Answers of judges by their questions: one small file a question.

The key is all that a judge can see: its spec and version, the code and the packages that judge, the content
of both photos and of their details, the pair's id, scene and kind, the order, and whether by force.
So a replaced photo, or a judge that was changed, never meets a stale verdict. Failures, and what an answer
cost, are not stored. A file begins with a hash of its question and the rest, so one that was damaged, or lies
under another name, is as if it were not there; so is one that cannot be read or written.
"""

import contextlib
import hashlib
import os
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import msgspec

import twinlens
from twinlens.core.contracts import clean, decoder, line
from twinlens.core.files import sealed, unsealed
from twinlens.core.run_records import JudgeRecord
from twinlens.judges.ensemble import source_of
from twinlens.readers import Row
from twinlens.runs.store import UNREADABLE

Form = TypeVar("Form")
PACKAGES = ("numpy", "opencv-python-headless", "pillow", "scikit-image", "scipy")
APART = {"annotate", "challenge", "cli", "interop", "readers", "report", "scoring", "stats", "train"}
"""The parts of the package that no verdict depends on."""


def folder() -> Path:
    """The folder of the cache: TWINLENS_CACHE, else twinlens in the XDG cache folder."""
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    home = home if home.is_absolute() else Path.home() / ".cache"
    return Path(os.environ.get("TWINLENS_CACHE") or home / "twinlens").expanduser()


@dataclass(frozen=True)
class Cache:
    """Verdicts in a folder, by the sha256 of their question."""

    folder: Path

    def get(self, key: str, form: type[Form]) -> Form | None:
        """The record of a question, None where it is not known."""
        try:
            content = unsealed(key, self._file(key).read_bytes())
            return None if content is None else decoder(form).decode(content)
        except (OSError, *UNREADABLE):
            return None

    def put(self, key: str, answer: Any) -> None:
        """Keep the record of a question; in one step, so that no one reads half of it."""
        file = self._file(key)
        draft = file.with_suffix(f".{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_bytes(sealed(key, line(answer).encode()))
                os.replace(draft, file)
            except OSError:
                draft.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / "verdicts" / key[:2] / f"{key}.json"


def question(
    judge: JudgeRecord, row: Row, content: Sequence[Sequence[str]], order: str, force: bool = False
) -> str:
    """The key of a judge's question about a row in an order; `content` is the hashes of its photos."""
    limits = [os.environ.get(name, "") for name in ("TWINLENS_MAX_PIXELS", "TWINLENS_MAX_BYTES")]
    seen = [judge, versions(), content, row.id, row.scene, row.kind, order, limits, force]
    return hashlib.sha256(msgspec.json.encode(seen)).hexdigest()


def identity(judge: Any, spec: str) -> JudgeRecord:
    """Who judges: the spec, the hash of the code that judges, and what the judge says of its own version.

    A judge whose answers depend on more than its spec, such as weights in a file, says so in `version`.
    """
    code = hashlib.sha256(_code().encode() + source_of(judge))
    symmetric, version = bool(getattr(judge, "symmetric", False)), str(getattr(judge, "version", ""))
    return JudgeRecord(clean(spec), symmetric, code.hexdigest()[:16], clean(version))


@cache
def _code() -> str:
    """The hash of our own files that a verdict depends on."""
    code = hashlib.sha256()
    root = Path(twinlens.__file__).parent
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root)
        if name.parts[0] not in APART and file.is_file() and file.suffix != ".pyc":
            code.update(f"{name.as_posix()}\0".encode() + file.read_bytes())
    return code.hexdigest()


@cache
def versions() -> dict[str, str]:
    """The versions of what judges: Python and the packages that touch pixels."""
    installed = {"twinlens": twinlens.__version__, "python": ".".join(map(str, sys.version_info[:2]))}
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            installed[name] = version(name)
    return installed
