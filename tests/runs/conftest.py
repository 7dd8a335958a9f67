"""Tables of pairs to run, and a cache of their own for every test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of a test, which starts empty."""
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def table(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Make:
    """Writes a table of so many pairs, each of a scene of its own."""

    def made(count: int, name: str = "pairs.csv", more: str = "") -> Path:
        lines = ["id,a,b,scene,label"]
        for number in range(count):
            a, b = pictures[number % len(pictures)]
            lines.append(f"pair_{number:03},{a},{b},scene_{number:03},{'ab'[number % 2]}")
        (tmp_path / name).write_text("\n".join(lines) + "\n" + more, "utf-8")
        return tmp_path / name

    return made
