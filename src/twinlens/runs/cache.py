"""What judges said, kept by what they were asked: one small file a question.

The key is all that a judge can see: its spec and version, the code and the packages that judge, the content
of both photos and of their details, the pair's id, scene and kind, and the order. So a replaced photo, or a
judge that was changed, never meets a stale verdict. Only verdicts are kept: what failed is asked again, and
what an answer cost when it was given is not kept with it. A file that cannot be read or written is as if it
were not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import twinlens
from twinlens.core.contracts import Record, clean, line
from twinlens.readers import Row

PACKAGES = ("numpy", "opencv-python-headless", "pillow", "scikit-image", "scipy")
APART = frozenset({"annotate", "bench", "challenge", "cli", "readers", "report", "stats", "train"})
"""The parts of the package that no verdict depends on."""


def folder() -> Path:
    """The folder of the cache: TWINLENS_CACHE, else twinlens in the XDG cache folder."""
    given = os.environ.get("TWINLENS_CACHE")
    if given:
        return Path(given).expanduser()
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "twinlens"


@dataclass(frozen=True)
class Cache:
    """Verdicts in a folder, by the sha256 of their question."""

    folder: Path

    def get(self, key: str) -> Record | None:
        """What was said to a question, None where it is not known."""
        try:
            found = json.loads(self._file(key).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and {"said", "photos"} <= found.keys() else None

    def put(self, key: str, said: Record) -> None:
        """Keep what was said; in one step, so that no one reads half of it."""
        file = self._file(key)
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=file.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    stream.write(line(said))
                os.replace(name, file)
            except OSError:
                os.unlink(name)

    def _file(self, key: str) -> Path:
        return self.folder / "verdicts" / key[:2] / f"{key}.json"


def question(judge: Record, row: Row, content: Sequence[Sequence[str]], order: str) -> str:
    """The key of what a judge is asked of a row in an order; `content` tells its photos from all others."""
    limits = [os.environ.get(name, "") for name in ("TWINLENS_MAX_PIXELS", "TWINLENS_MAX_BYTES")]
    asked = [judge, versions(), content, row.id, row.scene, row.kind, order, limits]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def identity(judge: Any, spec: str) -> Record:
    """Who judges: the spec, the hash of the code that judges, and what the judge says of its own version.

    A judge whose answers depend on more than its spec, such as weights in a file, tells it in `version`.
    """
    found = hashlib.sha256(_code().encode())
    with contextlib.suppress(TypeError, OSError):  # a class without a file of Python
        found.update(Path(inspect.getsourcefile(type(judge)) or "").read_bytes())
    return {
        "spec": clean(spec),
        "symmetric": bool(getattr(judge, "symmetric", False)),
        "code": found.hexdigest()[:16],
        "version": clean(str(getattr(judge, "version", ""))),
    }


@cache
def _code() -> str:
    """The hash of our own files that a verdict depends on."""
    found = hashlib.sha256()
    root = Path(twinlens.__file__).parent
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root)
        if name.parts[0] not in APART and file.is_file() and file.suffix != ".pyc":
            found.update(f"{name.as_posix()}\0".encode() + file.read_bytes())
    return found.hexdigest()


@cache
def versions() -> Record:
    """The versions of what judges: Python and the packages that touch pixels."""
    found = {"twinlens": twinlens.__version__, "python": ".".join(map(str, sys.version_info[:2]))}
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
