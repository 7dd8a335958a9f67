"""A plot of costs by the size of photos, both axes logarithmic, as SVG drawn by us."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from twinlens.report.plot_axis import Axis

Points = Sequence[tuple[float, float]]
WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 760, 430, 62, 205, 34, 48
"""The picture and its margins, in pixels."""
INKS = ("#1f6fb2", "#c2410c", "#3f7d20", "#7c3aed", "#9a7b00", "#b0256b", "#0f766e", "#5e5e5e")
APART = 16
"""Pixels between two names."""
STYLE = """text { font: 12px system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; fill: #1c1c1c; }
.head { font-weight: 600; } .soft { fill: #5e5e5e; } .tick { stroke: #e4e4e4; } .line { fill: none; stroke-width: 2; }"""


def size_plot(title: str, across: str, lines: Mapping[str, Points]) -> str:
    """The SVG; `lines` holds the points (size, cost) of each name, all above 0."""
    sizes, costs = zip(*(point for points in lines.values() for point in points), strict=True)
    x_axis, y_axis = decades(across, sizes), decades(title, costs)

    def x(size: float) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * x_axis.at(math.log10(size))

    def y(cost: float) -> float:
        return HIGH - BOTTOM - (HIGH - BOTTOM - TOP) * y_axis.at(math.log10(cost))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{title}">',
        f'<style>{STYLE}</style>\n<rect width="100%" height="100%" fill="#fff"/>',
        f'<text class="head" x="16" y="20">{title}</text>',
        f'<text class="soft" x="{(LEFT + WIDE - RIGHT) / 2}" y="{HIGH - 10}" text-anchor="middle">{across}</text>',
    ]
    for tick in (10.0**power for power in x_axis.ticks):
        parts.append(
            f'<text class="soft" x="{x(tick):.1f}" y="{HIGH - 28}" text-anchor="middle">{tick:g}</text>'
        )
    for tick in (10.0**power for power in y_axis.ticks):
        parts.append(
            f'<line class="tick" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        )
        parts.append(
            f'<text class="soft" x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    heights = spread_out([y(points[-1][1]) for points in lines.values()])
    for (name, points), height, ink in zip(lines.items(), heights, INKS, strict=False):
        placed = [(x(size), y(cost)) for size, cost in points]
        path, (end, last) = " ".join(f"{left:.1f},{top:.1f}" for left, top in placed), placed[-1]
        parts.append(f'<polyline class="line" stroke="{ink}" points="{path}"/>')
        parts += [f'<circle r="3" fill="{ink}" cx="{left:.1f}" cy="{top:.1f}"/>' for left, top in placed]
        parts.append(
            f'<path d="M{end + 5:.1f} {last:.1f}L{WIDE - RIGHT + 8} {height:.1f}" stroke="{ink}" stroke-opacity=".35"/>'
            f'<text x="{WIDE - RIGHT + 12}" y="{height + 4:.1f}" style="fill:{ink}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def decades(name: str, values: Sequence[float]) -> Axis:
    """The axis of logarithms whose marks are the powers of ten around all values.

    >>> decades("x", [0.3, 50.0]).ticks
    (-1, 0, 1, 2)
    """
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return Axis(name, tuple(range(low, max(high, low + 1) + 1)))


def spread_out(heights: Sequence[float]) -> list[float]:
    """Where names stand that would lie on each other: moved apart, in their order, within the picture.

    >>> spread_out([100.0, 20.0, 101.0])
    [100.0, 20.0, 116.0]
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    made, last = list(heights), -math.inf
    for at in order:
        made[at] = last = max(made[at], last + APART)
    below = HIGH - BOTTOM
    for at in reversed(order):
        made[at] = below = min(made[at], below)
        below -= APART
    return made
