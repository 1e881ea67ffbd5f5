"""A CS02a Command from a drill PKI, for somebody who wants to talk to a device by hand."""

from pathlib import Path
from typing import Final

from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.identity import DeviceContact, Identity, KeySigner
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.parties.acb import AccessControlBroker
from firmware_sim.bench.parties.party import Party
from firmware_sim.bench.smki.holdings import PartyCredentials
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole

READERS: Final = ("accessControlBroker", "supplier", "networkOperator")


def read_back(
    pki: Path, device_type: DeviceType, device: EntityId, by: str, generation: int
) -> Message:
    """The Command, protected by that party; its Originator Counter is the time in milliseconds.

    Raises:
        UsageError: the folder is no PKI, or `by` is no party that may ask.
        PkiError: the PKI has no such party or cannot issue the device.
    """
    if by not in READERS:
        raise UsageError(f"{by!r} does not ask", f"use {', '.join(READERS)}")
    role = next(each for each in RemotePartyRole if each.label == by)
    loaded = DrillPki.load(pki)
    contact = contact_of(loaded, device_type, device)
    return _party(loaded.party(role, generation)).read_back(contact)


def _party(credentials: PartyCredentials) -> Party:
    suite = P256Suite()
    identity = Identity(credentials.role, credentials.entity_id)
    signer = KeySigner(credentials.private_key(KeyUsage.DIGITAL_SIGNATURE), suite)
    counters = OriginatorCounters(RunningClock())
    if credentials.role is not RemotePartyRole.ACCESS_CONTROL_BROKER:
        return Party(identity, signer, counters, suite)
    agreement = credentials.private_key(KeyUsage.KEY_AGREEMENT)
    return AccessControlBroker(identity, signer, agreement, counters, suite)


def contact_of(pki: DrillPki, device_type: DeviceType, device: EntityId) -> DeviceContact:
    """A device as its certificates and its type show it.

    Raises:
        PkiError: the PKI cannot issue the device.
    """
    signing, agreement = (
        parse_certificate(pki.issue_device(device, usage)[1]).public_key
        for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
    )
    cells = frozenset(profile_of(device_type, Policy()).cells)
    return DeviceContact(device, device_type, cells, signing, agreement)
