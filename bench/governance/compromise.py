"""A compromised key and the notice of it: what must come before any decision (SEC L10.15)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Body(StrEnum):
    """Who notifies and who is notified."""

    DCC = "DCC"
    SMKI_PMA = "SMKI PMA"
    SECURITY_SUB_COMMITTEE = "Security Sub-Committee"
    PANEL = "Panel"
    PARTY = "Party"
    RDP = "Registration Data Provider"


class PartyCategory(StrEnum):
    """The Party Categories: Parties are notified all together, by category or by name."""

    LARGE_SUPPLIERS = "Large Supplier Parties"
    SMALL_SUPPLIERS = "Small Supplier Parties"
    ELECTRICITY_NETWORKS = "Electricity Network Parties"
    GAS_NETWORKS = "Gas Network Parties"
    OTHERS = "Other SEC Parties"


class RelevantKeyKind(StrEnum):
    """What makes a key a Relevant Private Key (SEC L10.30(c)), by paragraph."""

    CONTINGENCY_SYMMETRIC_KEY = "i"
    DEVICE_CREDENTIAL = "ii"
    S1SP_CREDENTIAL = "iii"
    ISSUER = "iv"
    XML_SIGNING = "v"
    S1SPKI = "vi"


class Certainty(StrEnum):
    """Both count (SEC L1.17(i))."""

    ACTUAL = "actual"
    SUSPECTED = "suspected"


@dataclass(frozen=True, slots=True)
class Compromise:
    """A Relevant Private Key is known to an attacker, or may be.

    Attributes:
        key: which key of which generation, e.g. ``"root-oca, generation 1"``. It alone tells one
            Compromise from another: a suspicion that proves true is the same Compromise.
        reporter: the body that found out.
    """

    key: str
    kind: RelevantKeyKind
    certainty: Certainty
    detected_at: datetime
    reporter: Body

    def __str__(self) -> str:
        return f"{self.certainty} Compromise of {self.key} [SEC L10.30(c)({self.kind})]"


@dataclass(frozen=True, slots=True)
class Notification:
    """One body tells another of a Compromise."""

    compromise: Compromise
    sender: Body
    recipient: Body
    at: datetime
