"""Words and forms of answers of a user's own, beside the built-in ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinlens.core.errors import BadInput
from twinlens.core.types import Reading
from twinlens.language.lexicon import ENGLISH, open_lexicon
from twinlens.language.parse import read

OWN = """
answers = ['PICK=(?P<side>\\w+)', 'vote (?:(?P<a>one)|(?P<b>two)|(?P<same>none))']
phrases = [["pixel peeping", "detail"]]
[regions]
hair = "mane Tresses"
[aspects]
noise = "snow*"
[words]
defects = "snow*"
"""


def written(folder: Path, text: str) -> str:
    (folder / "own.toml").write_text(text, "utf-8")
    return str(folder / "own.toml")


@pytest.mark.parametrize(
    ("text", "answer"),
    [("PICK=A, then PICK=right", "b"), ("vote two", "b"), ("vote none", "same"), ("Answer: A", "a"),
     ("Answer: A, vote two", "b"), ("PICK=neither", None)],
)  # fmt: skip
def test_an_answer_in_a_form_of_ones_own_counts_before_the_built_in_ones(
    tmp_path: Path, text: str, answer: str | None
) -> None:
    reading = read(text, lexicon=open_lexicon(written(tmp_path, OWN)))
    assert getattr(reading, "answer", None) == answer


def test_words_of_ones_own_are_added_to_the_built_in_ones(tmp_path: Path) -> None:
    reading = read("The tresses in Image A are snowy.", lexicon=open_lexicon(written(tmp_path, OWN)))
    assert isinstance(reading, Reading)
    assert [(c.region, c.aspect, c.favours) for c in reading.claims] == [("hair", "noise", "b")]
    assert not isinstance(read("The tresses in Image A are snowy."), Reading)


def test_a_lexicon_is_known_by_its_content(tmp_path: Path) -> None:
    one, other = (open_lexicon(written(tmp_path, OWN + more)).sha256 for more in ("", "# more"))
    assert len({one, other, ENGLISH.sha256}) == 3
    assert open_lexicon("") is ENGLISH


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("answers = ['PICK=(\\w+)']", "without a group side, a, b or same"),
        ("answers = ['(?P<side>']", "missing"),
        ("[regions]\nmane = 'x'", "found regions.mane; expected"),
        ("[sky]\nx = 'x'", "found sky; expected"),
        ("[regions]\nhair = 3", "expected"),
        ("answers = 'A'", "expected"),
        ("answers = [3]", "expected"),
        ("regions = 3", "expected"),
        ("phrases = ['(']", "expected"),
        ("oops", "expected"),
    ],
)
def test_a_file_that_is_no_lexicon_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        open_lexicon(written(tmp_path, text))
    assert "own.toml" in str(caught.value)
    with pytest.raises(BadInput, match="cannot be read"):
        open_lexicon(str(tmp_path / "gone.toml"))
