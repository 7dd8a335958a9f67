"""The word lists stand for themselves: closed sets complete, no word listed as good and bad at once."""

from twinlens.core.types import ASPECTS, REGIONS
from twinlens.language import lexicon as v


def test_every_region_and_aspect_of_the_closed_sets_has_words() -> None:
    assert tuple(v.REGIONS) == REGIONS
    assert tuple(v.ASPECTS) == ASPECTS


def test_every_closed_name_is_a_word_for_itself_alone() -> None:
    for name in REGIONS:
        assert v.named([name], v.REGIONS) == (name,)
    for name in ASPECTS:
        assert v.named([name], v.ASPECTS) == (name,)


def test_no_word_is_both_good_and_bad() -> None:
    assert not {*v.GOOD.split(), *v.MERITS.split()} & {*v.BAD.split(), *v.DEFECTS.split()}


def test_a_star_leaves_the_ending_open_and_a_word_without_one_does_not() -> None:
    words = v.Words("smear* halo")
    assert "smearing" in words
    assert "halo" in words
    assert "halos" not in words
    assert "" not in words
