"""The words of the house as frozen records: photo, pair, evidence, claim, verdict, failure.

Nothing here imports an imaging library, so `import twinlens` stays light.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeVar, get_args, runtime_checkable

from msgspec import UNSET, Meta, UnsetType

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from twinlens.core.exif import Exif
    from twinlens.core.fidelity import Reference

Side = Literal["a", "b"]
Favours = Literal["a", "b", "same"]
Choice = Literal["a", "b", "tie"]
Better = Literal["higher", "lower"]
Grounding = Literal["supported", "contradicted", "unmeasured", "opinion"]
Kind = Literal["person", "scene", "other"]
FailureKind = Literal["bad-photo", "not-a-pair", "refused", "unreadable", "timeout", "broken"]
T = TypeVar("T")
Box = tuple[int, int, int, int]
"""x, y, width, height in pixels, origin at the top left."""
Place = tuple[float, float, float, float, float, float]
"""A map of the plane: a, b, c, d, e, f of x' = a x + c y + e, y' = b x + d y + f."""

if TYPE_CHECKING:  # wider for checkers: values are checked where a record is made or read
    Region = str
    Aspect = str
    Number = float
else:
    Region = Literal[
        "global", "face", "skin", "hair", "eyes", "neck", "body", "clothing",
        "background", "text", "foliage", "building", "object", "shadows",
    ]  # fmt: skip
    Aspect = Literal[
        "sharpness", "texture", "noise", "artifacts", "realism", "exposure", "contrast", "color", "quality",
    ]  # fmt: skip
    Number = Annotated[float | None, Meta(description="null where the number is not finite")]
Pixels = Annotated[int, Meta(ge=1)]
Probability = Annotated[float, Meta(ge=0, le=1)]
REGIONS: tuple[str, ...] = get_args(Region)
ASPECTS: tuple[str, ...] = get_args(Aspect)
OPINION = "quality"
"""The aspect of an overall judgement, which no pixel can bear out: its grounding is an opinion."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One decoded picture: upright, sRGB, 8 bits a channel.

    `pixels` has shape (height, width, 3), uint8, red first. `file` is "" where there is none; `sha256` is of
    the file's bytes, else of the pixels. `notes` say what decoding changed, for people.
    """

    file: str
    sha256: str
    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    exif: Exif | None = None

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two photos of one scene. It holds no label, so no judge can see the answer.

    `crops` are details that came with the pair, each as the photos of a and b. `mirrored` says that a and b
    stand against the canonical order, the one that only content decides: fewer pixels first, then fewer rows,
    then by hash. Whatever is computed of both photos is computed in that order, and mirrored once at the end.
    """

    id: str
    a: Photo
    b: Photo
    scene: str = ""
    kind: Kind = "other"
    crops: tuple[tuple[Photo, Photo], ...] = ()
    mirrored: bool = field(init=False)
    _cache: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        first, second = ((p.width * p.height, p.height, p.sha256) for p in (self.a, self.b))
        object.__setattr__(self, "mirrored", first > second)

    @property
    def canonical(self) -> Pair:
        """The pair in canonical order."""
        return self.swapped() if self.mirrored else self

    def swapped(self) -> Pair:
        """The same pair with a and b exchanged; both share what is cached."""
        other = Pair(self.id, self.b, self.a, self.scene, self.kind, tuple((b, a) for a, b in self.crops))
        object.__setattr__(other, "_cache", self._cache)
        return other

    def cached(self, what: Hashable, make: Callable[[Pair], T]) -> T:
        """What `make` makes of the pair in canonical order: made once for both orders of its photos."""
        if what not in self._cache:
            self._cache[what] = make(self.canonical)
        return self._cache[what]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One metric on one region of both photos, and what it says.

    `a` and `b` are in `unit`; `steps` is their difference in JNDs on the metric's own scale (never negative);
    `says` is "same" below one. `box` is where, in pixels of photo a, and `box_b` in pixels of photo b.
    """

    metric: str
    region: Region
    aspect: Aspect
    a: Number
    b: Number
    unit: str
    better: Better
    says: Favours
    steps: Number
    box: Box | None = None
    box_b: Box | None = None

    def __post_init__(self) -> None:
        for name in ("a", "b", "steps"):
            if getattr(self, name) is None:  # what JSON writes as null comes back as not-a-number
                object.__setattr__(self, name, math.nan)


Wanted = frozenset[tuple[str, str]]
"""Pieces of evidence by their names: region and metric."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a rationale: what it says of which region and aspect, and which side it favours.

    `box` is where, in pixels of photo a; `evidence` is what bears on it, what the grounding rests on first;
    `probability` (0 to 1) is how probable it is to be true, `metric` the metric it was made from; absent
    (UNSET) where its judge does not say.
    """

    text: str
    region: Region
    aspect: Aspect
    favours: Favours
    box: Box | None = None
    grounding: Grounding = "unmeasured"
    evidence: tuple[Evidence, ...] = ()
    probability: Probability | UnsetType = UNSET
    metric: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a model: what it was shown and what it cost, also where nothing could be read of it.

    `images` are (width, height) of each image as it was sent; tokens are None where nobody counted them,
    seconds where the number is not finite. `outcome` is "ok", or what went wrong in one line.
    """

    model: str
    seconds: float | None
    images: tuple[tuple[Pixels, Pixels], ...] = ()
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    outcome: str = "ok"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said of a pair: the choice, how sure, and why.

    `p_a` is the probability that people prefer a (0 to 1); `confidence` is max(p_a, 1 - p_a).
    `rationale` is the judge's own text, always kept. `familiar` says how like the pairs that the judge was
    fitted on this one is (0 to 1); None where that cannot be known. `map` says where the preference lies:
    rows of a grid over the photos, in log-odds, positive for a. `forced` says what the photos are to each
    other where they are no pair and were judged by force. `reference` is what is nearer to the original,
    where there is one.
    """

    pair: Pair
    judge: str
    choice: Choice
    p_a: float
    claims: tuple[Claim, ...]
    rationale: str
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    self_contradicting: bool = False
    seconds: float = 0.0
    calls: tuple[Call, ...] = ()
    familiar: float | None = None
    map: tuple[tuple[float, ...], ...] | None = None
    forced: str = ""
    reference: Reference | None = None

    @property
    def confidence(self) -> float:
        """The probability that the choice is the people's, 0.5 to 1."""
        return max(self.p_a, 1.0 - self.p_a)


@dataclass(frozen=True, slots=True)
class Failure:
    """The other outcome: what kind of failure, one line of detail, and the raw text where there was any."""

    kind: FailureKind
    detail: str
    raw: str = ""
    judge: str = ""
    pair_id: str = ""
    calls: tuple[Call, ...] = ()


class Judge(Protocol):
    """Anything that turns a pair into a verdict or a failure; it draws nothing at random.

    A judge may say more of itself: `symmetric` (one order of the photos is enough), `version` (what its
    answers depend on beside its spec), `sends_to` (the hosts that get the photos), `in_flight` (how many
    pairs it may be asked at once, from threads), `batch` (how many pairs it likes to be asked at once, by
    `judge_many`).
    """

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on one pair, claims not yet grounded."""
        ...


@runtime_checkable
class Batched(Protocol):
    """A judge that is quicker when asked of many pairs at once; its answers do not depend on the company."""

    batch: int

    def judge_many(self, pairs: Sequence[Pair]) -> list[Verdict | Failure]:
        """The verdicts on pairs, in their order."""
        ...


@runtime_checkable
class Explainer(Protocol):
    """A judge that can write the reasons of a choice somebody else has made."""

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        """The verdict with that choice and reasons for it; `contradicted` are claims the pixels refuted."""
        ...


@runtime_checkable
class BatchedExplainer(Protocol):
    """An explainer that is quicker when asked of many pairs at once."""

    batch: int

    def explain_many(
        self, settled: Sequence[tuple[Pair, Side, Sequence[Claim]]]
    ) -> Sequence[Verdict | Failure]:
        """What `explain` says of each, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rationale says: the last answer it gives (None where there is none) and its claims, in order."""

    answer: Favours | None
    claims: tuple[Claim, ...] = field(default=())
