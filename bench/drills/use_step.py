"""`do: use`: a device uses the keys that it holds."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.story_terms import Slug
from firmware_sim.bench.drills.use_terms import (
    ANSWERED_READINGS,
    BESIDE_DEVICES,
    OPEN,
    SELL,
    TOP_UP,
    UseWord,
    stolen_cell,
)


class UseStep(SendingStep):
    """A device uses its keys: it is read, topped up, armed, or given firmware."""

    do: Literal["use"]
    what: UseWord
    """What the device does. `sell token` makes a token for each customer, who keeps it; `open
    recorded` reads answers that were kept: no device is asked in either."""
    token: Slug | None = None
    """Name of tokens: under it they are sold, and brought. Without it a top-up has a new one."""
    pence: Annotated[int, Field(strict=True, ge=1, le=8191)] = 1000
    """What a new token is worth."""
    kept: Slug | None = None
    """The name under which a use kept the answers that are opened."""
    sample: Annotated[int | None, Field(strict=True, ge=1)] = None
    """Only so many devices of each type, which chance draws: those that come first among the
    devices that the step could ask. Without it, all."""
    expect: Literal["accepted", "unreadable", "not served"] | RefusalExpected = "accepted"
    """Whether it must go well, the sender must not be able to verify or read the answer, the DCC
    must not pass it on, or the device must refuse it for one of these reasons."""

    @property
    def keys_to_steal(self) -> tuple[FallenName, ...]:
        return (FallenName(str(stolen_cell(self.what, self.by))),)

    @model_validator(mode="after")
    def _fits(self) -> "UseStep":
        if self.token is not None and self.what not in (SELL, TOP_UP):
            raise ValueError(f"a token is sold or brought; {self.what} has none")
        if self.what == SELL and self.token is None:
            raise ValueError("tokens that are sold need a name; add token")
        if (self.what == OPEN) != (self.kept is not None):
            raise ValueError(f"kept goes with {OPEN}, and {OPEN} with kept")
        if self.what == OPEN and self.sample is not None:
            raise ValueError(f"{OPEN} opens what was kept; take the sample where it was asked")
        if self.expect == "unreadable" and self.what not in (*ANSWERED_READINGS, OPEN):
            raise ValueError(f"{self.what} is no reading; nothing in it can be unreadable")
        if isinstance(self.expect, RefusalExpected) and self.what in BESIDE_DEVICES:
            raise ValueError(f"no device is asked in {self.what}; nothing is refused")
        return self
