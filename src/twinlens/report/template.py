"""What the pages of reports are made with: templates, styles and scripts, and how numbers are written."""

import base64
import hashlib
import math
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from twinlens.features.clipped_tones import BLACK, WHITE

VIEWER_STYLES = ("page.css", "viewer.css")
VIEWER_SCRIPTS = (
    "viewer.js", "viewer_gestures.js", "viewer_map.js", "viewer_tools.js", "viewer_pixels.js",
)  # fmt: skip
"""What the viewer of two photos is made of, before what a page adds."""

_BREAKS = re.compile(r" (?:(?=%)(?<=\d )|(?=\d)(?<=ΔE ))")  # the space first: nothing else is looked at


def number(value: float) -> str:
    """A measured value in four significant digits."""
    if not math.isfinite(value):
        return "not measured" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    return f"{value:.4g}".replace("-", "−")


def steps(value: float) -> str:
    """A difference in JNDs, for people: one decimal below ten, none above."""
    if not math.isfinite(value):
        return number(value)
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def unbroken(text: str) -> str:
    """A text in which no line ends between a number and its unit."""
    return _BREAKS.sub("\u00a0", text) if " %" in text or "ΔE " in text else text


def middle(text: str, most: int) -> str:
    """A text of at most so many characters: its middle is left out, for names differ at their ends.

    >>> middle("camera-app-2025.02-night", 17), middle("baseline", 17)
    ('camera-a…02-night', 'baseline')
    """
    half = most // 2
    return text if len(text) <= most else f"{text[: most - half - 1]}…{text[-half:]}"


def rendered(template: str, styles: Sequence[str], scripts: Sequence[str], **context: object) -> str:
    """The page of a template, its style and script within it and, by a policy of their hashes, no others."""
    style, script = _asset(*styles), _asset(*scripts)
    hashes = {"style_hash": content_hash(style), "script_hash": content_hash(script)}
    made = environment().get_template(template)
    return made.render(style=Markup(style), script=Markup(script), **hashes, **context)


def _asset(*names: str) -> str:
    """Files beside the templates, one after the other."""
    folder = files("twinlens.report") / "templates"
    return "".join((folder / name).read_text("utf-8") for name in names)


def content_hash(text: str) -> str:
    """The source expression that allows exactly this text in a content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def environment() -> Environment:
    """The templates; what is put into them is text, never markup."""
    made = Environment(
        loader=PackageLoader("twinlens.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_writable,
    )
    made.filters.update(
        number=number, steps=steps, middle=middle, name=lambda file: Path(file).name or "no file"
    )
    made.filters["unbroken"] = unbroken
    made.globals["clipped"] = {"white": WHITE, "black": BLACK}
    return made


def _writable(value: object) -> object:
    """The value, text without lone surrogates (a file name need not be UTF-8, the page is)."""
    return value.encode("utf-8", "replace").decode("utf-8") if type(value) is str else value
