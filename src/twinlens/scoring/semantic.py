"""Semantic similarity of a rationale and the expert's text: the cosine of their embeddings.

A sentence-embedding model (Reimers and Gurevych 2019), named or in a folder, embeds each text without its
tags and answer. A failure, and an empty text, score 0. Such a model reads the topic more than the side: a
text for the wrong side is nearly as similar as the right one, which the controls show.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from twinlens.core.errors import BadInput, MissingExtra
from twinlens.judges.checkpoint import never_run_code
from twinlens.scoring.estimator import Estimator, mean
from twinlens.scoring.table import Table
from twinlens.scoring.text_scores import Reference, body
from twinlens.stats.interval import Array

BATCH = 256
"""Pairs of texts that are embedded at a time."""


class Semantic:
    """A sentence-embedding model by its name or folder."""

    def __init__(self, model: str) -> None:
        self.name, self._model = model, _loaded(model)

    def fill(self, table: Table, references: Iterable[Reference]) -> None:
        """Puts the cosine of each expert's text and the judge's own into the table."""
        left = iter(references)
        while some := list(islice(left, BATCH)):
            values = table.numbers.setdefault("semantic", np.full(len(table), np.nan))
            pairs = [(body(one.own), body(one.text)) for one in some]
            values[[one.row for one in some]] = self.cosines(pairs)

    def cosines(self, pairs: Sequence[tuple[str, str]]) -> Array:
        """The cosine of each two texts (n,), -1 to 1; 0 where one is empty."""
        parts = [self._cosines(pairs[at : at + BATCH]) for at in range(0, len(pairs), BATCH)]
        return np.asarray(np.clip(np.concatenate(parts), -1.0, 1.0), np.float64)

    def signature(self) -> str:
        """The package, the model and its weights."""
        from importlib.metadata import version

        package = version("sentence-transformers")
        name = self.name.replace("\\", "/").rstrip("/").rpartition("/")[2]
        return f"semantic:sentence-transformers-{package},{name},{_weights(self.name)}"

    def _cosines(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair if text))
        made = self._model.encode(
            texts, batch_size=32, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        known = dict(zip(texts, np.asarray(made, np.float64), strict=True))
        return [float(known[one] @ known[other]) if one and other else 0.0 for one, other in pairs]


def semantic_estimators(table: Table) -> Iterator[Estimator]:
    """The mean similarity, where it was computed."""
    if "semantic" in table.numbers:
        rows = ~np.isnan(table["semantic"])
        if rows.any():
            yield replace(mean(table, "semantic", table["semantic"], rows), share=False)


@lru_cache(maxsize=2)
def _loaded(model: str) -> Any:
    """The model, loaded once; its code is never run from where it is fetched."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtra("the semantic similarity of texts", "semantic") from error
    from transformers.utils import logging

    never_run_code()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(model, trust_remote_code=False)
    except Exception as error:
        detail = str(error).partition("\n")[0]
        raise BadInput(
            f"--semantic: {model!r} cannot be loaded ({type(error).__name__}: {detail}); "
            "expected the name or folder of a sentence-embedding model"
        ) from error


@lru_cache(maxsize=2)
def _weights(model: str) -> str:
    """The start of the hash of a model's weights."""
    digest = hashlib.sha256()
    for name, values in sorted(_loaded(model).state_dict().items()):
        digest.update(name.encode() + values.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:12]
