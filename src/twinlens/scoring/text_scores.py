"""How near a judge's text is to the expert's: BLEU-4 and ROUGE-L, and how many texts are distinct.

Texts are compared without their tags and answer, as `body` gives them, with case, unstemmed. BLEU-4 is
sacrebleu's, as the mean of sentences (`bleu4`) and of the whole corpus (`bleu4_corpus`), from 0 to 1; ROUGE-L
is rouge-score's F-measure. A failure, and an empty text, score 0.
"""

import math
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twinlens.core.errors import MissingExtra
from twinlens.core.run_records import FailureRow
from twinlens.language.answer import without_answers
from twinlens.scoring.estimator import Estimator, mean
from twinlens.scoring.labels import Label
from twinlens.scoring.rows import ScoredRow, label_of, scored_rows
from twinlens.scoring.table import Table
from twinlens.stats.interval import Array, group_sums

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

NGRAMS = (
    "hits_1", "hits_2", "hits_3", "hits_4", "all_1", "all_2", "all_3", "all_4", "length", "reference_length",
)  # fmt: skip
"""The counts that BLEU is made of: n-grams of the text that the reference has, all of them, and lengths."""
OVERLAP = ("bleu", "rouge", *NGRAMS)
FIELDS = ("text", *OVERLAP)
"""The numbers of a row's text; not-a-number where there is no text, or no expert's text beside it."""

_THOUGHT = re.compile(r"<think(?:ing)?>(.*?)(?:</think(?:ing)?>|$)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?\w{1,12}>")


def body(text: str) -> str:
    """The reasons of a rationale: what its first <thinking> or <think> holds, else all but tags and answers.

    >>> body("<thinking>\\nFace Noise: alike.\\n</thinking>\\n<answer>A</answer>")
    'Face Noise: alike.'
    """
    plain = without_answers(text)
    thought = _THOUGHT.search(plain)
    return (thought[1] if thought else _TAG.sub("", plain)).strip()


def rationale_of(row: ScoredRow) -> str:
    """The judge's own text; empty where it gave no verdict."""
    return "" if isinstance(row, FailureRow) else row.rationale


class Reference(NamedTuple):
    """An expert's text: number and kind of its row, the side the label names, and the judge's own text."""

    row: int
    kind: str
    side: str | None
    text: str
    own: str = ""


class TextReader:
    """Reads the rows' texts into numbers; `references` are the numbers of the rows with an expert's text.

    `sided` are those of them whose label names a side. `rationale` says whether texts are scored; None: where
    there are any, and the extra is installed. `missing` is what to install for the overlap, where that is not
    installed.
    """

    def __init__(self, rationale: bool | None = None) -> None:
        self.references, self.sided = array("q"), array("q")
        self.missing = ""
        self._rationale, self._rows = rationale, 0

    @cached_property
    def overlap(self) -> "Overlap | None":
        """What measures overlap, loaded at the first expert's text."""
        try:
            return None if self._rationale is False else Overlap()
        except MissingExtra as error:
            if self._rationale:
                raise
            self.missing = str(error)
            return None

    def numbers(self, row: ScoredRow, label: Label | None) -> tuple[float, ...]:
        """The numbers of `FIELDS` of one row; none where there is no text."""
        at, self._rows, text = self._rows, self._rows + 1, rationale_of(row)
        same = hash(" ".join(text.split()).lower()) & (2**53 - 1) if text else math.nan
        if label is not None and label.text:
            self.references.append(at)
            if label.side in ("a", "b"):
                self.sided.append(at)
            if self.overlap is not None:
                return (same, *self.overlap(text, label.text))
        return (same, *(math.nan,) * len(OVERLAP)) if text and self._rationale is not False else ()


def read_again(
    run: "RunFolder", labels: dict[int, Label] | None, numbers: Iterable[int]
) -> Iterator[Reference]:
    """The experts' texts of some rows, by their numbers in ascending order; so none is stored."""
    left = iter(numbers)
    wanted = next(left, None)
    for at, (where, row) in enumerate(scored_rows(run)):
        if wanted is None:
            return
        if at == wanted:
            label, wanted = label_of(row, labels, where), next(left, None)
            if label is not None and label.text:
                yield Reference(at, row.kind, label.side, label.text, rationale_of(row))


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
        """The numbers of `OVERLAP`."""
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
    """Corpus BLEU-4 (Papineni et al. 2002) of sums of `NGRAMS` (…, 10), 0 to 1, smoothed as by sacrebleu."""
    hits, total = sums[..., :4], sums[..., 4:8]
    with np.errstate(divide="ignore", invalid="ignore"):
        halved = 2.0 ** np.cumsum(hits == 0, axis=-1)
        precision = np.where(hits > 0, hits, 1 / halved) / total
        brevity = np.exp(np.minimum(0.0, 1 - sums[..., 9] / sums[..., 8]))
        bleu = brevity * np.exp(np.log(precision).mean(axis=-1))
    empty = (sums[..., 0] == 0) | (total == 0).any(axis=-1)
    return np.asarray(np.where(sums[..., 9] == 0, np.nan, np.where(empty, 0.0, bleu)), np.float64)


def text_estimators(table: Table) -> Iterator[Estimator]:
    """The scores of texts that the rows allow, in the order they are shown."""
    if "text" not in table.numbers:
        return
    yield from overlap_estimators(table)
    texts = table["text"]
    written = ~table.failed & ~np.isnan(texts)
    if written.any():
        _, codes, counts = np.unique(texts[written], return_inverse=True, return_counts=True)
        shares = np.zeros(len(table))
        shares[written] = 1 / counts[codes]
        yield mean(table, "distinct_rationales", shares, written, verdicts=True)


def overlap_estimators(table: Table) -> Iterator[Estimator]:
    """The scores of texts beside the experts'."""
    rows = ~np.isnan(table["bleu"])
    if rows.any():
        bleu4 = mean(table, "bleu4", table["bleu"], rows)
        yield bleu4
        counts = np.stack([table[name][rows] for name in NGRAMS], axis=1)
        sums = group_sums(counts, table.blocks[rows], table.size)
        yield replace(bleu4, name="bleu4_corpus", sums=sums, statistic=corpus_bleu, share=False)
        yield mean(table, "rouge_l", table["rouge"], rows)
