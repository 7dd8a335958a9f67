"""Prompts from named templates, each a text file that one can read, copy and override by its path.

A template is a Jinja file with the blocks `system`, `user` and, where images have captions, `caption`. What
is put into it is data: it is never read as a template, and statements of models and people take one line
each, their angle brackets written as ‹ and ›, so that they hold no tags.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from twinlens.core.errors import BadInput
from twinlens.core.types import Kind, Side
from twinlens.language.templates import TemplateFailed, fill

T = TypeVar("T")
LONGEST = 200_000
"""Bytes of a template file."""
MOST_STATEMENTS, LONGEST_STATEMENT, LONGEST_TEXT = 12, 400, 8_000
"""How much foreign text goes into a prompt: statements, and characters of a statement and of a text."""
VARIABLES = frozenset(
    ("kind", "layout", "image", "evidence", "choice", "contradicted", "reasons", "rationale", "reference")
)


@dataclass(frozen=True)
class Prompt:
    """The messages to a model: its role (`system`), the captions of the images, and what to do (`user`).

    `sha256` is the start, 12 hexadecimal digits, of that of the template file.
    """

    name: str
    system: str
    user: str
    sha256: str
    captions: tuple[str, ...] = ()

    def interleaved(self, images: Sequence[T]) -> tuple[str | T, ...]:
        """The words for the user with the images in their places: each after its caption, then what to do."""
        content: list[str | T] = []
        for caption, image in zip(self.captions, images, strict=True):
            if caption:
                content.append(f"\n{caption}\n" if content else f"{caption}\n")
            content.append(image)
        gap = "\n\n" if any(self.captions) else "\n"
        return (*content, f"{gap}{self.user}")


@dataclass(frozen=True)
class Template:
    """A template file as it was read: its name or path, and its text."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The start of the hash of the text, 12 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


def names() -> list[str]:
    """The templates that come with twinlens."""
    folder = files("twinlens.language") / "prompts"
    return sorted(file.name[:-4] for file in folder.iterdir() if file.name.endswith(".txt"))


def open_template(name: str) -> Template:
    """The template of a name, or in the file of a path; BadInput where there is none."""
    if name in names():
        return Template(name, (files("twinlens.language") / "prompts" / f"{name}.txt").read_text("utf-8"))
    if not (name and os.path.isfile(name)):
        close = difflib.get_close_matches(name, names(), n=1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        known = ", ".join(names())
        raise BadInput(f"no prompt is called {name!r}; {meant}expected {known} or the path of a file")
    try:
        with open(name, "rb") as stream:
            data = stream.read(LONGEST + 1)
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:
        raise BadInput(f"{name!r}: cannot be read as a prompt ({error}); expected UTF-8 text") from error
    if len(data) > LONGEST:
        raise BadInput(f"{name!r}: more than {LONGEST:,} bytes; expected the template of a prompt")
    return Template(name, text.replace("\r\n", "\n"))


def prompt(
    template: str | Template,
    *,
    kind: Kind,
    evidence: str = "",
    choice: Side | None = None,
    contradicted: Sequence[str] = (),
    reasons: bool = True,
    images: Sequence[str] = (),
    layout: str = "split",
    rationale: str = "",
    reference: str = "",
) -> Prompt:
    """A template filled in; BadInput where it has no place for a value.

    `evidence` is a table of what was measured, `choice` a verdict that is settled, `contradicted` statements
    the pixels refuted, `images` the names of the images, `reasons` whether more than the answer is wanted.
    `rationale` and `reference` are for the prompt of a rater.
    """
    read = open_template(template) if isinstance(template, str) else template
    used = _used(read.text, read.name)
    given = {"evidence": evidence, "choice": choice, "contradicted": contradicted, "rationale": rationale}
    for name, value in given.items():
        if value and name not in used:
            raise BadInput(f"the prompt {read.name!r} has no place for {name!r}; expected {{{{ {name} }}}}")
    values: dict[str, Any] = {
        "kind": kind, "layout": layout, "evidence": evidence, "choice": choice and choice.upper(),
        "contradicted": [plain(one, LONGEST_STATEMENT) for one in contradicted[:MOST_STATEMENTS]],
        "reasons": reasons, "image": "", "reference": _lines(reference), "rationale": _lines(rationale),
    }  # fmt: skip
    captions = [("caption", {**values, "image": name}) for name in images]
    system, user, *shown = _filled(read, [("system", values), ("user", values), *captions])
    return Prompt(read.name, system, user, read.sha256, tuple(shown))


def plain(text: str, longest: int = LONGEST_STATEMENT) -> str:
    """Foreign text for a prompt: one line, no tags, at most so long."""
    line = " ".join(text.split()).replace("<", "‹").replace(">", "›")
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _lines(text: str) -> str:
    return "\n".join(plain(line, LONGEST_TEXT) for line in text[:LONGEST_TEXT].splitlines() if line.strip())


def _filled(template: Template, calls: list[tuple[str | None, dict[str, Any]]]) -> tuple[str, ...]:
    try:
        return tuple(text.strip() for text in fill("prompt", template.text, calls).texts)
    except TemplateFailed as error:
        raise BadInput(f"the prompt {template.name!r} cannot be filled in: {error}") from error


@lru_cache(maxsize=16)
def _used(text: str, name: str) -> frozenset[str]:
    """The names of the values that a template uses; BadInput where it is none of a prompt."""
    try:
        read = fill("prompt", text)
    except TemplateFailed as error:
        no = "is no template" if error.syntax else "cannot be read"
        raise BadInput(f"the prompt {name!r} {no}: {error}") from error
    missing = [part for part in ("system", "user") if part not in read.blocks]
    if missing:
        expected = f"{{% block {missing[0]} %}} … {{% endblock %}}"
        raise BadInput(f"the prompt {name!r} has no block {missing[0]!r}; expected {expected}")
    unknown = sorted(read.used - VARIABLES)
    if unknown:
        known = ", ".join(sorted(VARIABLES))
        raise BadInput(f"the prompt {name!r} uses {unknown[0]!r}, which is not known; expected {known}")
    return read.used
