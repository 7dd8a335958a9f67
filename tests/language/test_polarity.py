"""The sum of quality words: what turns a word round, and how far that reaches."""

import pytest

from twinlens.language.polarity import Tally


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        ("shows noise", -1),
        ("no noise", 1),
        ("no noise or halos", 1),
        ("no loss of detail", 1),
        ("loss of detail", -1),
        ("less noise and more detail", 1),
        ("less detail and more noise", -1),
        ("no halos and natural colors", 1),
        ("fewer or less noticeable artifacts", 1),
        ("too sharp", -1),
        ("without excessive smoothing", 1),
        ("minimizing unnatural smearing", 1),
        ("detail is lost", -1),
        ("noise is reduced", 1),
        ("finer , more uniform noise", 1),
        ("reduction in noise", 1),
        ("insufficient", -1),
    ],
)
def test_words_sum_to_what_a_reader_would_say(words: str, sign: int) -> None:
    value = Tally().weigh(words.split())
    assert value is not None
    assert value * sign > 0


def test_words_of_no_quality_have_no_sum() -> None:
    assert Tally().weigh(["the", "image", "is", "on", "the", "table"]) is None


def test_a_bare_comparison_speaks_of_what_came_before() -> None:
    tally = Tally()
    tally.weigh(["shows", "halos"])
    assert (tally.weigh(["does", "not"]) or 0) > 0
    assert (tally.weigh(["more", "so"]) or 0) < 0


def test_a_conceded_quality_counts_for_less() -> None:
    assert (Tally().weigh(["sharp"], conceding="although") or 0) < (Tally().weigh(["sharp"]) or 0)
