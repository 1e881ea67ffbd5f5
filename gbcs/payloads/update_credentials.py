"""CS02b Update Security Credentials: command, response, alert (GBCS 13.3; CS02g, 13.10, alike)."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, Self, TypeVar

from firmware_sim.gbcs.der import (
    GeneralizedTime,
    Null,
    decode,
    encode,
    in_sequence,
    integer,
    moment,
    octets_of,
    out_of_sequence,
    split_first,
    tlv,
)
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.payloads.cells import (
    StatusCode,
    cell_id_schema,
    read_cell_id,
    read_seq_number,
    read_status,
    status_element,
)
from firmware_sim.gbcs.payloads.floors import (
    FloorChange,
    SpecialistFloor,
    change_schema,
    read_change,
    read_changes,
    read_specialist,
    specialist_schema,
)
from firmware_sim.gbcs.payloads.update_schemas import (
    AlertSchema,
    CommandSchema,
    ControlSchema,
    ExecutionSchema,
    OutcomeSchema,
    ReplacementSchema,
    ResponseSchema,
    RestSchema,
    UncountedSchema,
)
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import TrustAnchorCellId

MAX_REPLACEMENTS = 16
"""No Device type has more cells than this; a command that replaces more is refused."""

MAX_PATH_CERTIFICATES = 8

_DISAPPLY = 1
_ACCEPTED = encode(Null())

T = TypeVar("T")


class Control(NamedTuple):
    """AuthorisingRemotePartyControl.

    Attributes:
        counter: must equal the header's Originator Counter.
        symmetric_key: the Contingency Symmetric Key in clear; anyByContingency only.
        time_checks: False only if the command switches time-based path checks off.
        floor: new floor for the authorising role's counter.
        specialist_floors: as `floor`, for counters of special use (prepayment top-up).
        other_changes: new floors for other roles.
    """

    mode: ReplacementMode
    counter: int
    authorising_cell: TrustAnchorCellId | None = None
    floor: int | None = None
    specialist_floors: tuple[SpecialistFloor, ...] | None = None
    other_changes: tuple[FloorChange, ...] | None = None
    time_checks: bool = True
    symmetric_key: bytes | None = None

    def __repr__(self) -> str:
        return f"Control(mode={self.mode.label}, counter={self.counter})"


@dataclass(slots=True)
class Begun:
    """A command payload of which the control is read; `rest` are the octets that follow it."""

    control: Control
    rest: bytes


class Replacement(NamedTuple):
    """One certificate (complete DER octets) for one cell."""

    certificate: bytes
    cell: TrustAnchorCellId


class DecodingCache(Protocol):
    """Remembers what follows from octets (see `firmware_sim.gbcs.path.SignatureCache.derive`)."""

    def derive(self, inputs: Hashable, find: Callable[[], T]) -> T:
        """What `find` returns, remembered under `inputs`."""


class UpdateCommand(NamedTuple):
    """The command: what to replace, with the certificates between them and the root.

    `execution` is in UTC; None for an immediate command; `firmware_sim.gbcs.times.NEVER` cancels.
    """

    control: Control
    replacements: tuple[Replacement, ...]
    path: tuple[bytes, ...] = ()
    execution: datetime | None = None

    @classmethod
    def decode(
        cls,
        octets: bytes,
        known: DecodingCache | None = None,
        begun: Begun | None = None,
    ) -> Self:
        """Read a command payload.

        Args:
            known: remembers what follows the control, which a fleet's commands have in common.
            begun: what `begin` returned for these octets, if it was asked before.

        Raises:
            RemoteError: not DER, a value outside its range, over 16 replacements or over 8
                path certificates.
        """
        begun = begun or begin(octets)
        rest = begun.rest
        if known is None:
            return cls(begun.control, *_read_rest(rest))
        return cls(begun.control, *known.derive(rest, lambda: _read_rest(rest)))

    def encode(self) -> bytes:
        """The command payload."""
        return encode(
            CommandSchema(
                control=_control_schema(self.control),
                replacements=[
                    ReplacementSchema(
                        certificate=tlv(item.certificate, what="a replacement certificate"),
                        cell=cell_id_schema(item.cell),
                    )
                    for item in self.replacements
                ],
                path=[tlv(octets, what="a path certificate") for octets in self.path],
                execution=None if self.execution is None else GeneralizedTime(self.execution),
            )
        )


def begin(octets: bytes) -> Begun:
    """Read the control of a command payload; what follows it is not looked at.

    Raises:
        RemoteError: no DER, or a value outside its range.
    """
    first, rest = split_first(octets)
    return Begun(_decode_control(first), rest)


class ReplacementOutcome(NamedTuple):
    """What became of one cell.

    The identifiers have 8 octets. After a failure `replacing_*` repeat `existing_*`: they state
    what the cell holds afterwards.
    """

    cell: TrustAnchorCellId
    status: StatusCode
    existing_subject_id: bytes
    existing_key_identifier: bytes
    replacing_subject_id: bytes
    replacing_key_identifier: bytes


class ExecutionOutcome(NamedTuple):
    """What a command did: the counter changes it asked for, and one outcome a replacement."""

    counter: int
    mode: ReplacementMode
    changes: tuple[FloorChange, ...]
    outcomes: tuple[ReplacementOutcome, ...]


class UpdateResponse(NamedTuple):
    """The response; `outcome` is None when the command was stored, or cancelled another."""

    outcome: ExecutionOutcome | None = None

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a response payload; RemoteError if it is not one."""
        schema = decode(ResponseSchema, octets, what="the CS02b response")
        return cls(None if schema.outcome is None else _read_outcome(schema.outcome))

    def encode(self, known: DecodingCache | None = None) -> bytes:
        """The response payload; `known` remembers outcomes that a fleet has in common."""
        outcome = b"" if self.outcome is None else _outcome_octets(self.outcome, known)
        return in_sequence(_ACCEPTED + outcome)


class UpdateAlert(NamedTuple):
    """The alert after a future-dated command ran: 8F66 if all replacements succeeded, else 8F67."""

    alert_code: int
    execution: datetime
    outcome: ExecutionOutcome

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read an alert payload; RemoteError if it is not one."""
        schema = decode(AlertSchema, octets, what="the CS02b alert")
        execution = moment(schema.execution, what="executionDateTime")
        return cls(schema.code, execution, _read_outcome(schema.outcome))

    def encode(self) -> bytes:
        """The alert payload."""
        execution = encode(GeneralizedTime(self.execution))
        return in_sequence(encode(int(self.alert_code)) + execution + _outcome_octets(self.outcome))


def _read_rest(
    octets: bytes,
) -> tuple[tuple[Replacement, ...], tuple[bytes, ...], datetime | None]:
    schema = decode(RestSchema, in_sequence(octets), what="the CS02b command")
    if len(schema.replacements) > MAX_REPLACEMENTS or len(schema.path) > MAX_PATH_CERTIFICATES:
        raise RemoteError(
            f"{len(schema.replacements)} replacements and {len(schema.path)} path "
            f"certificates, at most {MAX_REPLACEMENTS} and {MAX_PATH_CERTIFICATES}"
        )
    replacements = tuple(
        Replacement(octets_of(item.certificate), read_cell_id(item.cell))
        for item in schema.replacements
    )
    path = tuple(octets_of(certificate) for certificate in schema.path)
    execution = None
    if schema.execution is not None:
        execution = moment(schema.execution, what="executionDateTime")
    return replacements, path, execution


def _decode_control(octets: bytes) -> Control:
    schema = decode(ControlSchema, octets, what="the CS02b control")
    if schema.time_checks not in (0, _DISAPPLY):
        raise RemoteError("applyTimeBasedCPVChecks is neither apply nor disapply")
    cell = schema.authorising_cell
    specialist = schema.specialist_floors
    others = schema.other_changes
    return Control(
        schema.mode,
        read_seq_number(schema.counter, what="authorisingRemotePartySeqNumber"),
        None if cell is None else read_cell_id(cell),
        None if schema.floor is None else read_seq_number(schema.floor, what="the floor"),
        None if specialist is None else read_specialist(specialist),
        None if others is None else read_changes(others),
        schema.time_checks != _DISAPPLY,
        schema.symmetric_key,
    )


def _control_schema(control: Control) -> ControlSchema:
    cell = control.authorising_cell
    specialist = control.specialist_floors
    others = control.other_changes
    return ControlSchema(
        mode=control.mode,
        symmetric_key=control.symmetric_key,
        time_checks=0 if control.time_checks else _DISAPPLY,
        authorising_cell=None if cell is None else cell_id_schema(cell),
        counter=control.counter,
        floor=control.floor,
        specialist_floors=None if specialist is None else specialist_schema(specialist),
        other_changes=None if others is None else list(map(change_schema, others)),
    )


def _read_outcome(schema: ExecutionSchema) -> ExecutionOutcome:
    outcomes = tuple(
        ReplacementOutcome(
            read_cell_id(item.cell),
            read_status(item.status),
            item.existing_subject_id,
            item.existing_key_identifier,
            item.replacing_subject_id,
            item.replacing_key_identifier,
        )
        for item in schema.outcomes
    )
    counter = read_seq_number(schema.counter, what="authorisingRemotePartySeqNumber")
    return ExecutionOutcome(counter, schema.mode, tuple(map(read_change, schema.changes)), outcomes)


def _outcome_octets(outcome: ExecutionOutcome, known: DecodingCache | None = None) -> bytes:
    """The ExecutionOutcome; all but its counter may be that of a whole fleet."""
    common = outcome[1:]

    def build() -> bytes:
        return _without_counter(outcome)

    behind = build() if known is None else known.derive(common, build)
    return in_sequence(integer(outcome.counter) + behind)


def _without_counter(outcome: ExecutionOutcome) -> bytes:
    """The fields behind the counter, one after the other."""
    schema = UncountedSchema(
        mode=outcome.mode,
        changes=list(map(change_schema, outcome.changes)),
        outcomes=[
            OutcomeSchema(
                cell=cell_id_schema(item.cell),
                status=status_element(item.status),
                existing_subject_id=item.existing_subject_id,
                existing_key_identifier=item.existing_key_identifier,
                replacing_subject_id=item.replacing_subject_id,
                replacing_key_identifier=item.replacing_key_identifier,
            )
            for item in outcome.outcomes
        ],
    )
    return out_of_sequence(encode(schema))
