"""A colour for every key: the same key identifier has the same chip everywhere, in every report.

Two hues a chip, because one hue tells only a dozen keys apart. Colour is never the only sign:
the identifier stands beside it.
"""

from colorsys import hls_to_rgb
from hashlib import sha256

_HUES = 24
_LIGHTNESSES = (0.38, 0.52, 0.68)
_SATURATION = 0.62


def halves(key_identifier: str) -> tuple[str, str]:
    """The two colours of a chip, each ``#rrggbb``; the identifier is in lower-case hex."""
    first, second, light, dark = sha256(key_identifier.encode()).digest()[:4]
    hue, other = first % _HUES, second % _HUES
    if other == hue:
        other = (hue + _HUES // 2) % _HUES
    return _colour(hue, light), _colour(other, dark)


def chip(key_identifier: str) -> str:
    """The CSS variables of a chip."""
    first, second = halves(key_identifier)
    return f"--a:{first};--b:{second}"


def _colour(hue: int, lightness: int) -> str:
    parts = hls_to_rgb(hue / _HUES, _LIGHTNESSES[lightness % len(_LIGHTNESSES)], _SATURATION)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
