"""`prices` of a story: what it would cost to put right what a recovery leaves, by device type."""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from firmware_sim.bench.drills.story_terms import Strict
from firmware_sim.bench.governance.prices import DevicePrice

_MOST: Final = 9_999_999
_WRITTEN: Final = r"(0|[1-9][0-9]{0,6})(\.[0-9]{1,2})?"


def _exact(value: object) -> Decimal:
    """Pounds as they are written.

    YAML reads ``84.10`` as a binary fraction. The shortest text of such a fraction is again what
    the author wrote, so no penny is lost: sums are made of whole pence.
    """
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    text = str(value) if is_number or isinstance(value, str) else ""
    if not re.fullmatch(_WRITTEN, text):
        raise ValueError(
            f"must be pounds with two decimals at most, from 0 to {_MOST}.99, such as 240 or 84.50"
        )
    return Decimal(text)


_Number = Annotated[float, Field(ge=0, le=_MOST + 0.99)]
_Text = Annotated[str, Field(pattern=f"^{_WRITTEN}$")]
Pounds = Annotated[Decimal, BeforeValidator(_exact, json_schema_input_type=_Number | _Text)]


class PriceTerm(Strict):
    """What one device of a type costs, in pounds."""

    visit: Pounds | None = None
    """To go there and fit a new device; part of the cost under SEC L10.17(b)(i)."""
    replacement: Pounds | None = None
    """The new device itself; part of the cost under SEC L10.17(b)(i)."""
    data: Pounds | None = None
    """To replace the data in a device that stays: the cost under SEC L10.17(b)(ii)."""

    @model_validator(mode="after")
    def _says_something(self) -> "PriceTerm":
        if self.visit is self.replacement is self.data is None:
            raise ValueError("says no price; give visit, replacement or data")
        return self

    @property
    def value(self) -> DevicePrice:
        """The same in pence."""
        return DevicePrice(_pence(self.visit), _pence(self.replacement), _pence(self.data))


def _pence(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount.scaleb(2))
