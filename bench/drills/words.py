"""What people, keys and decisions are called in the record: for readers who know no code."""

from collections.abc import Iterable
from typing import Final

from firmware_sim.bench.drills.compromise_steps import NamedParty, Recipient
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.meeting_steps import Seat
from firmware_sim.bench.governance.committee import Office
from firmware_sim.bench.governance.compromise import (
    Body,
    Certainty,
    Compromise,
    PartyCategory,
)
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.smki.custody import CustodyAct, CustodyEvent, CustodyKey
from firmware_sim.gbcs.roles import RemotePartyRole

_ORDINALS = {1: "first", 2: "second", 3: "third"}

_OWNERS: Final = {
    RemotePartyRole.SUPPLIER: "the supplier's signing key",
    RemotePartyRole.NETWORK_OPERATOR: "the network operator's signing key",
    RemotePartyRole.ACCESS_CONTROL_BROKER: "the Access Control Broker's signing key",
    RemotePartyRole.TRANSITIONAL_COS: "the Transitional CoS party's signing key",
    RemotePartyRole.WAN_PROVIDER: "the WAN provider's signing key",
    RemotePartyRole.ROOT: "the Root OCA's private key",
    RemotePartyRole.RECOVERY: "the Recovery Private Key",
}
_CUSTODY_KEYS: Final = {
    CustodyKey.RECOVERY: "the Recovery Private Key",
    CustodyKey.CONTINGENCY: "the Contingency Private Key",
    CustodyKey.SYMMETRIC: "the Contingency Symmetric Key",
}
_OFFICES: Final = {
    Office.CHAIR: "the Chair",
    Office.SECURITY_SUB_COMMITTEE: "Security Sub-Committee",
    Office.TABASC: "TABASC",
    Office.SMKI_SPECIALIST: "SMKI Specialist",
}
_BODIES: Final = {
    Body.DCC: "the DCC",
    Body.SMKI_PMA: "the SMKI PMA",
    Body.SECURITY_SUB_COMMITTEE: "the Security Sub-Committee",
    Body.PANEL: "the Panel",
}
_FALLEN: Final = {
    FallenName.ISSUING_OCA: "the Issuing OCA's private key",
    FallenName.CONTINGENCY: "the Contingency Private Key",
    FallenName.SYMMETRIC: "the Contingency Symmetric Key",
    FallenName.XML_SIGNING: "an XML-signing key",
    FallenName.S1SP: "a key of an S1SP",
    FallenName.S1SPKI: "an S1SPKI key",
    FallenName.OTHER: "a signing key in the role “other”",
    FallenName.S1SP_XML: "the DCC's key in the role s1SPxmlSigning",
    FallenName.PPP_XML: "the DCC's key in the role pPPXmlSign",
    FallenName.COMMISSIONING_XML: "the DCC's key in the role commissioningPartyXmlSigning",
    FallenName.SUPPLIER_KA: "the supplier's key agreement key",
    FallenName.SUPPLIER_TOP_UP: "the supplier's key agreement key for prepayment top-up",
    FallenName.NETWORK_OPERATOR_KA: "the network operator's key agreement key",
    FallenName.BROKER_KA: "the Access Control Broker's key agreement key",
}
_OF_ORGANISATION: Final = {
    FallenName.SUPPLIER_DS: "signing key",
    FallenName.SUPPLIER_KA: "key agreement key",
    FallenName.SUPPLIER_TOP_UP: "key agreement key for prepayment top-up",
    FallenName.NETWORK_OPERATOR_DS: "signing key",
    FallenName.NETWORK_OPERATOR_KA: "key agreement key",
    FallenName.LOAD_CONTROLLER: "signing key",
    FallenName.XML_SIGNING: "XML-signing key",
    FallenName.OTHER: "signing key in the role “other”",
}
_SENDERS: Final = _BODIES | {Body.PARTY: "a Party", Body.RDP: "a Registration Data Provider"}
_RECIPIENTS: Final = _BODIES | {
    Body.PARTY: "the Parties",
    Body.RDP: "the Registration Data Providers",
}
_OUTCOMES: Final = {
    DecisionOutcome.REQUIRE_RECOVERY: "the Recovery Private Key must be used",
    DecisionOutcome.REQUIRE_CONTINGENCY: "the Contingency Private Key must be used",
    DecisionOutcome.NOT_REQUIRED: "no protected key has to be used",
}


def role_key(role: RemotePartyRole, generation: int, organisation: str = "") -> str:
    """The key that a role's commands, or certificates, are signed with."""
    if organisation:
        return f"{organisation}'s signing key{_age(generation)}"
    return f"{_OWNERS.get(role, f'the {role.label} key')}{_age(generation)}"


def fallen_key(name: FallenName, generation: int, organisation: str = "") -> str:
    """A key that falls; of an organisation, if that has a name."""
    if organisation:
        return f"{organisation}'s {_OF_ORGANISATION[name]}{_age(generation)}"
    if name in _FALLEN:
        return f"{_FALLEN[name]}{_age(generation)}"
    assert name.role is not None  # noqa: S101 - all others are a role's signing key
    return role_key(name.role, generation)


def body(who: Body) -> str:
    """A body that acts."""
    return _SENDERS[who]


def custody_key(key: CustodyKey) -> str:
    """A key in custody."""
    return _CUSTODY_KEYS[key]


def fallen(compromise: Compromise) -> str:
    """That a key is, or may be, compromised."""
    verb = "is" if compromise.certainty is Certainty.ACTUAL else "may be"
    return f"{compromise.key} {verb} compromised"


def became_known(reporter: Body | str, found: str | None) -> str:
    """How it became known, to stand after what fell; empty if the story says nothing of that."""
    by = "" if isinstance(reporter, Body) else f", as {reporter} reports"
    return f"{by}: {found}" if found else by


def notice(compromise: Compromise, sender: Body, to: Recipient) -> str:
    """That one body tells another."""
    return f"{_SENDERS[sender]} tells {recipient(to)} that {fallen(compromise)}"


def recipient(to: Recipient) -> str:
    """One body, category or Party that is notified."""
    if isinstance(to, NamedParty):
        return f"the Party {to.party}"
    return f"the {to.value}" if isinstance(to, PartyCategory) else _RECIPIENTS[to]


def recipients(all_of: Iterable[Recipient]) -> str:
    """Who was notified."""
    return ", ".join(recipient(each) for each in all_of)


def meeting(present: Iterable[Seat], *, has_quorum: bool) -> str:
    """Who met, and whether they may decide."""
    seats = [office(each) for each in present]
    verdict = "enough to decide" if has_quorum else "too few to decide"
    return f"{len(seats)} members meet, {verdict}: {', '.join(seats)}"


def office(seat: Seat) -> str:
    """One office at a meeting, and whether an Alternate sits there."""
    name = _OFFICES.get(seat.office, _numbered(seat.office))
    return f"{name}, by an Alternate" if seat.alternate else name


def decision(outcome: DecisionOutcome, grounds: Iterable[str]) -> str:
    """What is decided, and why."""
    return f"{_OUTCOMES[outcome]}, because {'; '.join(grounds)}"


def custody(event: CustodyEvent) -> str:
    """What custody did with a key, or would not do."""
    key = custody_key(event.key) + _age(event.generation)
    signs = event.act is CustodyAct.SIGN
    if event.allowed:
        return f"custody {'signs with' if signs else 'gives out'} {key}, as the SMKI PMA decided"
    return f"custody does not {'sign with' if signs else 'give out'} {key}: {event.reason}"


def _age(generation: int) -> str:
    if generation in _ORDINALS:
        return f" ({_ORDINALS[generation]} generation)"
    return f" (generation {generation})"


def _numbered(office: Office) -> str:
    kind, _, number = office.value.partition("-")
    return f"{kind} member {number}"
