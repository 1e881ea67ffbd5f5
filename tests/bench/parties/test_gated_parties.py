"""Recovery and Contingency have no key: what they sign with is custody's, behind a decision."""

from datetime import UTC, datetime

import pytest

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.requests import UpdateRequest
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.participants import Participants
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.decision import DecisionOutcome, VerifiedDecision
from firmware_sim.bench.parties.party import Party
from firmware_sim.bench.smki.custody import CustodyError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, RemotePartyRole, TrustAnchorCellId
from tests.bench.parties.decisions import PmaDesk, limits
from tests.gbcs import independent

SUITE = P256Suite()
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROLE, MODE = RemotePartyRole, ReplacementMode
RECOVERY_CELL = TrustAnchorCellId.parse("recovery.DS")
CONTACT = DeviceContact(
    EntityId(bytes(8)),
    DeviceType.ESME,
    frozenset({ROOT_CELL, RECOVERY_CELL}),
    SUITE.public_key(b"\1" * 32),
    SUITE.public_key(b"\2" * 32),
)


class Drill:
    """A PKI with its gate, and the participants of a drill."""

    def __init__(self) -> None:
        self.pki = DrillPki.generate(3)
        clock = StillClock(START)
        self.desk = PmaDesk(clock)
        self.pki.custody.answer_to(self.desk.gate)
        self.pki.custody.hold_ceremony(["custodian-1", "custodian-2", "custodian-5"])
        self.participants = Participants(self.pki, SUITE, clock, b"seed")

    def decide(self, outcome: DecisionOutcome) -> VerifiedDecision:
        return self.desk.decide(outcome, limits(CONTACT.entity_id))

    def party(self, role: RemotePartyRole, decision: VerifiedDecision | None) -> Party:
        return self.participants.party(role, 1, broker=1, decision=decision)

    def update(self, party: Party, mode: ReplacementMode) -> Message:
        cell = ROOT_CELL if mode is MODE.ANY_BY_CONTINGENCY else RECOVERY_CELL
        replacements = (self.participants.replacement(cell, Credential(cell, 2), 2),)
        return party.update_credentials(CONTACT, UpdateRequest(mode, replacements))


@pytest.fixture
def drill() -> Drill:
    return Drill()


@pytest.mark.parametrize("role", [ROLE.ROOT, ROLE.RECOVERY])
def test_recovery_and_contingency_are_refused_without_a_decision(
    role: RemotePartyRole, drill: Drill
) -> None:
    with pytest.raises(CustodyError, match=r"without a decision \[SEC L10.2\(a\)\]"):
        drill.party(role, None)


@pytest.mark.parametrize(
    ("role", "mode", "outcome"),
    [
        (ROLE.ROOT, MODE.ANY_BY_CONTINGENCY, DecisionOutcome.REQUIRE_RECOVERY),
        (ROLE.ROOT, MODE.ANY_BY_CONTINGENCY, DecisionOutcome.NOT_REQUIRED),
        (
            ROLE.RECOVERY,
            MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
            DecisionOutcome.REQUIRE_CONTINGENCY,
        ),
        (ROLE.RECOVERY, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, DecisionOutcome.NOT_REQUIRED),
    ],
)
def test_a_decision_for_another_key_opens_nothing(
    role: RemotePartyRole, mode: ReplacementMode, outcome: DecisionOutcome, drill: Drill
) -> None:
    party = drill.party(role, drill.decide(outcome))
    with pytest.raises(CustodyError, match="does not require"):
        drill.update(party, mode)
    assert not any(event.allowed for event in drill.pki.custody.events)


def test_contingency_signs_with_the_key_that_the_present_root_wraps(drill: Drill) -> None:
    party = drill.party(ROLE.ROOT, drill.decide(DecisionOutcome.REQUIRE_CONTINGENCY))
    command = drill.update(party, MODE.ANY_BY_CONTINGENCY)
    control = UpdateCommand.decode(command.payload).control
    assert control.symmetric_key is not None
    wrapped = drill.pki.root(1).wrapped_contingency_key
    assert wrapped is not None
    point = unwrap_contingency_key(
        wrapped, control.symmetric_key, SUITE, allowed=set(WrapAlgorithm)
    )
    assert independent.verify(point, command.signed_octets(), command.signature or b"")
    assert command.mac is None
    assert command.originator == drill.pki.contingency_entity_id


def test_recovery_signs_without_a_mac_and_without_a_symmetric_key(drill: Drill) -> None:
    party = drill.party(ROLE.RECOVERY, drill.decide(DecisionOutcome.REQUIRE_RECOVERY))
    command = drill.update(party, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY)
    point = drill.pki.cell_certificate(RECOVERY_CELL).public_key
    assert independent.verify(point, command.signed_octets(), command.signature or b"")
    assert command.mac is None
    assert UpdateCommand.decode(command.payload).control.symmetric_key is None


def test_custody_is_asked_for_every_signature_again(drill: Drill) -> None:
    """A retry has another counter, hence other octets, hence another use of the key."""
    party = drill.party(ROLE.RECOVERY, drill.decide(DecisionOutcome.REQUIRE_RECOVERY))
    for _ in range(2):
        drill.update(party, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY)
    digests = [event.digest for event in drill.pki.custody.events]
    assert len(set(digests)) == 2


def test_a_party_with_keys_of_its_own_gets_no_decision_and_needs_none(drill: Drill) -> None:
    supplier = drill.party(ROLE.SUPPLIER, None)
    with pytest.raises(LocalError, match="supplier does not use anyByContingency"):
        drill.update(supplier, MODE.ANY_BY_CONTINGENCY)
    assert drill.pki.custody.events == ()


def test_the_adversary_signs_only_with_keys_that_were_stolen(drill: Drill) -> None:
    with pytest.raises(BenchError, match="no step stole the recovery key"):
        drill.participants.attacker(ROLE.RECOVERY, 1, broker=1, symmetric_key=None)
    drill.participants.steal(FallenName.RECOVERY, 1, START, "left on a desk")
    attacker = drill.participants.attacker(ROLE.RECOVERY, 1, broker=1, symmetric_key=None)
    command = drill.update(attacker, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY)
    point = drill.pki.cell_certificate(RECOVERY_CELL).public_key
    assert independent.verify(point, command.signed_octets(), command.signature or b"")
    (event,) = drill.pki.custody.events
    assert event.reason == "left on a desk"


def test_a_role_without_a_party_is_an_error_that_names_it(drill: Drill) -> None:
    with pytest.raises(BenchError, match="no party of a drill acts as loadController"):
        drill.party(ROLE.LOAD_CONTROLLER, drill.decide(DecisionOutcome.REQUIRE_RECOVERY))
