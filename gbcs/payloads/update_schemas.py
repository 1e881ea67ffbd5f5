"""The DER shapes of CS02b and CS02g messages; their values are in `update_credentials`."""

from typing import Annotated

from firmware_sim.gbcs.der import Default, GeneralizedTime, Implicit, Null, Tlv, sequence
from firmware_sim.gbcs.payloads.cells import CellIdSchema
from firmware_sim.gbcs.payloads.floors import ChangeSchema, SpecialistSchema
from firmware_sim.gbcs.replacement import ReplacementMode


@sequence
class ControlSchema:
    """AuthorisingRemotePartyControl."""

    mode: ReplacementMode
    symmetric_key: Annotated[bytes | None, Implicit(0)]
    time_checks: Annotated[int, Implicit(1), Default(0)]
    authorising_cell: Annotated[CellIdSchema | None, Implicit(2)]
    counter: Annotated[int, Implicit(3)]
    floor: Annotated[int | None, Implicit(4)]
    specialist_floors: Annotated[list[SpecialistSchema] | None, Implicit(5)]
    other_changes: Annotated[list[ChangeSchema] | None, Implicit(6)]


@sequence
class ReplacementSchema:
    """TrustAnchorReplacement."""

    certificate: Tlv
    cell: CellIdSchema


@sequence
class CommandSchema:
    """CommandPayload."""

    control: ControlSchema
    replacements: list[ReplacementSchema]
    path: list[Tlv]
    execution: GeneralizedTime | None


@sequence
class RestSchema:
    """What follows the control in a CommandPayload."""

    replacements: list[ReplacementSchema]
    path: list[Tlv]
    execution: GeneralizedTime | None


@sequence
class OutcomeSchema:
    """ReplacementOutcome."""

    cell: CellIdSchema
    status: Tlv
    existing_subject_id: bytes
    existing_key_identifier: bytes
    replacing_subject_id: bytes
    replacing_key_identifier: bytes


@sequence
class ExecutionSchema:
    """ExecutionOutcome."""

    counter: int
    mode: ReplacementMode
    changes: list[ChangeSchema]
    outcomes: list[OutcomeSchema]


@sequence
class ResponseSchema:
    """ResponsePayload."""

    accepted: Null
    outcome: ExecutionSchema | None


@sequence
class AlertSchema:
    """AlertPayload."""

    code: int
    execution: GeneralizedTime
    outcome: ExecutionSchema


@sequence
class UncountedSchema:
    """What follows the counter in an ExecutionOutcome."""

    mode: ReplacementMode
    changes: list[ChangeSchema]
    outcomes: list[OutcomeSchema]
