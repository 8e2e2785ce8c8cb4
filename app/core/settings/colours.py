"""The organisation's colour as shades that hold WCAG AA in both themes.

Hue and strength are the organisation's; the lightness gives way until text on each ground, and
white text on the solid colour, reach the contrast of 4.5:1 (WCAG 2.2, 1.4.3). Shades are searched
in OKLCH (B. Ottosson, 2020) and written as sRGB, so that what is measured is what is shown.
"""

import math
import re
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

RULES = 1  # part of the stylesheet's address: raise it when the shades are chosen otherwise
ENOUGH = 4.5
WRITTEN = re.compile(r"#?([0-9a-fA-F]{6})")

Rgb: TypeAlias = tuple[float, float, float]  # sRGB, 0 to 1

_WHITE: Rgb = (1.0, 1.0, 1.0)
_STEP = 0.005


class Shade(NamedTuple):
    """A colour in OKLCH: lightness 0 to 1, chroma, hue in degrees."""

    lightness: float
    chroma: float
    hue: float


@dataclass(frozen=True, slots=True)
class Theme:
    """The shades of one theme as #rrggbb, and the contrasts that they reach."""

    text: str  # links and marks on the page's grounds
    solid: str  # behind white text: buttons
    hover: str
    tint: str  # behind text of the colour
    text_contrast: float  # on the least favourable ground
    solid_contrast: float  # of white on it


@dataclass(frozen=True, slots=True)
class Palette:
    """What becomes of a colour in the light and in the dark theme."""

    colour: str
    on_white: float  # the contrast of the colour itself on white
    light: Theme
    dark: Theme

    @property
    def adjusted(self) -> bool:
        """Whether even the light theme's buttons cannot have the colour as it is."""
        return self.light.solid != self.colour


# The grounds of static/css/entente.css on which coloured text stands, the worst of each theme.
_LIGHT_GROUNDS = (Shade(1, 0, 0), Shade(0.964, 0.006, 265), Shade(0.966, 0.007, 265))
_DARK_GROUNDS = (Shade(0.22, 0.016, 265), Shade(0.265, 0.018, 265))


def normal(text: str) -> str | None:
    """A written colour as #rrggbb in small letters; None where it is none."""
    match = WRITTEN.fullmatch(text.strip())
    return f"#{match[1].lower()}" if match else None


def palette(colour: str) -> Palette:
    """The shades for a colour written as #rrggbb."""
    rgb = _parsed(colour)
    base = _shade(rgb)
    return Palette(colour, contrast(rgb, _WHITE), _light(colour, base), _dark(base))


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def stylesheet(colour: str, selector: str) -> str:
    """The custom properties that give what the selector names this colour."""
    shades = palette(colour)
    light, dark = shades.light, shades.dark
    lines = (
        f"--brand: light-dark({light.text}, {dark.text});",
        f"--brand-solid: light-dark({light.solid}, {dark.solid});",
        f"--brand-solid-hover: light-dark({light.hover}, {dark.hover});",
        f"--brand-tint: light-dark({light.tint}, {dark.tint});",
    )
    return f"{selector} {{\n  " + "\n  ".join(lines) + "\n}\n"


def _light(colour: str, base: Shade) -> Theme:
    tint = Shade(0.956, min(base.chroma, 0.02), base.hue)
    solid = _until(base, -_STEP, (_WHITE,))
    text = _until(base, -_STEP, (*map(_rgb, _LIGHT_GROUNDS), _seen(tint)))
    hover = solid._replace(lightness=max(0.0, solid.lightness - 0.06))
    kept = colour if solid == base else _written(solid)
    return _theme(text, kept, hover, tint, _LIGHT_GROUNDS)


def _dark(base: Shade) -> Theme:
    tint = Shade(0.29, min(base.chroma, 0.055), base.hue)
    # Light enough to stand out from the page, dark enough for white text.
    solid = _until(base._replace(lightness=max(base.lightness, 0.45)), -_STEP, (_WHITE,))
    start = Shade(max(base.lightness, 0.75), min(base.chroma, 0.12), base.hue)
    text = _until(start, _STEP, (*map(_rgb, _DARK_GROUNDS), _seen(tint)))
    hover = solid._replace(lightness=solid.lightness - 0.05)
    return _theme(text, _written(solid), hover, tint, _DARK_GROUNDS)


def _theme(text: Shade, solid: str, hover: Shade, tint: Shade, grounds: tuple[Shade, ...]) -> Theme:
    seen = _seen(text)
    worst = min(contrast(seen, ground) for ground in (*map(_rgb, grounds), _seen(tint)))
    return Theme(
        text=_written(text),
        solid=solid,
        hover=_written(hover),
        tint=_written(tint),
        text_contrast=worst,
        solid_contrast=contrast(_parsed(solid), _WHITE),
    )


def _until(shade: Shade, step: float, grounds: tuple[Rgb, ...]) -> Shade:
    """The first shade on the way to black or white that reads on all of these grounds."""
    while min(contrast(_seen(shade), ground) for ground in grounds) < ENOUGH:
        shade = shade._replace(lightness=shade.lightness + step)
    return shade


def _parsed(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _written(shade: Shade) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in _rgb(shade))


def _seen(shade: Shade) -> Rgb:
    """A shade as screens get it, in steps of 1/255."""
    return _parsed(_written(shade))


def _luminance(rgb: Rgb) -> float:
    red, green, blue = map(_linear, rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _shade(rgb: Rgb) -> Shade:
    red, green, blue = map(_linear, rgb)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return Shade(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def _rgb(shade: Shade) -> Rgb:
    """The shade as sRGB; what no screen can show is made paler until one can."""
    lightness, chroma, hue = min(1.0, max(0.0, shade.lightness)), shade.chroma, shade.hue
    for _attempt in range(60):
        found = _unclipped(lightness, chroma, hue)
        if all(-0.0005 <= channel <= 1.0005 for channel in found):
            break
        chroma *= 0.94
    red, green, blue = (_gamma(min(1.0, max(0.0, channel))) for channel in found)
    return red, green, blue


def _unclipped(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
