"""What files and models say never becomes an instruction to the terminal."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinlens.cli import terminal


@given(st.text(st.characters(codec=None)))
def test_plain_text_holds_no_control_character_and_is_one_line(text: str) -> None:
    shown = terminal.plain(text)
    assert len(shown.splitlines()) <= 1
    assert not [c for c in shown if unicodedata.category(c).startswith("C") and c not in "\u200c\u200d"]


@pytest.mark.parametrize("text", ["plain words", "Ä 夜 ✓", "a\u200db", "[bold]no markup[/bold]", ":smile:"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert terminal.plain(text) == text


def test_markup_and_emoji_names_are_shown_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    terminal.console().print(terminal.words("[red]x[/red] :smile: [link=http://a]b"))
    assert out.getvalue() == "[red]x[/red] :smile: [link=http://a]b\n"


def test_a_record_goes_out_as_utf8_whatever_the_terminal_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    terminal.emit({"text": "夜"})
    assert raw.getvalue().decode("utf-8") == '{"text":"夜"}\n'
