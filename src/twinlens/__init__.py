"""twinlens: which of two renderings of a photograph is better, and why, checked against the pixels.

The names below are imported when they are first used: `import twinlens` loads no imaging library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from twinlens.core.version import __version__ as __version__

if TYPE_CHECKING:
    from twinlens.core.catalog import part, spec
    from twinlens.core.errors import BadInput, BadPhoto, BadSpec, MissingExtra, TwinlensError
    from twinlens.core.types import Claim, Evidence, Failure, Pair, Photo, Reading, Verdict
    from twinlens.imaging.open import Limits, open_pair, open_photo, open_side_by_side
    from twinlens.judgement.evidence import measure
    from twinlens.judgement.grounding import ground
    from twinlens.language.parse import read
    from twinlens.report.page import page
    from twinlens.runs.compare import compare, compare_pair

__all__ = [
    "BadInput",
    "BadPhoto",
    "BadSpec",
    "Claim",
    "Evidence",
    "Failure",
    "Limits",
    "MissingExtra",
    "Pair",
    "Photo",
    "Reading",
    "TwinlensError",
    "Verdict",
    "compare",
    "compare_pair",
    "ground",
    "measure",
    "open_pair",
    "open_photo",
    "open_side_by_side",
    "page",
    "part",
    "read",
    "spec",
]

_HOMES = {
    "twinlens.core.catalog": ("part", "spec"),
    "twinlens.core.errors": ("BadInput", "BadPhoto", "BadSpec", "MissingExtra", "TwinlensError"),
    "twinlens.core.types": ("Claim", "Evidence", "Failure", "Pair", "Photo", "Reading", "Verdict"),
    "twinlens.judgement.evidence": ("measure",),
    "twinlens.judgement.grounding": ("ground",),
    "twinlens.language.parse": ("read",),
    "twinlens.imaging.open": ("Limits", "open_pair", "open_photo", "open_side_by_side"),
    "twinlens.report.page": ("page",),
    "twinlens.runs.compare": ("compare", "compare_pair"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
