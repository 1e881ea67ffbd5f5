"""What is told of an attacker: how often it tried, and what it did to each device."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.evidence.columns import CellName, Entity, Kind, Number, Time, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What attackers tried in a drill in which they had a key.

    Attributes:
        tries: how many commands they sent.
        openings: how many answers that they had recorded they tried to open.
        idle: why some of them could change no cell, whatever they held, in a sentence each.
    """

    tries: Number
    openings: Number = 0
    idle: Annotated[tuple[Words, ...], Field(max_length=100)] = ()


Deed = Literal["read", "opened", "topped up", "armed", "activated", "replaced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StolenKeyUse:
    """What steps with a copied key got done at one device; times are the drill's.

    Attributes:
        deed: the attacker ``read`` it (asked it, and opened the answer), ``opened`` answers that it
            had recorded, ``topped up`` the meter, ``armed`` its supply, ``activated`` firmware, or
            ``replaced`` cells.
        times: how often.
        late: of recorded answers: how many it opened when the device held another key already.
        first, last: when the device gave the first and the last of these answers.
    """

    device: Entity
    type: Kind
    deed: Deed
    times: Number = 1
    late: Number = 0
    first: Time
    last: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTaken:
    """An attacker's command has replaced cells of a device; told when it happens."""

    device: Entity
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAttack:
    """What an attacker of the story did to one device; times are the drill's.

    Attributes:
        holds: the key with which it came.
        cells: that held something of its own at some time.
        since: when the first did; None if none ever has.
        until: when the last was replaced; None before.
        lost: the cells in which something of its own stands at the end.
        tokens_credited, credited_pence: of the tokens that it made with a prepayment key.
        tokens_refused: those that the meter did not take.
        first_credit, last_credit: when the meter credited one; None if it never has.
    """

    device: Entity
    holds: Words
    tries: Number
    cells: Annotated[tuple[CellName, ...], Field(max_length=100)] = ()
    since: Time | None = None
    until: Time | None = None
    lost: Annotated[tuple[CellName, ...], Field(max_length=100)] = ()
    tokens_credited: Number = 0
    tokens_refused: Number = 0
    credited_pence: Number = 0
    first_credit: Time | None = None
    last_credit: Time | None = None
