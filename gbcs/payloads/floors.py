"""Counter changes inside CS02b: floors for a role's Originator Counter, and specialist floors."""

from enum import IntEnum
from typing import NamedTuple

from firmware_sim.gbcs.der import named_integer, sequence
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.payloads.cells import read_seq_number
from firmware_sim.gbcs.roles import RemotePartyRole

MAX_FLOOR_CHANGES = 16
"""A command that changes more floors of other roles is refused: there are ten roles."""

MAX_SPECIALIST_FLOORS = 4
"""Of one role, in one command; there is one usage."""


@named_integer
class SeqNumberUsage(IntEnum):
    """What a specialist counter counts."""

    PREPAYMENT_TOP_UP = 0


class SpecialistFloor(NamedTuple):
    """A new floor for a role's counter of special use."""

    usage: SeqNumberUsage
    floor: int


class FloorChange(NamedTuple):
    """RemotePartySeqNumberChange: new floors for one role."""

    role: RemotePartyRole
    floor: int
    specialist_floors: tuple[SpecialistFloor, ...] | None = None


@sequence
class SpecialistSchema:
    """SpecialistSeqNumber."""

    usage: SeqNumberUsage
    floor: int


@sequence
class ChangeSchema:
    """RemotePartySeqNumberChange."""

    role: RemotePartyRole
    floor: int
    specialist_floors: list[SpecialistSchema] | None


def read_specialist(schemas: list[SpecialistSchema]) -> tuple[SpecialistFloor, ...]:
    """Decoded specialist floors; RemoteError for over 4, or a number that is no SeqNumber."""
    _check_count(len(schemas), MAX_SPECIALIST_FLOORS)
    return tuple(
        SpecialistFloor(item.usage, read_seq_number(item.floor, what="a specialist floor"))
        for item in schemas
    )


def specialist_schema(floors: tuple[SpecialistFloor, ...]) -> list[SpecialistSchema]:
    """The encodable form of specialist floors."""
    return [SpecialistSchema(usage=item.usage, floor=item.floor) for item in floors]


def read_change(schema: ChangeSchema) -> FloorChange:
    """One decoded change; RemoteError for a number that is no SeqNumber."""
    specialist = schema.specialist_floors
    return FloorChange(
        schema.role,
        read_seq_number(schema.floor, what="a floor"),
        None if specialist is None else read_specialist(specialist),
    )


def read_changes(schemas: list[ChangeSchema]) -> tuple[FloorChange, ...]:
    """The decoded changes that a command asks for; RemoteError as above, and for over 16."""
    _check_count(len(schemas), MAX_FLOOR_CHANGES)
    return tuple(map(read_change, schemas))


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise RemoteError(f"{count} new floors, at most {most}")


def change_schema(change: FloorChange) -> ChangeSchema:
    """The encodable form of one change."""
    specialist = change.specialist_floors
    return ChangeSchema(
        role=change.role,
        floor=change.floor,
        specialist_floors=None if specialist is None else specialist_schema(specialist),
    )
