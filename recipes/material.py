"""Where the recipes' photographs are, and which of them are for tuning and which are kept aside."""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ.get("TWINLENS_DATA", "../shared/data"))


def photographs() -> list[Path]:
    """The photographs to process, in a fixed order."""
    folder = DATA / "photos"
    return sorted([*folder.glob("portrait_*.jpg"), *folder.glob("scene_*.jpg")])


def tuning() -> list[Path]:
    """Every second photograph: weights are fitted on these."""
    return photographs()[::2]


def kept() -> list[Path]:
    """The others: only looked at to report."""
    return photographs()[1::2]
