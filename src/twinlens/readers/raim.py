"""The RAIM challenge's JSONL: composites or split photos, the expert's answer and reasons."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from twinlens.core.contracts import clean
from twinlens.core.types import Kind
from twinlens.language.answer import last_answer
from twinlens.readers.files import Unusable, as_json, collect, json_lines, kind_of, located, read_text
from twinlens.readers.pairs import Row, Rows, Shot

EXPECTED = 'expected one JSON object a line, {"images": […], "messages": […], "solution": "…"}'
KNOWN = frozenset({"id", "images", "messages", "solution", "scene", "kind"})
SIDES = {"a": "a", "left": "a", "b": "b", "right": "b"}
CROPS = frozenset({"c1", "crop", "detail", "local"})
VIEWS = CROPS | {"c0", "global", "merged", "whole"}
PREFIXES: dict[str, Kind] = {"p": "person", "s": "scene"}
Item = dict[str, Any]
Shots = tuple[Shot, ...]


@dataclass(frozen=True)
class Raim:
    """Rows of a RAIM JSONL, in the form for GRPO (with `solution`) or for SFT (an assistant's message).

    An image whose name has no side is a composite, a on the left half and b on the right; c0 is the whole
    view and c1 a detail. Names that end in a or b, or left or right, are photos already split. Paths are
    sought in the file's folder, the working folder and the folder `images`. The kind is that of p_ or s_.
    """

    images: str | None = None

    def read(self, path: str) -> Rows:
        """The rows of a file; what is wrong with a line is in `problems`."""
        lines = json_lines(read_text(path, "a RAIM JSONL"), EXPECTED)
        rows, problems = collect(lines, lambda line, item: self._row(line, item, path), path)
        return Rows(path, "raim", rows, problems)

    def _row(self, line: int, item: Item, path: str) -> Row:
        names = _names(item)
        a, b = (
            tuple(Shot(located(shot.path, Path(path).parent, self.images), shot.half) for shot in shots)
            for shots in _sides(names)
        )
        stem = _stem(names[0])
        reference = _reference(item)
        answer = last_answer(reference) if reference else None
        id = stem if item.get("id") in (None, "") else str(item["id"])
        kind = item.get("kind")
        return Row(
            id=clean(id),
            a=a,
            b=b,
            scene=clean(str(item.get("scene") or id)),
            kind=kind_of(str(kind)) if kind else PREFIXES.get(stem.split("_")[0], "other"),
            label="tie" if answer == "same" else answer,
            reference=clean(reference),
            columns={clean(key): as_json(value) for key, value in item.items() if key not in KNOWN},
            file=path,
            line=line,
        )


def items(path: str) -> dict[int, Item]:
    """The objects of a RAIM file by their lines, those that can be read."""
    lines = json_lines(read_text(path, "a RAIM JSONL"), EXPECTED)
    return {line: item for line, item in lines if not isinstance(item, Unusable)}


def with_images(item: Item, named: Callable[[str], str]) -> Item:
    """An object with its images named anew."""
    images = item["images"] if isinstance(item["images"], list) else [item["images"]]
    made = [{**one, "path": named(one["path"])} if isinstance(one, dict) else named(one) for one in images]
    return {**item, "images": made}


def text_parts(message: Item, change: Callable[[str], str]) -> Item:
    """A message with its text changed, also where it comes in parts."""

    def part(one: Any) -> Any:
        if isinstance(one, str):
            return change(one)
        return {**one, "text": change(one["text"])} if isinstance(one, dict) and "text" in one else one

    content = message.get("content")
    return {**message, "content": list(map(part, content)) if isinstance(content, list) else part(content)}


def _names(item: Mapping[str, Any]) -> list[str]:
    images = item.get("images")
    if isinstance(images, str):
        images = [images]
    if not isinstance(images, list) or not images:
        raise Unusable(f"found no images; {EXPECTED}")
    names = [image.get("path") if isinstance(image, dict) else image for image in images]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise Unusable("found an image that is no path; expected the paths of the photos as strings")
    return [str(name) for name in names]


def _sides(names: list[str]) -> tuple[Shots, Shots]:
    """The shots of a and of b, the whole view first."""
    sides = [_side(name) for name in names]
    names = sorted(names, key=_is_crop)
    shown = ", ".join(name[:80] for name in names[:4])
    if not any(sides):
        if len(names) > 2 or (len(names) == 2 and _is_crop(names[0]) == _is_crop(names[1])):
            expected = "expected a composite c0 and a crop c1, or names in _a and _b"
            raise Unusable(f"found the images {shown}; {expected}")
        return tuple(Shot(name, "left") for name in names), tuple(Shot(name, "right") for name in names)
    a, b = ([name for name in names if _side(name) == side] for side in ("a", "b"))
    if not all(sides) or [_is_crop(name) for name in a] != [_is_crop(name) for name in b]:
        raise Unusable(f"found the images {shown}; expected as many of a as of b, named by side and view")
    return tuple(map(Shot, a)), tuple(map(Shot, b))


def _words(name: str) -> list[str]:
    return re.split(r"[_\-. ]+", PurePosixPath(name.replace("\\", "/")).stem.lower())


def _side(name: str) -> str | None:
    """The side that a file has in its name, in a word after the first, or else in its folder's name."""
    folder = PurePosixPath(name.replace("\\", "/")).parent.name.lower()
    return next((SIDES[word] for word in reversed(_words(name)[1:]) if word in SIDES), SIDES.get(folder))


def _is_crop(name: str) -> bool:
    return any(word in CROPS for word in _words(name)[1:])


def _stem(name: str) -> str:
    """The name of an item: p_000 of p_000_merged_c0.jpg."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    words = re.split(r"([_\-. ]+)", stem)
    end = len(words)
    while end > 2 and words[end - 1].lower() in VIEWS | SIDES.keys():
        end -= 2
    return "".join(words[:end])


def _text(message: Mapping[str, Any]) -> str:
    """The text of a message, which may come in parts."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return "\n".join(text for text in texts if isinstance(text, str))


def _reference(item: Mapping[str, Any]) -> str:
    """The expert's text: the solution, else what the assistant says last; "" where there is neither."""
    solution = item.get("solution")
    if solution is not None and not isinstance(solution, str):
        raise Unusable(f"found a solution that is {type(solution).__name__}; expected text")
    messages = item.get("messages", [])
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise Unusable("found messages of another form; expected a list of objects with role and content")
    texts = [_text(message) for message in messages if message.get("role") == "assistant"]
    return solution or (texts[-1] if texts else "")
