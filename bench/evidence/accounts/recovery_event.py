"""What a Recovery Event is told as: its type, its Relevant Devices, and the decision (SEC L10)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.evidence.columns import CellName, Entity, Kind, Number, Time, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFell:
    """A Compromise was put on record.

    Attributes:
        key: that fell, as a story names it: by its cell, or in a word.
    """

    key: Words
    generation: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryEvent:
    """A Recovery Event (SEC L10.14): type A, the SMKI PMA required a key; type B, it declined.

    Attributes:
        at: ISO 8601 with a zone, by the drill's clock.
        evidence: of type B, how it is known that ordinary commands were tried or not feasible.
    """

    type: Literal["A", "B"]
    at: Time
    evidence: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevantDevices:
    """How many Relevant Devices (SEC L10.30(a)) the Event has; frozen just before it.

    Attributes:
        populated: their cells hold data of a compromised certificate.
        believed: it is only reasonably believed of them.
        by_type: device type, e.g. ``ESME`` -> number.
    """

    total: Number
    populated: Number
    believed: Number
    by_type: Annotated[dict[Kind, Number], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedDevice:
    """One Relevant Device of such a story, and why it is one (SEC L10.30(a)(ii)).

    Attributes:
        cells: that hold, or are believed to hold, data of a compromised certificate.
    """

    device: Entity
    reason: Literal["populated", "believed"]
    cells: Annotated[tuple[CellName, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionScope:
    """A decision of the SMKI PMA: what it allows, and the answers that led to it.

    Attributes:
        scope: a heading, e.g. ``keys`` -> what the decision names under it.
        factors: a factor of the Guidance -> the answer given.
        guidance: version of the Guidance.
    """

    scope: Annotated[dict[Words, tuple[Words, ...]], Field(max_length=100)]
    factors: Annotated[dict[Words, Words], Field(max_length=100)]
    guidance: Words
