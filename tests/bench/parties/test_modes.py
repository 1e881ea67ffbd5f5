"""Which modes each party uses: the table of GBCS 13.3.2, written down again by hand."""

import pytest

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner
from firmware_sim.bench.commands.requests import UpdateRequest
from firmware_sim.bench.parties.party import Originator, Party
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.update_credentials import Replacement, UpdateCommand
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId
from tests.bench.parties.still_clock import StillClock

SUITE = P256Suite()
ROLE = RemotePartyRole
KEY = b"\x01" * 32
POINT = SUITE.public_key(b"\x02" * 32)
CONTACT = DeviceContact(EntityId(bytes(8)), DeviceType.ESME, frozenset(), POINT, POINT)
WHAT = (Replacement(bytes.fromhex("3003020101"), TrustAnchorCellId.parse("supplier.DS")),)
MODES = {
    ROLE.ROOT: {9},
    ROLE.RECOVERY: {8},
    ROLE.SUPPLIER: {0, 2, 11},
    ROLE.NETWORK_OPERATOR: {3},
    ROLE.ACCESS_CONTROL_BROKER: {4},
    ROLE.TRANSITIONAL_COS: {6, 7},
    ROLE.WAN_PROVIDER: {1, 5},
    ROLE.LOAD_CONTROLLER: {10},
    ROLE.ISSUING_AUTHORITY: set(),
    ROLE.OTHER: set(),
}


def party(role: ROLE, modes: frozenset[ReplacementMode] | None = None) -> Party:
    return Party(
        Originator(role, EntityId(b"\x01" * 8)),
        KeySigner(KEY, SUITE),
        OriginatorCounters(StillClock()),
        SUITE,
        AgreementKey(KEY, SUITE),
        symmetric_key=lambda _device, _request: bytes(16),
        modes=modes,
    )


@pytest.mark.parametrize("role", ROLE)
@pytest.mark.parametrize("mode", ReplacementMode)
def test_a_party_uses_the_modes_of_its_role_and_no_other(role: ROLE, mode: ReplacementMode) -> None:
    sender, request = party(role), UpdateRequest(mode, WHAT)
    if mode in MODES[role]:
        command = sender.update_credentials(CONTACT, request)
        assert UpdateCommand.decode(command.payload).control.mode is mode
    else:
        with pytest.raises(LocalError, match=f"{role.label} does not use {mode.label}"):
            sender.update_credentials(CONTACT, request)


def test_an_adversary_uses_any_mode_in_the_name_of_any_role() -> None:
    adversary = party(ROLE.NETWORK_OPERATOR, frozenset(ReplacementMode))
    for mode in ReplacementMode:
        command = adversary.update_credentials(CONTACT, UpdateRequest(mode, WHAT))
        assert UpdateCommand.decode(command.payload).control.mode is mode


def test_only_a_contingency_command_carries_the_symmetric_key() -> None:
    adversary = party(ROLE.NETWORK_OPERATOR, frozenset(ReplacementMode))
    for mode in ReplacementMode:
        command = adversary.update_credentials(CONTACT, UpdateRequest(mode, WHAT))
        key = UpdateCommand.decode(command.payload).control.symmetric_key
        assert key == (bytes(16) if mode == 9 else None)
