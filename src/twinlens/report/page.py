"""One comparison as one self-contained HTML page: both photos, the verdict, its claims and the evidence."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from twinlens.core.errors import BadInput
from twinlens.core.types import REGIONS, Box, Choice, Claim, Evidence, Favours, Pair, Photo, Side, Verdict
from twinlens.judgement.evidence import features
from twinlens.judgement.explanation import closing, in_words
from twinlens.judgement.grounding import opposes
from twinlens.judges.answer import UNFAMILIAR
from twinlens.language.render import short
from twinlens.registration.photo_map import to_a
from twinlens.report.fidelity import fidelity_lines
from twinlens.report.photos import photo_uri
from twinlens.report.template import VIEWER_SCRIPTS, VIEWER_STYLES, rendered
from twinlens.scoring.exif_columns import exif_rows

CLOSE = 0.55
"""Below this confidence the headline says "too close to call"."""
FLAT = 0.05
"""JNDs that would be written as 0.0."""
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
        "page.html.j2", VIEWER_STYLES, (*VIEWER_SCRIPTS, "page.js"),
        verdict=verdict,
        headline=headline(verdict),
        probability=probability_phrase(verdict),
        unfamiliar=unfamiliar(verdict.familiar, verdict.choice),
        fidelity=list(original_lines(verdict)),
        map=verdict.map if any(map(any, verdict.map or ())) else None,
        unexplained=verdict.choice not in ("tie", *(claim.favours for claim in verdict.claims)),
        sides=[(side, photo, photo_uri(photo, embed)) for side, photo in _sides(verdict.pair)],
        claims=[(head, claim, place(claim, a, b)) for head, claim in headed(verdict.claims, verdict.choice)],
        groups=[(region, *differing(pieces)) for region, pieces in grouped(verdict.evidence)],
        jnds=jnds,
        in_words=in_words,
        short=short,
        says=says,
        scale=scale,
        towards=towards,
        notes=_notes(verdict, embed),
        cap=CAP,
        frame=to_a(verdict.pair),
        exif_rows=exif_rows(verdict.pair.a.exif, verdict.pair.b.exif),
    )  # fmt: skip


def headline(verdict: Verdict) -> str:
    """The verdict in a few words."""
    return f"Not a pair, judged by force: {_headline(verdict)}" if verdict.forced else _headline(verdict)


def _headline(verdict: Verdict) -> str:
    if verdict.choice == "tie":
        return _alike(verdict.pair)
    if verdict.confidence < CLOSE:
        return "Too close to call"
    return f"Photo {verdict.choice.upper()} is better"


def _alike(pair: Pair) -> str:
    """What a tie comes to: equal pixels, in all of both photos or where both show the scene, or not."""
    if not features(pair).identical:
        return "About as good"
    whole = pair.a.pixels.shape == pair.b.pixels.shape
    return "No visible difference" if whole else "No visible difference in what both photos show"


def probability_phrase(verdict: Verdict) -> str:
    """The probability of the choice in words; empty for a tie."""
    if verdict.choice == "tie":
        return ""
    p = percent(verdict.p_a if verdict.choice == "a" else 1.0 - verdict.p_a)
    if verdict.confidence < CLOSE:
        return f"{p} probability that people prefer {verdict.choice.upper()}: barely more than a coin toss"
    return f"{p} probability that people prefer it"


def original_lines(verdict: Verdict) -> Iterable[str]:
    """What is nearer to the original beside what is nicer; nothing where there is no original."""
    p = "" if verdict.choice == "tie" else percent(verdict.confidence)
    return fidelity_lines(verdict, p)


def unfamiliar(familiar: float | None, choice: Choice) -> str:
    """A label for a choice whose judge was fitted on nothing like the pair; empty for any other."""
    known = familiar is None or familiar >= UNFAMILIAR
    return "" if known or choice == "tie" else "unfamiliar processing"


def headed(claims: Sequence[Claim], choice: Choice) -> list[tuple[str, Claim]]:
    """The claims in the order of `parts`, each with the heading that stands above it, if any."""
    made = parts(beyond_headline(claims, choice), choice)
    return [(head if at == 0 else "", claim) for head, part in made for at, claim in enumerate(part)]


def beyond_headline(claims: Sequence[Claim], choice: Choice) -> tuple[Claim, ...]:
    """The claims without the closing line of a tie, which is its headline again."""
    if choice != "tie":
        return tuple(claims)
    lines = {closing("tie", identical).text for identical in (True, False)}
    return tuple(claim for claim in claims if claim.text not in lines)


def parts(claims: Sequence[Claim], choice: Choice) -> list[tuple[str, list[Claim]]]:
    """The claims for the choice, those against it, and those for neither side, each part under a heading.

    Where none is against the choice, all are one part without a heading.
    """
    other: Favours = "b" if choice == "a" else "a"
    if choice == "tie" or other not in [claim.favours for claim in claims]:
        return [("", list(claims))]
    sides = (("For it", choice), ("Against it", other), ("For neither", "same"))
    made = [(head, [claim for claim in claims if claim.favours == side]) for head, side in sides]
    return [(head, part) for head, part in made if part]


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
    if claim.region == "global":
        return None
    boxed = [e for e in claim.evidence if e.box is not None]
    box = claim.box or (boxed[0].box if boxed else None)
    if box is None:
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


def says(piece: Evidence, claim: Claim) -> str:
    """What a piece of evidence says, and whether that speaks against the claim beside which it stands."""
    return f"against it: {in_words(piece)}" if opposes(piece, claim) else in_words(piece)


def scale(piece: Evidence) -> str:
    """The metric of a piece of evidence, its unit, and which way it is better."""
    return _scale(piece.metric, piece.unit, piece.better)


@lru_cache
def _scale(metric: str, unit: str, better: str) -> str:
    return ", ".join(filter(None, (metric.replace("_", " "), unit, f"{better} is better")))


def jnds(evidence: Evidence) -> float:
    """The difference in JNDs; 0 where nothing was measured."""
    return 0.0 if math.isnan(evidence.steps) else evidence.steps


def grouped(evidence: Iterable[Evidence]) -> list[tuple[str, list[Evidence]]]:
    """The evidence by region, in the order of the closed list; within one the largest difference first."""
    groups: defaultdict[str, list[Evidence]] = defaultdict(list)
    for piece in sorted(evidence, key=jnds, reverse=True):
        groups[piece.region].append(piece)
    return sorted(groups.items(), key=lambda group: REGIONS.index(group[0]))


def differing(pieces: Sequence[Evidence]) -> tuple[list[Evidence], str]:
    """The pieces of evidence in which the photos differ at all, and the names of the others' metrics."""
    flat = [piece.metric.replace("_", " ") for piece in pieces if abs(piece.steps) < FLAT]
    return [piece for piece in pieces if not abs(piece.steps) < FLAT], ", ".join(flat)


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
