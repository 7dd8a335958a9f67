"""One comparison as one self-contained HTML page: both photos, the verdict, its claims and the evidence."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from twinlens.core.errors import BadInput
from twinlens.core.types import REGIONS, Box, Claim, Evidence, Favours, Pair, Photo, Side, Verdict
from twinlens.report.photos import photo_uri
from twinlens.report.template import rendered

CLOSE = 0.55
"""Below this confidence the headline says "too close to call"."""
CAP = 10.0
"""The plot of the evidence ends at this many JNDs; a longer bar gets a mark."""


def page(verdict: Verdict, embed: int | None = None) -> str:
    """The HTML page of one comparison, self-contained and the same to the byte for the same verdict.

    `embed` is the greatest side, in pixels, at which photos are put into the page: None (the default) keeps
    every pixel; a smaller number makes a light page that says its photos are reduced. Raises BadInput where
    `embed` is not positive. The page makes no request and runs no script but its own (a content security
    policy of hashes); numbers in it are those of the verdict, boxes are in pixels of their photo.
    """
    if embed is not None and embed < 1:
        raise BadInput(f"embed: found {embed}, expected a number of pixels of 1 or more")
    a, b = ((photo.width, photo.height) for _, photo in _sides(verdict.pair))
    return rendered(
        "page.html.j2", ("page.css",), ("viewer.js", "page.js"),
        verdict=verdict,
        headline=headline(verdict),
        probability=probability_phrase(verdict),
        sides=[(side, photo, photo_uri(photo, embed)) for side, photo in _sides(verdict.pair)],
        claims=[(claim, place(claim, a, b)) for claim in verdict.claims],
        groups=grouped(verdict.evidence),
        jnds=jnds,
        towards=towards,
        notes=_notes(verdict, embed),
        cap=CAP,
    )  # fmt: skip


def headline(verdict: Verdict) -> str:
    """The verdict in a few words."""
    return f"Not a pair, judged by force: {_headline(verdict)}" if verdict.forced else _headline(verdict)


def _headline(verdict: Verdict) -> str:
    if verdict.choice == "tie":
        return "No visible difference"
    if verdict.confidence < CLOSE:
        return "Too close to call"
    return f"Photo {verdict.choice.upper()} is better"


def probability_phrase(verdict: Verdict) -> str:
    """The probability of the choice in words; empty for a tie."""
    if verdict.choice == "tie":
        return ""
    p = percent(verdict.p_a if verdict.choice == "a" else 1.0 - verdict.p_a)
    if verdict.confidence < CLOSE:
        return f"{p} probability that people prefer {verdict.choice.upper()}: barely more than a coin toss"
    return f"{p} probability that people prefer it"


def percent(p: float) -> str:
    """A probability (0 to 1) in whole per cent; never certain, so the ends read "over 99" and "under 1"."""
    if p > 0.99:
        return "over 99 %"
    if p < 0.01:
        return "under 1 %"
    return f"{math.floor(100 * p + 0.5)} %"


def place(claim: Claim, size_a: Sequence[int], size_b: Sequence[int]) -> tuple[Box, Box] | None:
    """Where a claim is seen: a box in pixels of photo a and of photo b, which have these widths and heights.

    None for a claim about the whole, or without a box. The box in photo b is that of the claim's evidence;
    where the evidence has none, the box of photo a at the same relative position, which holds for two
    renderings of one frame.
    """
    boxed = [e for e in claim.evidence if e.box is not None]
    box = claim.box or (boxed[0].box if boxed else None)
    if box is None or claim.region == "global":
        return None
    for evidence in boxed:
        if evidence.box == box and evidence.box_b is not None:
            return box, evidence.box_b
    across, down = size_b[0] / size_a[0], size_b[1] / size_a[1]
    x, y, width, height = box
    return box, (round(x * across), round(y * down), round(width * across), round(height * down))


def towards(evidence: Evidence) -> Favours:
    """The side a piece of evidence points to, also below one JND."""
    if evidence.says != "same":
        return evidence.says
    if evidence.a == evidence.b or not (math.isfinite(evidence.a) and math.isfinite(evidence.b)):
        return "same"
    return "a" if (evidence.a > evidence.b) == (evidence.better == "higher") else "b"


def jnds(evidence: Evidence) -> float:
    """The difference in JNDs; 0 where nothing was measured."""
    return 0.0 if math.isnan(evidence.steps) else evidence.steps


def grouped(evidence: Iterable[Evidence]) -> list[tuple[str, list[Evidence]]]:
    """The evidence by region, in the order of the closed list; within one the largest difference first."""
    groups: defaultdict[str, list[Evidence]] = defaultdict(list)
    for piece in sorted(evidence, key=jnds, reverse=True):
        groups[piece.region].append(piece)
    return sorted(groups.items(), key=lambda group: REGIONS.index(group[0]))


def _sides(pair: Pair) -> tuple[tuple[Side, Photo], tuple[Side, Photo]]:
    return ("a", pair.a), ("b", pair.b)


def _notes(verdict: Verdict, embed: int | None) -> list[str]:
    notes = list(verdict.notes)
    if verdict.self_contradicting:
        notes.append("The reasons, taken together, argue against the choice.")
    for side, photo in _sides(verdict.pair):
        notes += [f"{side.upper()}: {note}" for note in photo.notes]
        if embed is not None and max(photo.width, photo.height) > embed:
            notes.append(f"{side.upper()}: shown reduced to {embed} pixels; 100 % is enlarged from that.")
    return notes
