"""The polarity of a segment: what shifts a quality word, and how far that reaches."""

import pytest

from twinlens.language.polarity import polarity


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
    assert value(words) * sign > 0


def value(words: str, opener: str = "", antecedent: int = 0) -> float:
    """The polarity of words of which some are of quality."""
    terms, _ = polarity(words.split(), opener, antecedent)
    assert terms
    return sum(value for value, _ in terms)


def test_words_of_no_quality_have_no_polarity() -> None:
    assert polarity(["the", "image", "is", "on", "the", "table"]) == ([], 0)


def test_a_bare_comparison_speaks_of_its_antecedent() -> None:
    _, halos = polarity(["shows", "halos"])
    assert value("does not", antecedent=halos) > 0
    assert value("more so", antecedent=halos) < 0


def test_two_negations_cancel() -> None:
    assert value("no loss of detail") > 0 > value("loss of detail")


@pytest.mark.parametrize(
    ("less", "more"), [("slight halos", "halos"), ("halos", "severe halos"), ("detail", "more detail")]
)
def test_degree_words_grade_a_quality(less: str, more: str) -> None:
    assert abs(value(less)) < abs(value(more))


def test_a_conceded_quality_counts_for_less_and_a_consequence_for_more() -> None:
    assert value("sharp", opener="although") < value("sharp") < value("resulting in sharp edges")


def test_excess_makes_any_quality_bad() -> None:
    assert value("too sharp") == value("too saturated") == -1.0
