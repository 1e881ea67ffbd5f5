"""Our parties, with the published keys, build the commands of the reference set."""

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner
from firmware_sim.bench.commands.requests import Floors, UpdateRequest
from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from firmware_sim.bench.parties.party import AccessControlBroker, Originator, Party
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.der import minimal_lengths
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole
from tests.gbcs import independent

SUITE = P256Suite()
DS, KA = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
BROKER_ID = EntityId.parse("90b3d51f30000002")


class Fixed(OriginatorCounters):
    """Gives the counter of the reference message."""

    def __init__(self, value: int) -> None:
        self._value = value

    def next(self, device: EntityId | None = None) -> int:
        del device
        return self._value


@pytest.fixture(scope="module")
def keys(rtds: Path) -> PublishedKeys:
    return read_published_keys(rtds / "keystore.json", rtds / "issuers.json", SUITE)


def vector(rtds: Path, name: str) -> bytes:
    (path,) = rtds.glob(f"messages/*/{name}_GBCS.HEX")
    return bytes.fromhex(path.read_text())


def contact(keys: PublishedKeys, device: EntityId) -> DeviceContact:
    signing, agreement = (keys.of(device, usage)[0].certificate.public_key for usage in (DS, KA))
    return DeviceContact(device, DeviceType.ESME, frozenset(), signing, agreement)


def broker(
    keys: PublishedKeys, counter: int, device: DeviceContact, vector: Message
) -> tuple[AccessControlBroker, AgreementKey]:
    """The Broker with that of its published keys that made the vector's MAC."""
    made = []
    for key in keys.of(BROKER_ID, KA):
        assert key.private_key is not None
        agreement = AgreementKey(key.private_key, SUITE)
        one = AccessControlBroker(
            Originator(RemotePartyRole.ACCESS_CONTROL_BROKER, BROKER_ID),
            KeySigner(keys.of(BROKER_ID, DS)[0].private_key or b"", SUITE),
            agreement,
            Fixed(counter),
            SUITE,
        )
        if agreement.add_mac(replace(vector, mac=None), device.agreement_key).mac == vector.mac:
            made.append((one, agreement))
    return made[0]


@pytest.mark.parametrize(
    "name", ["CS02aMAC_6.24.1_SUCCESS", "CS02aMAC_6.24.1_ERROR", "CS02aSignature_NA_SUCCESS"]
)
def test_the_brokers_query_is_the_reference_message_to_the_octet(
    name: str, rtds: Path, keys: PublishedKeys
) -> None:
    octets = vector(rtds, f"{name}_COMMAND")
    wanted = parse_message(octets)
    device = contact(keys, wanted.target)
    party, _ = broker(keys, wanted.counter, device, wanted)
    roles = CredentialsQuery.decode(wanted.payload).roles
    command = party.read_back(device, roles)
    assert command.build() == octets
    answer = vector(rtds, f"{name}_RESPONSE")
    assert party.check(answer, command, device).build() == answer


def party_for(keys: PublishedKeys, message: Message, device: DeviceContact) -> Party:
    """The originator of a signed command, with the key that signed it."""
    (key,) = (
        key
        for key in keys.of(message.originator, DS)
        if SUITE.verify(
            key.certificate.public_key, message.signed_octets(), message.signature or b""
        )
    )
    role = key.certificate.subject_role
    assert isinstance(role, RemotePartyRole)
    assert key.private_key is not None
    maker = None if message.mac is None else broker(keys, message.counter, device, message)[1]
    # In a drill custody signs for Recovery; here its published key does.
    signer = KeySigner(key.private_key, SUITE)
    originator = Originator(role, message.originator)
    return Party(originator, signer, Fixed(message.counter), SUITE, maker)


def check_signature_apart(built: Message, keys: PublishedKeys) -> None:
    """The signature verifies with one of the party's keys, by the second implementation."""
    assert any(
        independent.verify(
            key.certificate.public_key, built.signed_octets(), built.signature or b""
        )
        for key in keys.of(built.originator, DS)
    )


def test_a_signed_query_is_the_reference_message_but_for_the_signature(
    rtds: Path, keys: PublishedKeys
) -> None:
    wanted = parse_message(vector(rtds, "CS02aSignature_NA_ERROR_COMMAND"))
    device = contact(keys, wanted.target)
    party = party_for(keys, wanted, device)
    command = party.read_back(device, CredentialsQuery.decode(wanted.payload).roles)
    assert command.signed_octets() == wanted.signed_octets()
    assert command.mac is None
    check_signature_apart(command, keys)
    answer = vector(rtds, "CS02aSignature_NA_ERROR_RESPONSE")
    assert party.check(answer, command, device).build() == answer


@pytest.mark.parametrize(
    "name",
    [
        "CS02bAnyExceptAbnormalRootByRecovery_NA_SUCCESS",
        "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_SUCCESS",
        "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_ERROR",
        "CS02bSupplierBySupplier_6.15.1_FUTURE_DATED_SUCCESS",
        "CS02bNOByNO_6.15.1_SUCCESS",
    ],
)
def test_an_update_is_the_reference_message_but_for_the_signature(
    name: str, rtds: Path, keys: PublishedKeys
) -> None:
    wanted = parse_message(vector(rtds, f"{name}_COMMAND"))
    device = contact(keys, wanted.target)
    party = party_for(keys, wanted, device)
    # The set writes some lengths longer than DER has them.
    wanted = replace(wanted, payload=minimal_lengths(wanted.payload))
    asked = UpdateCommand.decode(wanted.payload)
    control = asked.control
    request = UpdateRequest(
        control.mode,
        asked.replacements,
        asked.path,
        Floors(control.floor, control.specialist_floors, control.other_changes),
        control.time_checks,
        asked.execution,
    )
    command = party.update_credentials(device, request)
    assert command.signed_octets() == wanted.signed_octets()
    assert (command.mac is None) == (wanted.mac is None)
    check_signature_apart(command, keys)
    answer = vector(rtds, f"{name}_RESPONSE")
    assert party.check(answer, command, device).build() == answer


def test_the_brokers_own_update_is_the_reference_message_to_the_octet(
    rtds: Path, keys: PublishedKeys
) -> None:
    """No signature on a meter, so nothing but the lengths could differ."""
    vector_message = parse_message(vector(rtds, "CS02bACBByACB_8.5_SUCCESS_COMMAND"))
    device = contact(keys, vector_message.target)
    party, _ = broker(keys, vector_message.counter, device, vector_message)
    asked = UpdateCommand.decode(minimal_lengths(vector_message.payload))
    control = asked.control
    request = UpdateRequest(
        control.mode, asked.replacements, asked.path, Floors(control.floor), control.time_checks
    )
    command = party.update_credentials(device, request)
    assert (
        command.signed_octets()
        == replace(vector_message, payload=minimal_lengths(vector_message.payload)).signed_octets()
    )
    assert command.signature == b""
    answer = vector(rtds, "CS02bACBByACB_8.5_SUCCESS_RESPONSE")
    assert party.check(answer, command, device).build() == answer
