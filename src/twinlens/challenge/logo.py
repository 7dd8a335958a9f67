"""The logo of a challenge that brings none: two renderings of one landscape, the right one softer."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

SIDE = 512
"""Pixels of a side."""
_FINE = 4
"""Drawn so many times larger, then reduced: smooth edges."""
_SKY, _GLOW = (24, 44, 84), (246, 176, 126)
_SUN = (255, 236, 190)
_HILLS = (
    ((104, 92, 138), ((0, 64), (9, 57), (21, 41), (36, 60), (50, 52), (100, 66))),
    ((62, 66, 116), ((0, 77), (13, 70), (37, 53), (50, 63), (100, 80))),
    ((22, 34, 68), ((0, 82), (18, 74), (34, 83), (50, 76), (100, 90))),
)
"""Colour and outline of each range of hills, far to near, in hundredths of the side."""


@cache
def logo() -> bytes:
    """The logo as PNG, SIDE pixels square, with round corners; the same bytes every time."""
    large = SIDE * _FINE
    whole = _landscape(large)
    soft = whole.filter(ImageFilter.GaussianBlur(large * 0.022))
    soft = Image.blend(soft, Image.new("RGB", soft.size, (150, 150, 160)), 0.18)
    whole.paste(soft.crop((0, 0, large // 2, large)), (large // 2, 0))
    draw = ImageDraw.Draw(whole)
    draw.line([(large // 2, 0), (large // 2, large)], fill="white", width=large // 85)
    _handle(draw, large)
    mask = Image.new("L", whole.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, large - 1, large - 1), large // 9, fill=255)
    whole.putalpha(mask)
    stream = BytesIO()
    whole.resize((SIDE, SIDE), Image.Resampling.BOX).save(stream, "PNG")
    return stream.getvalue()


def _landscape(side: int) -> Image.Image:
    """Sky, sun and hills."""
    ramp = Image.linear_gradient("L").resize((side, side)).point(lambda value: min(255, value * 1.5))
    glow, sky = (Image.new("RGB", ramp.size, color) for color in (_GLOW, _SKY))
    picture = Image.composite(glow, sky, ramp)
    draw = ImageDraw.Draw(picture)
    x, y, radius = side * 0.31, side * 0.33, side * 0.105
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_SUN)
    for color, outline in _HILLS:
        points = [(x * side / 100, y * side / 100) for x, y in outline]
        draw.polygon([*points, (side, side), (0, side)], fill=color)
    return picture


def _handle(draw: ImageDraw.ImageDraw, side: int) -> None:
    """The handle of a slider between two photos, on the line in the middle."""
    middle, high, radius, arrow = side / 2, side * 0.5, side * 0.062, side * 0.022
    draw.ellipse((middle - radius, high - radius, middle + radius, high + radius), fill="white")
    for sign in (-1, 1):
        tip = middle + sign * (arrow * 1.9)
        back = middle + sign * arrow * 0.55
        draw.polygon([(tip, high), (back, high - arrow), (back, high + arrow)], fill=_SKY)
