"""`execute` of an update: when the device carries it out, or ``never``, which cancels."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator

from firmware_sim.bench.drills.story_terms import Instant, Written
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.gbcs.times import NEVER

_NEVER: Final = "never"


def _moment(value: object) -> object:
    return NEVER if value == _NEVER else value


def _whole_seconds(at: datetime) -> datetime:
    if at.microsecond:
        raise ValueError("a command names whole seconds")
    return at


Execution = Annotated[
    Instant,
    AfterValidator(_whole_seconds),
    BeforeValidator(_moment, json_schema_input_type=Written | Literal["never"]),
]
"""Aware and in UTC; `NEVER` cancels what waits of the same party and mode."""


def execution_mistakes(
    at: datetime | None, start: datetime, *, has_statuses: bool
) -> Iterator[tuple[Location, str]]:
    """What no single value shows.

    Args:
        start: of the story.
        has_statuses: the step says what the device must report of single cells.
    """
    if at is None:
        return
    if at <= start:
        yield ("execute",), f"the story starts at {start:%Y-%m-%dT%H:%M:%SZ}; name a later time"
    if at == NEVER and has_statuses:
        yield ("expect",), "a command that cancels replaces no cell; leave the statuses out"
