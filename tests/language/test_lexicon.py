"""The word lists stand for themselves: closed sets complete, no word listed as good and bad at once."""

from twinlens.core.types import ASPECTS, REGIONS
from twinlens.language.lexicon import ENGLISH, Words, matching


def test_every_region_and_aspect_of_the_closed_sets_has_words() -> None:
    assert tuple(ENGLISH.regions) == REGIONS
    assert tuple(ENGLISH.aspects) == ASPECTS


def test_every_closed_name_is_a_word_for_itself_only() -> None:
    for name in REGIONS:
        assert matching([name], ENGLISH.regions) == (name,)
    for name in ASPECTS:
        assert matching([name], ENGLISH.aspects) == (name,)


def test_no_word_is_both_good_and_bad() -> None:
    good, bad = (
        ENGLISH.words[one].listed | ENGLISH.words[other].listed
        for one, other in (("merits", "positive"), ("defects", "negative"))
    )
    assert not good & bad


def test_a_star_leaves_the_ending_open_and_a_word_without_one_does_not() -> None:
    words = Words("smear* halo")
    assert "smearing" in words
    assert "halo" in words
    assert "halos" not in words
    assert "" not in words
