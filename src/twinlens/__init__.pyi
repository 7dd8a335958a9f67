from .core.catalog import part as part, spec as spec
from .core.errors import (
    BadInput as BadInput,
    BadPhoto as BadPhoto,
    BadSpec as BadSpec,
    MissingExtra as MissingExtra,
    TwinlensError as TwinlensError,
)
from .core.types import (
    Claim as Claim,
    Evidence as Evidence,
    Failure as Failure,
    Pair as Pair,
    Photo as Photo,
    Reading as Reading,
    Verdict as Verdict,
)
from .core.version import __version__ as __version__
from .imaging.open import (
    Limits as Limits,
    open_pair as open_pair,
    open_photo as open_photo,
    open_side_by_side as open_side_by_side,
)
from .judgement.evidence import measure as measure
from .judgement.grounding import ground as ground
from .language.parse import read as read
from .report.page import page as page
from .runs.compare import compare as compare, compare_pair as compare_pair
