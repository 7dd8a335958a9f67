"""How well a judge explains: overlap with the experts' text, their claims found again, and the pixels' word.

Texts are compared without their tags and answer, as `body` gives them, with case, unstemmed. BLEU-4 is
sacrebleu's, as the mean of sentences (`bleu4`) and of the whole corpus (`bleu4_corpus`), from 0 to 1; ROUGE-L
is rouge-score's F-measure. A failure, and an empty text, score 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.core.errors import MissingExtra
from twinlens.core.types import Failure
from twinlens.language.answer import without_answers
from twinlens.language.parse import read
from twinlens.scoring.choice_scores import Tally, mean, ratio_of
from twinlens.scoring.labels import Label
from twinlens.scoring.rows import Row
from twinlens.scoring.table import Table
from twinlens.stats.interval import Array, group_sums

Key = tuple[str, str, str]
"""A claim as it is compared: region, aspect, the side it favours."""

OWN = ("self_contradicting", "claims", "supported", "contradicted", "text")
CLAIMS = ("found", "said", "told", "found_loosely", "said_loosely", "told_loosely")
COUNTS = (
    "hits_1",
    "hits_2",
    "hits_3",
    "hits_4",
    "all_1",
    "all_2",
    "all_3",
    "all_4",
    "length",
    "reference_length",
)
FIELDS = (*OWN, *CLAIMS, "bleu", "rouge", *COUNTS)
"""What is kept of a row's text; not-a-number where there is no text, or no expert's text to set it beside."""

_THOUGHT = re.compile(r"<think(?:ing)?>(.*?)(?:</think(?:ing)?>|$)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?\w{1,12}>")
_NONE = (math.nan,)


def body(text: str) -> str:
    """The reasons of a rationale: what its first <thinking> or <think> holds, else all but tags and answers.

    >>> body("<thinking>\\nFace Noise: alike.\\n</thinking>\\n<answer>A</answer>")
    'Face Noise: alike.'
    """
    plain = without_answers(text)
    thought = _THOUGHT.search(plain)
    return (thought[1] if thought else _TAG.sub("", plain)).strip()


class Texts:
    """Reads the rows' texts into numbers, and keeps the experts' texts for the controls."""

    def __init__(self, needed: bool = False) -> None:
        self.references: list[tuple[int, str, str, str]] = []
        """Row number, kind, side the label names, expert's text."""
        self.missing = ""
        """What to install for the overlap, where that is not installed; an error where it is needed."""
        self._needed, self._rows = needed, 0

    @cached_property
    def overlap(self) -> Overlap | None:
        """What measures overlap, loaded when the first expert's text is met."""
        try:
            return Overlap()
        except MissingExtra as error:
            if self._needed:
                raise
            self.missing = str(error)
            return None

    def measure(self, row: Row, label: Label | None) -> tuple[float, ...]:
        """The numbers of `FIELDS` of one row; none where there is no text."""
        at, self._rows = self._rows, self._rows + 1
        own = _own(row)
        if label is None or not label.text:
            written = row.get("rationale") or row.get("claims")
            return (*own, *_NONE * (len(FIELDS) - len(own))) if written else ()
        kind = row.get("kind") or label.columns.get("kind") or ""
        self.references.append((at, str(kind), label.side or "", label.text))
        claims = [(claim["region"], claim["aspect"], claim["favours"]) for claim in row.get("claims") or ()]
        return (*own, *against(label.text, row.get("rationale") or "", claims, self.overlap))


def against(reference: str, text: str, claims: Iterable[Key], overlap: Overlap | None) -> tuple[float, ...]:
    """A rationale set beside the expert's: the numbers of `FIELDS` after the text's own."""
    counts = matches(claims, claims_of(reference))
    return (*counts, *(overlap(text, reference) if overlap else _NONE * (2 + len(COUNTS))))


def matches(said: Iterable[Key], told: Iterable[Key]) -> tuple[float, ...]:
    """Claims found again, said and told: on region, aspect and side, then without the region; each once.

    >>> matches([("face", "noise", "a"), ("hair", "noise", "a")], [("face", "noise", "a")])
    (1.0, 2.0, 1.0, 1.0, 1.0, 1.0)
    """
    strict = set(said), set(told)
    loose = tuple({claim[1:] for claim in claims} for claims in strict)
    return tuple(
        float(len(part)) for mine, theirs in (strict, loose) for part in (mine & theirs, mine, theirs)
    )


@lru_cache(maxsize=4096)
def claims_of(text: str) -> frozenset[Key]:
    """The claims of a text."""
    found = read(text)
    claims = () if isinstance(found, Failure) else found.claims
    return frozenset((claim.region, claim.aspect, claim.favours) for claim in claims)


class Overlap:
    """BLEU-4 and ROUGE-L of a text and one reference; needs the extra score."""

    def __init__(self) -> None:
        try:
            from rouge_score.rouge_scorer import (  # type: ignore[import-untyped, unused-ignore]
                RougeScorer,
            )
            from sacrebleu.metrics.bleu import BLEU
        except ImportError as error:
            raise MissingExtra("the overlap of texts (BLEU-4, ROUGE-L)", "score") from error
        self._bleu = BLEU(effective_order=True)
        self._rouge = RougeScorer(["rougeL"], use_stemmer=False)

    def __call__(self, text: str, reference: str) -> tuple[float, ...]:
        """bleu, rouge and `COUNTS`."""
        mine, theirs = body(text), body(reference)
        bleu = self._bleu.sentence_score(mine, [theirs])
        rouge = self._rouge.score(theirs, mine)["rougeL"].fmeasure
        return (bleu.score / 100, rouge, *bleu.counts, *bleu.totals, bleu.sys_len, bleu.ref_len)

    @staticmethod
    def signature() -> str:
        """The packages and settings that the figures depend on."""
        from importlib.metadata import version

        bleu, rouge = version("sacrebleu"), version("rouge-score")
        return f"bleu:sacrebleu-{bleu},13a,exp,case|rouge:rouge-score-{rouge},no-stemmer"


def corpus_bleu(sums: Array) -> Array:
    """Corpus BLEU-4 (Papineni et al. 2002) of sums of `COUNTS` (…, 10), 0 to 1, smoothed as by sacrebleu."""
    hits, total = sums[..., :4], sums[..., 4:8]
    with np.errstate(divide="ignore", invalid="ignore"):
        halved = 2.0 ** np.cumsum(hits == 0, axis=-1)
        precision = np.where(hits > 0, hits, 1 / halved) / total
        brevity = np.exp(np.minimum(0.0, 1 - sums[..., 9] / sums[..., 8]))
        found = brevity * np.exp(np.log(precision).mean(axis=-1))
    empty = (sums[..., 0] == 0) | (total == 0).any(axis=-1)
    return np.asarray(np.where(sums[..., 9] == 0, np.nan, np.where(empty, 0.0, found)), np.float64)


def rationale(table: Table) -> Iterator[Tally]:
    """The measures of texts that the rows can tell of, in the order they are shown."""
    numbers = table.numbers
    if "text" not in numbers:
        return
    yield from overlap(table)
    verdicts = ~table.failed
    claiming = verdicts & (numbers["claims"] > 0)
    if claiming.any():
        yield ratio_of(table, "supported", numbers["supported"], numbers["claims"], claiming, verdicts=True)
        yield ratio_of(
            table, "contradicted", numbers["contradicted"], numbers["claims"], claiming, verdicts=True
        )
        yield mean(table, "self_contradiction", numbers["self_contradicting"], claiming, verdicts=True)
    written = verdicts & ~np.isnan(numbers["text"])
    if written.any():
        _, codes, counts = np.unique(numbers["text"][written], return_inverse=True, return_counts=True)
        alone = np.zeros(len(table))
        alone[written] = 1 / counts[codes]
        yield mean(table, "distinct_rationales", alone, written, verdicts=True)


def overlap(table: Table) -> Iterator[Tally]:
    """The measures that set a text beside the expert's."""
    numbers = table.numbers
    told = ~np.isnan(numbers["told"])
    if not told.any():
        return
    if not np.isnan(numbers["bleu"][told]).any():
        yield mean(table, "bleu4", numbers["bleu"], told)
        yield _corpus(table, told)
        yield mean(table, "rouge_l", numbers["rouge"], told)
    found, said, expected = numbers["found"], numbers["said"], numbers["told"]
    yield ratio_of(table, "claim_precision", found, said, told)
    yield ratio_of(table, "claim_recall", found, expected, told)
    yield ratio_of(table, "claim_f1", 2 * found, said + expected, told)
    loosely = numbers["said_loosely"] + numbers["told_loosely"]
    yield ratio_of(table, "claim_f1_relaxed", 2 * numbers["found_loosely"], loosely, told)


def _corpus(table: Table, told: NDArray[np.bool_]) -> Tally:
    parts = np.stack([table.numbers[name][told] for name in COUNTS], axis=1)
    sums = group_sums(parts, table.blocks[told], table.size)
    return Tally(
        "bleu4_corpus", sums, corpus_bleu, int(told.sum()), int((told & table.failed).sum()), share=False
    )


def _own(row: Row) -> tuple[float, float, float, float, float]:
    """The numbers of `OWN`."""
    if row.get("schema") != "twinlens.verdict/1":
        return (math.nan, math.nan, math.nan, math.nan, math.nan)
    claims: list[dict[str, Any]] = row.get("claims") or []
    grounded = [claim.get("grounding") for claim in claims]
    text = row.get("rationale")
    return (
        float(bool(row.get("self_contradicting"))),
        float(len(claims)),
        float(grounded.count("supported")),
        float(grounded.count("contradicted")),
        math.nan if not text else float(hash(" ".join(text.split()).lower()) & (2**53 - 1)),
    )
