"""The words that a story may use: names of the specification, times, numbers, lines of text."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from firmware_sim.bench.files.terms import OneLine as OneLine
from firmware_sim.bench.files.terms import Role as Role
from firmware_sim.bench.files.terms import Slug as Slug
from firmware_sim.bench.files.terms import Strict as Strict
from firmware_sim.bench.files.terms import Type as Type
from firmware_sim.bench.files.terms import named
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.bench.governance.compromise import Body
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole
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


_ROLES = {role.label: role for role in RemotePartyRole}
_FILE_NAME = re.compile(r"\w[\w .+-]{0,199}")
_WrittenName = Annotated[str, Field(pattern=r"^\w[\w .+-]{0,199}$")]
_NAME = TypeAdapter(Slug)


def _file_beside(value: object) -> object:
    """A name alone: a story that comes from others reads nothing from elsewhere on this disk."""
    if not isinstance(value, str) or not _FILE_NAME.fullmatch(value):
        text = "must be the name of a file in the story's own folder, e.g. estate.csv"
        raise ValueError(text)
    return value


def is_slug(value: object) -> bool:
    """Whether a value may be the name of an organisation."""
    try:
        _NAME.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _reporter(value: object) -> object:
    """A body, or what may be the name of an organisation; whether there is one, is seen later."""
    bodies = [body.value for body in Body]
    if value in bodies:
        return Body(value)
    if not is_slug(value):
        near = suggestion(value, bodies)
        text = f"{value!r} is no body{near}, and no organisation's name"
        raise ValueError(f"{text}; bodies are {', '.join(bodies)}")
    return value


def _holder(value: object) -> object:
    """A role, or what may be the name of an organisation; whether there is one, is seen later."""
    if isinstance(value, str) and value in _ROLES:
        return _ROLES[value]
    if not is_slug(value):
        near = suggestion(value, _ROLES)
        text = f"{value!r} is no role{near}, and no organisation's name"
        raise ValueError(f"{text}; roles are {', '.join(sorted(_ROLES))}")
    return value


Mode = Annotated[ReplacementMode, named(_MODES, "replacement mode")]
Reason = Annotated[RefusalReason, named(_REASONS, "reason for refusal")]
Status = Annotated[StatusCode, named(_STATUSES, "status of a cell")]
Written = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Instant = Annotated[
    datetime,
    BeforeValidator(_written_time, json_schema_input_type=Written),
    AfterValidator(_aware),
]
Reporter = Annotated[Body | str, BeforeValidator(_reporter, json_schema_input_type=Body | Slug)]
"""Who found out: a body, or an organisation by its name."""

FileBeside = Annotated[str, BeforeValidator(_file_beside, json_schema_input_type=_WrittenName)]
Holder = Annotated[
    RemotePartyRole | str,
    BeforeValidator(_holder, json_schema_input_type=Literal[*sorted(_ROLES)] | Slug),
]
"""Whose certificate is meant: a role's, at each device its own; or an organisation's, by name."""

ClockTrust = Literal["reliable", "unreliable", "invalid"]
"""How far a device trusts its clock."""

MAX_GENERATION = 99
Generation = Annotated[int, Field(strict=True, ge=1, le=MAX_GENERATION)]
"""Of the DCC's certificates there are two; how many an organisation has, a story says."""

Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]
"""How many of something, or how many pence."""
