"""Rows of runs, as `twinlens run` writes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twinlens.runs.store import RunFolder

Row = dict[str, Any]
PHOTO = {"file": "photo.jpg", "sha256": "0" * 64, "width": 512, "height": 512, "notes": []}


def verdict(id: str, choice: str = "a", **other: Any) -> Row:
    """A row of a run."""
    p_a = {"a": 0.8, "b": 0.2, "tie": 0.5}[choice]
    row = {
        "schema": "twinlens.verdict/2", "id": id, "scene": id, "kind": "other", "label": None,
        "reference": None, "columns": {}, "orders": {}, "consistent": None,
        "pair": {"id": id, "kind": "other", "a": PHOTO, "b": PHOTO},
        "judge": "fixed", "choice": choice, "confidence": max(p_a, 1 - p_a), "p_a": p_a, "claims": [],
        "rationale": "",        "self_contradicting": False, "notes": [], "seconds": None, "version": "0",
    }  # fmt: skip
    return row | other


def failure(id: str, **other: Any) -> Row:
    """A row that failed."""
    row = {
        "schema": "twinlens.failure/2", "id": id, "scene": id, "kind": "other", "label": None,
        "columns": {}, "orders": {}, "consistent": None,
        "detail": "cut short", "raw": "", "pair": {"id": id}, "judge": "fixed",
        "failure": "unreadable", "version": "0",
    }  # fmt: skip
    return row | other


def claim(region: str, aspect: str, favours: str, grounding: str = "unmeasured") -> Row:
    """A claim of a verdict."""
    return {
        "text": "", "region": region, "aspect": aspect, "favours": favours, "box": None, "evidence": [],
        "grounding": grounding,
    }  # fmt: skip


def text(side: str) -> str:
    """A rationale for a side."""
    one, other = ("A (Left)", "B (Right)") if side == "a" else ("B (Right)", "A (Left)")
    line = f"Global Sharpness: Image {one} is sharper, while Image {other} is blurry."
    return f"<thinking>\n{line}\n</thinking>\n<answer>{side.upper()}</answer>"


Run = Callable[..., RunFolder]
"""Writes a run folder of some rows."""
Made = Callable[..., Path]
"""Writes a run folder over twelve pairs of photos."""
