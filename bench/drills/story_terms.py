"""The words that a story may use: names of the specification, times, numbers, lines of text."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.refusals import RefusalReason

_ROLES = {role.label: role for role in RemotePartyRole}
_MODES = {mode.label: mode for mode in ReplacementMode}
_REASONS = {reason.label: reason for reason in RefusalReason}
_STATUSES = {status.label: status for status in StatusCode}
_TYPES = {kind.name: kind for kind in DeviceType}


def _named(table: dict[str, object], what: str) -> BeforeValidator:
    def look_up(value: object) -> object:
        if not isinstance(value, str) or value not in table:
            near = suggestion(value, table)
            names = ", ".join(sorted(table))
            raise ValueError(f"{value!r} is no {what}{near}; it is one of {names}")
        return table[value]

    return BeforeValidator(look_up)


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


Role = Annotated[RemotePartyRole, _named(dict(_ROLES), "role")]
Mode = Annotated[ReplacementMode, _named(dict(_MODES), "replacement mode")]
Reason = Annotated[RefusalReason, _named(dict(_REASONS), "reason for refusal")]
Status = Annotated[StatusCode, _named(dict(_STATUSES), "status of a cell")]
Type = Annotated[DeviceType, _named(dict(_TYPES), "device type")]
Instant = Annotated[datetime, BeforeValidator(_written_time), AfterValidator(_aware)]
Generation = Annotated[int, Field(strict=True, ge=1, le=2)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
OneLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class Strict(BaseModel):
    """Unknown keys are errors, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
