"""What custody holds, and what can happen to it: the words of its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.decision import DecisionOutcome


class CustodyError(BenchError):
    """Custody refuses, or does not hold the key."""


class CustodyKey(StrEnum):
    """What custody holds, one of each for a generation."""

    RECOVERY = "recovery"
    CONTINGENCY = "contingency"
    SYMMETRIC = "symmetric"


class CustodyAct(StrEnum):
    """What can happen to a key."""

    SIGN = "sign"
    RELEASE = "release"
    COMPROMISE = "compromise"


class CustodyRefusal(StrEnum):
    """Why custody does not use a key."""

    NO_DECISION = "no decision that holds"
    OTHER_KEY = "the decision requires another key"
    OUTSIDE = "outside the decision"
    NO_CEREMONY = "no ceremony"


PERMITS: Mapping[DecisionOutcome, frozenset[CustodyKey]] = {
    DecisionOutcome.REQUIRE_RECOVERY: frozenset({CustodyKey.RECOVERY}),
    DecisionOutcome.REQUIRE_CONTINGENCY: frozenset({CustodyKey.CONTINGENCY, CustodyKey.SYMMETRIC}),
    DecisionOutcome.NOT_REQUIRED: frozenset(),
}
"""Which keys a decision opens (SEC L1.17(i)): the symmetric key goes with Contingency only."""


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One use, refusal or loss of a key; holds no key.

    Attributes:
        at: by the gate's own clock.
        reason: the decision, why it was refused, or why a copy was made.
        digest: SHA-256 of the octets that were signed, in hex; empty if none were.
        refusal: the kind of refusal; None if the key was used.
        stale_root: a Root OCA Certificate was installed whose contingency key the present
            Contingency Symmetric Key unwraps: the mechanism was not renewed.
    """

    at: datetime
    act: CustodyAct
    key: CustodyKey
    generation: int
    reason: str
    digest: str = ""
    refusal: CustodyRefusal | None = None
    stale_root: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the key was used."""
        return self.refusal is None

    def __str__(self) -> str:
        verdict = "" if self.allowed else " refused"
        return (
            f"{self.act} with {self.key} key, generation {self.generation}{verdict}: {self.reason}"
        )
