"""What is told of an attacker: how often it tried, and what it did to each device."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from firmware_sim.bench.evidence.columns import CellName, Entity, Number, Time, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What attackers tried in a drill in which they had a key.

    Attributes:
        tries: how many commands they sent.
        idle: why some of them could change no cell, whatever they held, in a sentence each.
    """

    tries: Number
    idle: Annotated[tuple[Words, ...], Field(max_length=100)] = ()


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
