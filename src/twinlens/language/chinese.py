"""Chinese statements in English words, so that one reader reads both: the expressions of `chinese.toml`."""

import re
import tomllib
from importlib.resources import files

_DATA = tomllib.loads((files("twinlens.language") / "chinese.toml").read_text("utf-8"))
_GRAMMAR = [(re.compile(pattern), to) for pattern, to in _DATA["grammar"]]
_WORDS: dict[str, str] = _DATA["words"]
_WORD = re.compile("|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True))))
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return _CHINESE.search(text) is not None


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
