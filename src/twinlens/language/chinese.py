"""Chinese statements in English words, so that one reader reads both: the expressions of `chinese.toml`."""

import re
import tomllib
from importlib.resources import files

_DATA = tomllib.loads((files("twinlens.language") / "chinese.toml").read_text("utf-8"))
_GRAMMAR = [(re.compile(pattern), to) for pattern, to in _DATA["grammar"]]
_NAMING = [pattern for pattern, to in _DATA["grammar"] if to.startswith("Image ")]
_NAMES = re.compile("|".join((*_NAMING, r"[（(][左右](?:侧|边)?图?[）)]")))
_ORDINALS = ("第一", "第二")
"""Without a word for an image they may be "firstly" and "secondly"."""
_WORDS: dict[str, str] = _DATA["words"]
_WORD = re.compile("|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True))))
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return _CHINESE.search(text) is not None


def image_names(text: str) -> list[tuple[int, int]]:
    """Where a Chinese text names an image, from and to."""
    return [match.span() for match in _NAMES.finditer(text) if match[0] not in _ORDINALS]


def english(text: str) -> str:
    """A text with its Chinese expressions in English; a text without Chinese characters as it is.

    >>> english("图A比图B更清晰，但噪点更多。")
    'Image A compared to Image B clearer , but noise more . '
    """
    if not chinese(text):
        return text
    for pattern, to in _GRAMMAR:
        text = pattern.sub(to, text)
    plain = _WORD.sub(lambda match: f" {_WORDS[match[0]]} ", text)
    return re.sub(r"[ \t]+", " ", plain)
