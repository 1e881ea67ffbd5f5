"""The schema of a story: what a drill does, step by step. Unknown keys are errors.

A story names parties, cells and generations of credentials, never devices or octets, so the
same story runs on one premises or on a thousand. Devices without the cells that a step is
about are left out of that step.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from bench.drills.selection import CellSelector
from bench.governance.committee import Office
from bench.governance.compromise import Body, Certainty
from bench.governance.decision import DecisionOutcome
from bench.report.run_info import Clause
from bench.smki.custody import CustodyKey
from firmware_sim.refusals import RefusalReason
from gbcs.replacement import ReplacementMode
from gbcs.roles import DeviceType, RemotePartyRole

_ROLES = {role.label: role for role in RemotePartyRole}
_MODES = {mode.label: mode for mode in ReplacementMode}
_REASONS = {reason.label: reason for reason in RefusalReason}
_TYPES = {kind.name: kind for kind in DeviceType}


def _named(table: dict[str, object], what: str) -> BeforeValidator:
    def look_up(value: object) -> object:
        if not isinstance(value, str) or value not in table:
            raise ValueError(f"{value!r} is no {what}; it is one of {', '.join(sorted(table))}")
        return table[value]

    return BeforeValidator(look_up)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time needs its zone, e.g. 2026-03-02T09:00:00Z")
    return at.astimezone(UTC)


Role = Annotated[RemotePartyRole, _named(dict(_ROLES), "role")]
Mode = Annotated[ReplacementMode, _named(dict(_MODES), "replacement mode")]
Reason = Annotated[RefusalReason, _named(dict(_REASONS), "reason for refusal")]
Type = Annotated[DeviceType, _named(dict(_TYPES), "device type")]
Instant = Annotated[datetime, AfterValidator(_aware)]
Generation = Annotated[int, Field(ge=1, le=2)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Refused(_Strict):
    """The device must refuse, for one of these reasons, and change no cell."""

    refused: Annotated[tuple[Reason, ...], Field(min_length=1)]


Expectation = Literal["accepted"] | Refused


class _Step(_Strict):
    name: Slug
    title: Line
    minutes: Annotated[int, Field(ge=0, le=60 * 24 * 30)] = 1
    """How long before the next step begins, on the drill's clock."""


class Compromise(_Step):
    """A Relevant Private Key falls to an attacker, who gets a recorded copy."""

    do: Literal["compromise"]
    role: Role
    generation: Generation = 1
    certainty: Certainty = Certainty.ACTUAL
    reporter: Body
    found: Line
    """How it became known."""


class Notify(_Step):
    """Somebody tells others of the compromise (SEC L10.1(a))."""

    do: Literal["notify"]
    sender: Annotated[Body, Field(alias="from")]
    to: Annotated[tuple[Body, ...], Field(min_length=1)]


class Meet(_Step):
    """The SMKI PMA meets (SEC L1.13)."""

    do: Literal["meet"]
    present: Annotated[tuple[Office, ...], Field(min_length=1)]
    expect: Literal["quorum", "no quorum"] = "quorum"


class Decide(_Step):
    """The meeting decides whether a key must be used (SEC L1.17(i))."""

    do: Literal["decide"]
    outcome: DecisionOutcome
    grounds: Annotated[tuple[Line, ...], Field(min_length=1)]
    expect: Literal["decided", "refused"] = "decided"


class AskCustody(_Step):
    """Somebody asks custody for a key that no decision opens; it must refuse (SEC L10.2(a)).

    The decision shown is the latest; before there is one, a decision that nobody took.
    """

    do: Literal["ask custody"]
    use: CustodyKey


class _Sent(_Step):
    by: Role
    """Role of the party; `root` for Contingency, whose key the root cell carries."""
    credentials: Generation = 1
    """The generation of the party's own keys."""
    broker: Generation | None = None
    """The generation of the Access Control Broker that adds a MAC; by default the device's."""
    stolen: bool = False
    """The sender is the attacker with a copied key, not the party."""
    devices: tuple[Type, ...] = ()
    """Only devices of these types; none for all that have the cells."""
    keep: Slug | None = None
    """Keep the messages under this name, for a replay."""


class ReadBack(_Sent):
    """CS02a, and the flash image beside it: which credentials does each cell hold?"""

    do: Literal["read back"]
    expect: Expectation = "accepted"
    holding: dict[CellSelector, Generation] = Field(default_factory=dict)
    """What the cells must hold; later entries decide. Compared with both sources."""


class Update(_Sent):
    """CS02b: replace cells by credentials of another generation."""

    do: Literal["update"]
    mode: Mode
    cells: Annotated[tuple[CellSelector, ...], Field(min_length=1)]
    install: Generation
    floors: Literal["none", "zero", "now"] = "none"
    overheard: Slug | None = None
    """Kept contingency commands from which the attacker takes the symmetric key."""
    expect: Expectation = "accepted"


class Replay(_Step):
    """Messages that were kept are sent again, octet by octet."""

    do: Literal["replay"]
    kept: Slug
    expect: Refused


class Report(_Step):
    """DCC tells the PMA what was done (SEC L10.3)."""

    do: Literal["report"]


Step = Annotated[
    Compromise | Notify | Meet | Decide | AskCustody | ReadBack | Update | Replay | Report,
    Field(discriminator="do"),
]


class ClauseEntry(_Strict):
    """One rule that the story exercises."""

    clause: Line
    text: Line


class Story(_Strict):
    """A drill.

    Attributes:
        start: where the drill's clock begins; nothing in a message comes from another clock.
        devices: the device types of every premises that take part; none for all.
    """

    name: Slug
    title: Line
    summary: Line
    rules: tuple[ClauseEntry, ...] = ()
    start: Instant
    devices: tuple[Type, ...] = ()
    steps: tuple[Step, ...]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The rules, as a report wants them."""
        return tuple(Clause(rule.clause, rule.text) for rule in self.rules)

    @model_validator(mode="after")
    def _names(self) -> Self:
        if not self.steps:
            raise ValueError("a story needs steps")
        seen: set[str] = set()
        kept: set[str] = set()
        for step in self.steps:
            if step.name in seen:
                raise ValueError(f"two steps are named {step.name!r}")
            seen.add(step.name)
            used = _kept_before(step)
            if used is not None and used not in kept:
                raise ValueError(f"step {step.name!r} uses {used!r}, not kept before it")
            if isinstance(step, _Sent) and step.keep is not None:
                kept.add(step.keep)
        return self


def _kept_before(step: _Step) -> str | None:
    """The name of kept messages that a step needs."""
    if isinstance(step, Replay):
        return step.kept
    return step.overheard if isinstance(step, Update) else None
