"""Keys and values at fixed addresses: what writing needs to be compiled, and its steps to be CUDA graphs.

transformers compiles the steps of `generate` by itself where the cache is static and the device a GPU. A
graph is of one number of rows and one number of columns, so one cache is used again and again.
"""

from functools import lru_cache
from typing import Any

from transformers.cache_utils import DynamicCache, StaticCache

from twinlens.judges.checkpoint import LoadedModel

STEP = 512
"""Columns of a cache are a multiple of it, so that few lengths are compiled."""


def filled(checkpoint: LoadedModel, cache: DynamicCache, rows: int, columns: int) -> StaticCache:
    """A static cache with what a dynamic one of so many rows holds, and room for so many columns in all."""
    made: Any = _allocated(checkpoint, rows, -(-columns // STEP) * STEP)
    made.reset()
    dynamic: Any = cache.layers  # none where nothing is cached yet
    for fixed, layer in zip(made.layers, dynamic, strict=False):
        fixed.update(layer.keys, layer.values)
    return made  # type: ignore[no-any-return]


@lru_cache(1)
def _allocated(checkpoint: LoadedModel, rows: int, columns: int) -> StaticCache:
    """The cache of a shape, which takes its memory when first filled."""
    return StaticCache(config=checkpoint.model.config, max_cache_len=columns)


def clear() -> None:
    """Gives the memory back."""
    _allocated.cache_clear()
