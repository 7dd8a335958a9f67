"""The parts of a solution: the reasons, the answer, and the name of an item in its images' names."""

from __future__ import annotations

import re

_OPEN = re.compile(r"<\s{0,3}answer\s{0,3}>", re.IGNORECASE)
_CLOSE = re.compile(r"\s{0,8}<\s{0,3}/\s{0,3}answer", re.IGNORECASE)
_ANSWER = re.compile(_OPEN.pattern + r"\s{0,8}([^<>]{1,40}?)" + _CLOSE.pattern + r"\s{0,3}>", re.IGNORECASE)
_LONGEST = 200
_THINK = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TAG = re.compile(r"</?\w{1,12}>")
_NAME = re.compile(r"([_\-. ]+)")
VIEWS = frozenset((
    "a", "b", "left", "right", "c0", "c1", "global", "merged", "whole", "crop", "detail", "local",
))  # fmt: skip
"""Words at the end of an image's name that say which view or side of its item it shows."""


def last_answer(text: str, answers: tuple[str, ...]) -> str | None:
    """The content of the last <answer> as one of `answers`, in any case; None where it is none of them."""
    given = _ANSWER.findall(text)
    named = given[-1].lower() if given else None
    return next((answer for answer in answers if answer.lower() == named), None)


def body(text: str) -> str:
    """The reasons: what the first <thinking> or <think> holds, else all but tags and answers.

    >>> body("<think>Face Noise: alike.</think><answer>A</answer>")
    'Face Noise: alike.'
    """
    plain = _without_answers(text)
    begun = _THINK.search(plain)
    if begun is None:
        return _TAG.sub("", plain).strip()
    ended = _THOUGHT.search(plain, begun.end())
    return plain[begun.end() : ended.start() if ended else len(plain)].strip()


def _without_answers(text: str) -> str:
    parts, at = [], 0
    for opened in _OPEN.finditer(text):
        if opened.start() >= at:
            parts.append(text[at : opened.start()])
            at = _end(text, opened.end())
    return "\n".join((*parts, text[at:]))


def _end(text: str, start: int) -> int:
    """Where the closing tag of an answer begun at `start` ends; `start` where it has none."""
    stop = text.find("<", start, start + _LONGEST + 1)
    closing = _CLOSE.match(text, stop) if stop >= 0 else None
    return start if closing is None else closing.end() + text.startswith(">", closing.end())


def item_name(image: str) -> str:
    """What the images of an item have in common in their names.

    >>> item_name("images/p_000_merged_c0.jpg")
    'p_000'
    """
    file = image.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = file.rpartition(".")[0] or file
    words = _NAME.split(stem)
    while len(words) > 2 and words[-1].lower() in VIEWS:
        words = words[:-2]
    return "".join(words)
