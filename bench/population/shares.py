"""Parts of a whole in per cent, and whole devices from them.

A part that is no whole number is rounded half up. Where parts must add up to the whole, the bounds
between them are rounded, so that no device is left over or given twice.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

ROUNDING: Final = "a part of a device counts as one from one half on"
"""The rule, for whoever prints what was drawn."""

_PER_CENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%")
_WHOLE: Final = 100


def _share(value: object) -> object:
    found = _PER_CENT.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, Fraction):
        return value
    if found is None or not 0 < Fraction(found[1]) <= _WHOLE:
        raise ValueError(f"{value!r} is no share; write one such as 60%, over 0% and up to 100%")
    return Fraction(found[1]) / _WHOLE


_Written = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,4})? ?%$")]
Share = Annotated[Fraction, BeforeValidator(_share, json_schema_input_type=_Written)]
"""A part of one, written in per cent."""


def half_up(number: Fraction) -> int:
    """The nearest whole number; of two, the greater."""
    return int((number * 2 + 1) // 2)


def allotted(shares: Mapping[str, Fraction], whole: int) -> dict[str, int]:
    """Whole numbers that add up to `whole`, in the order of the shares, whose sum is one."""
    numbers: dict[str, int] = {}
    share, before = Fraction(0), 0
    for name, each in shares.items():
        share += each
        bound = half_up(share * whole)
        numbers[name], before = bound - before, bound
    return numbers


def per_cent(share: Fraction) -> str:
    """As a person writes it, e.g. ``12.5%``."""
    return f"{float(share * _WHOLE):g}%"
