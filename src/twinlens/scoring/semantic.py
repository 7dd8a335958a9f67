"""Semantic similarity of a rationale and the expert's text: the cosine of their embeddings.

A sentence-embedding model (Reimers and Gurevych 2019), named or in a folder, embeds each text without its
tags and answer. A failure, and an empty text, score 0. Such a model reads the topic more than the side: a
text for the wrong side is nearly as similar as the right one, which the controls show.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.core.errors import BadInput, MissingExtra
from twinlens.core.run_records import Row
from twinlens.scoring.estimator import Estimator, mean
from twinlens.scoring.labels import Label
from twinlens.scoring.table import Table
from twinlens.scoring.text_scores import body, rationale_of

BATCH = 256
"""Texts that are embedded at a time."""


class Semantic:
    """Reads the rows' texts into cosines."""

    def __init__(self, model: str) -> None:
        self.name = model
        self._model = _loaded(model)
        self._rows = 0
        self._waiting: list[tuple[int, str, str]] = []
        self._cosines: dict[int, float] = {}

    def numbers(self, row: Row, label: Label | None) -> tuple[float, ...]:
        """No number yet: takes a row's text and the expert's; `fill` puts their cosine into the table."""
        at, self._rows = self._rows, self._rows + 1
        if label is not None and label.text:
            self._waiting.append((at, body(rationale_of(row)), body(label.text)))
            if len(self._waiting) >= BATCH:
                self._embed()
        return ()

    def fill(self, table: Table) -> None:
        """Puts the cosines into the table of the rows that were read."""
        self._embed()
        if self._cosines:
            values = np.full(len(table), np.nan)
            values[list(self._cosines)] = list(self._cosines.values())
            table.numbers["semantic"] = values

    def cosines(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """The cosine of each two texts, -1 to 1; 0 where one is empty."""
        texts = list(dict.fromkeys(text for pair in pairs for text in pair if text))
        made = self._model.encode(
            texts, batch_size=32, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        known = dict(zip(texts, np.asarray(made, np.float64), strict=True))
        cosines = [float(known[one] @ known[other]) if one and other else 0.0 for one, other in pairs]
        return np.clip(np.array(cosines, np.float64), -1.0, 1.0)

    def signature(self) -> str:
        """The package, the model and its weights."""
        from importlib.metadata import version

        package = version("sentence-transformers")
        name = self.name.replace("\\", "/").rstrip("/").rpartition("/")[2]
        return f"semantic:sentence-transformers-{package},{name},{_weights(self.name)}"

    def _embed(self) -> None:
        if self._waiting:
            values = self.cosines([(mine, theirs) for _, mine, theirs in self._waiting])
            self._cosines |= dict(zip((at for at, _, _ in self._waiting), values.tolist(), strict=True))
            self._waiting = []


def semantic_estimators(table: Table) -> Iterator[Estimator]:
    """The mean similarity, where it was computed."""
    if "semantic" in table.numbers:
        rows = ~np.isnan(table.numbers["semantic"])
        if rows.any():
            yield replace(mean(table, "semantic", table.numbers["semantic"], rows), share=False)


@lru_cache(maxsize=2)
def _loaded(model: str) -> Any:
    """The model, loaded once; its code is never run from where it is fetched."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtra("the semantic similarity of texts", "semantic") from error
    from transformers.utils import logging

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
