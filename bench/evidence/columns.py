"""What the columns of a ledger may hold: the ledger of a stranger is hostile input.

Identifiers become names of files, times and cells are taken apart, numbers are drawn: so each
value is checked before anything is made from it.
"""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from firmware_sim.gbcs.roles import TrustAnchorCellId

MOST_OCTETS: Final = 64 << 20
"""More than any flash part has, or any one value of a ledger."""

_YEARS: Final = range(1970, 2106)
"""What a capture file can hold."""


@lru_cache(maxsize=4096)
def _time(text: str) -> str:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.year not in _YEARS:
        raise ValueError(f"{text!r} has no zone, or is not between {_YEARS[0]} and {_YEARS[-1]}")
    return text


@lru_cache(maxsize=4096)
def _cell(text: str) -> str:
    TrustAnchorCellId.parse(text)
    return text


Entity = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""An Entity Identifier in lower-case hexadecimal digits."""

Digest = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
"""A SHA-256 digest in hexadecimal digits, or nothing."""

KeyIdentifier = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Hexadecimal = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2})*$")]
Time = Annotated[str, StringConstraints(max_length=40), AfterValidator(_time)]
CellName = Annotated[str, AfterValidator(_cell)]
Words = Annotated[str, StringConstraints(max_length=2000)]
"""Text for people."""

Kind = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,16}$")]
"""A device type, e.g. ``ESME``."""

Number = Annotated[int, Field(ge=0, lt=1 << 63)]
Octets = Annotated[int, Field(ge=0, le=MOST_OCTETS)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Direction = Literal["to device", "from device"]
Phase = Literal["before", "after"]
Source = Literal["CS02a", "image"]
