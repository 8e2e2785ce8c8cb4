"""Any colour that an organisation chooses is made to read in both themes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.settings import colours

HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 21),
        ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), 1),
        ((119 / 255,) * 3, (1.0, 1.0, 1.0), 4.48),  # #777 on white, the known near miss
        ((1.0, 0.0, 0.0), (1.0, 1.0, 1.0), 4.0),
    ],
)
def test_contrast_is_the_ratio_of_the_standard(one, other, ratio):
    assert colours.contrast(one, other) == pytest.approx(ratio, abs=0.005)


@given(colour=HEX)
def test_every_colour_reads_in_both_themes(colour):
    shades = colours.palette(colour)
    for theme in (shades.light, shades.dark):
        assert theme.text_contrast >= 4.5
        assert theme.solid_contrast >= 4.5


def test_a_colour_that_reads_already_is_kept():
    shades = colours.palette("#1f4e9a")
    assert shades.light.solid == "#1f4e9a"
    assert not shades.adjusted


def test_a_colour_that_does_not_is_darkened():
    shades = colours.palette("#ffd500")
    assert shades.adjusted
    assert shades.on_white < 1.6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#1F4E9A", "#1f4e9a"),
        (" 1f4e9a ", "#1f4e9a"),
        ("blue", None),
        ("#12", None),
        ("#1f4e9a;}", None),
        ("", None),
    ],
)
def test_a_colour_is_read_as_it_is_written(text, expected):
    assert colours.normal(text) == expected


def test_the_stylesheet_has_both_themes_of_each_shade():
    sheet = colours.stylesheet("#1f4e9a", ":root")
    assert sheet.startswith(":root {")
    assert sheet.count("light-dark(#") == 4
    assert "--brand-solid: light-dark(#1f4e9a, #" in sheet
