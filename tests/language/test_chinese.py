"""Chinese: the sides, comparisons and the experts' terms."""

from __future__ import annotations

import pytest

from twinlens.core.types import Reading
from twinlens.language.chinese import english
from twinlens.language.parse import read


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("图A的头发更清晰，但噪点更多。", "hair sharpness a, hair noise b"),
        ("图B的皮肤更自然", "skin realism b"),
        ("A不如B清晰", "global sharpness b"),
        ("图A没有图B清晰", "global sharpness b"),
        ("B比A更清晰", "global sharpness b"),
        ("与图B相比，图A的噪点更多", "global noise b"),
        ("图A没有伪影", "global artifacts a"),
        ("两张图的曝光差不多", "global exposure same"),
        ("面部纹理：图A细节丰富，而图B涂抹严重。", "face texture a"),
        ("虽然A更锐利，但B更自然。", "global sharpness a, global realism b"),
        ("左图有白边和振铃", "global artifacts b"),
        ("右侧图像过曝，高光溢出", "global exposure a"),
        ("第一张图偏色", "global color b"),
        ("左图噪点少，右图细节多。", "global noise a, global sharpness b"),
        ("图A的文字可读，图B的文字无法辨认。", "text sharpness a"),
        ("头发：左图发丝清晰，右图模糊。皮肤：右图更自然。", "hair sharpness a, skin realism b"),
    ],
)
def test_a_chinese_statement_is_read(text: str, claims: str) -> None:
    reading = read(text)
    assert isinstance(reading, Reading)
    made = [f"{claim.region} {claim.aspect} {claim.favours}" for claim in reading.claims]
    assert sorted(made) == sorted(claims.split(", "))
    assert {claim.text in text for claim in reading.claims} == {True}


def test_a_word_that_names_a_side_of_the_body_names_no_photo() -> None:
    assert "Image" not in english("左眼和右脸")


def test_text_without_chinese_stays_as_it_is() -> None:
    assert english("Image A “is” sharper…") == "Image A “is” sharper…"
