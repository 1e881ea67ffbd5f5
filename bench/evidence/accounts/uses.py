"""What is told of keys in use: which were proven, and what became of customers' tokens."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.evidence.columns import CellName, Entity, Number, Time, Words

Proof = Literal["use", "command", "not"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProofs:
    """How the key in each cell of one device was proven, at the end of the drill.

    Attributes:
        cells: by name: ``use`` if the device did something with that key besides credential
            commands, ``command`` if it took a credential command that the key protects.
        without_use: those of them for whose keys there is no public use on such a device.
    """

    device: Entity
    cells: Annotated[dict[CellName, Proof], Field(max_length=100)]
    without_use: Annotated[tuple[CellName, ...], Field(max_length=100)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepayment:
    """Tokens of prepayment customers, and what the thief of the prepayment key could print.

    Attributes:
        sold, sold_pence: tokens that customers have bought.
        spent: of these, credited.
        lost, lost_pence: bought, never credited, and refused: the customers' loss.
        unspent: bought, and not tried.
        unknown: tried, and the links lost what the meter said of it.
        printed, printed_pence: credited without being sold, with a copied key.
        thief_seconds: on the drill's clock, from the Compromise of a prepayment key until the last
            meter had another one, or the end; None if no such key fell.
        thief_meters: meters that held that key when it fell.
        thief_has_still: of these, with the same key at the end.
        thief_limit_pence: the most that their balances take.
    """

    sold: Number = 0
    sold_pence: Number = 0
    spent: Number = 0
    lost: Number = 0
    lost_pence: Number = 0
    unspent: Number = 0
    unknown: Number = 0
    printed: Number = 0
    printed_pence: Number = 0
    thief_seconds: Number | None = None
    thief_meters: Number = 0
    thief_has_still: Number = 0
    thief_limit_pence: Number = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpGap:
    """A time in which one prepayment customer could not top up; times are the drill's.

    Attributes:
        since: when a top-up was tried and came to nothing.
        until: when one was credited again; None if none was.
        seconds: from the one to the other, or to the end of the drill.
        tries: top-ups that came to nothing meanwhile.
        why: what the first came to nothing by.
    """

    device: Entity
    since: Time
    until: Time | None
    seconds: Number
    tries: Number
    why: Words
