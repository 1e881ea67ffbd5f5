"""The words that a story may use: names of the specification, times, numbers, lines of text."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from firmware_sim.bench.files.terms import OneLine as OneLine
from firmware_sim.bench.files.terms import Role as Role
from firmware_sim.bench.files.terms import Slug as Slug
from firmware_sim.bench.files.terms import Strict as Strict
from firmware_sim.bench.files.terms import Type as Type
from firmware_sim.bench.files.terms import named
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.machine.refusals import RefusalReason

_MODES = {mode.label: mode for mode in ReplacementMode}
_REASONS = {reason.label: reason for reason in RefusalReason}
_STATUSES = {status.label: status for status in StatusCode}


def _written_time(value: object) -> object:
    """A time as YAML reads it, or as a text; a number or a mere date would be a guess."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime):
        raise ValueError("must be a time such as 2026-03-02T09:00:00Z")  # noqa: TRY004
    return value


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time needs its zone, e.g. 2026-03-02T09:00:00Z")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{at.isoformat()} is no time in UTC") from None


Mode = Annotated[ReplacementMode, named(_MODES, "replacement mode")]
Reason = Annotated[RefusalReason, named(_REASONS, "reason for refusal")]
Status = Annotated[StatusCode, named(_STATUSES, "status of a cell")]
_Written = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Instant = Annotated[
    datetime,
    BeforeValidator(_written_time, json_schema_input_type=_Written),
    AfterValidator(_aware),
]
Generation = Annotated[int, Field(strict=True, ge=1, le=2)]
