"""Intransitive cycles: versions of which each wins against the next, and the last against the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components, shortest_path  # type: ignore[import-untyped]
from scipy.special import bdtr  # type: ignore[import-untyped]

from twinlens.stats.bradley_terry import Array, Indices, Pairs

ALPHA = 0.05
MOST = 10
"""Cycles that are listed."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """Versions in a circle, each of which wins against the next.

    `shares` (0.5 to 1) are of the decided comparisons, in that order; `p` is the largest of their p-values,
    corrected for all pairs.
    """

    versions: tuple[int, ...]
    shares: tuple[float, ...]
    p: float


def sign_test(won: Array, lost: Array) -> Array:
    """The two-sided p-values (m,) of the sign test, of whole counts, corrected for all pairs (Holm 1979).

    >>> sign_test(np.array([9.0, 5.0]), np.array([1.0, 5.0])).round(4).tolist()
    [0.043, 1.0]
    """
    p = np.minimum(1.0, 2 * bdtr(np.minimum(won, lost), (won + lost).astype(int), 0.5))
    order = np.argsort(p, kind="stable")
    corrected: Array = np.empty(len(p))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


def cycles(pairs: Pairs, most: int = MOST) -> list[Cycle]:
    """Cycles of preferences that hold at 5 % for all pairs together, the shortest first, `most` of them.

    `won` and `lost` of the pairs are whole and of independent comparisons. Of each significant preference the
    shortest cycle through it is listed; with a probability of 95 % all that are listed are there.
    """
    p = sign_test(pairs.won, pairs.lost)
    clear = np.flatnonzero(p <= ALPHA)
    first = pairs.won[clear] > pairs.lost[clear]
    ahead = np.where(first, pairs.first[clear], pairs.second[clear])
    behind = np.where(first, pairs.second[clear], pairs.first[clear])
    share = np.maximum(pairs.won, pairs.lost)[clear] / (pairs.won + pairs.lost)[clear]
    edges = {edge: at for at, edge in enumerate(zip(ahead.tolist(), behind.tolist(), strict=True))}
    made: list[Cycle] = []
    for circle in _circles(pairs.versions, ahead, behind, most):
        steps = [edges[step] for step in zip(circle, circle[1:] + circle[:1], strict=True)]
        made.append(Cycle(circle, tuple(share[steps].tolist()), float(p[clear][steps].max())))
    return made


def _circles(versions: int, ahead: Indices, behind: Indices, most: int) -> list[tuple[int, ...]]:
    """The shortest circle through each edge that is in one, each circle once, the shortest first."""
    graph = csr_array((np.ones(len(ahead)), (ahead, behind)), shape=(versions, versions))
    _, group = connected_components(graph, connection="strong")
    within = group[ahead] == group[behind]
    ways = sorted(
        (
            circle
            for part in np.unique(group[ahead[within]])
            for circle in _shortest(graph, group == part, most)
        ),
        key=lambda circle: (len(circle), circle),
    )
    return ways[:most]


def _shortest(graph: csr_array, part: NDArray[np.bool_], most: int) -> Iterator[tuple[int, ...]]:
    """Circles within a strongly connected part of the graph."""
    names = np.flatnonzero(part)
    inner = graph[names][:, names]
    steps, before = shortest_path(inner, unweighted=True, return_predecessors=True)
    ahead, behind = inner.nonzero()
    seen: set[tuple[int, ...]] = set()
    for at in np.argsort(steps[behind, ahead], kind="stable"):
        path, place = [int(ahead[at])], int(ahead[at])
        while place != behind[at]:  # from the winner back along the way that leads from the loser to it
            place = int(before[behind[at], place])
            path.append(place)
        circle = names[path[::-1]].tolist()
        start = circle.index(min(circle))
        seen.add(tuple(circle[start:] + circle[:start]))
        if len(seen) == most:
            break
    yield from seen
