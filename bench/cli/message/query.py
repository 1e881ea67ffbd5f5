"""A CS02a Command from a drill PKI, for a user who wants to talk to a device by hand."""

from pathlib import Path
from typing import Final

from firmware_sim.bench.commands.contact import contact_of
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.key_ring import broker_key
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.parties.party import AccessControlBroker, Originator, Party
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
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
    return _party(loaded, role, generation).read_back(contact)


def _party(pki: DrillPki, role: RemotePartyRole, generation: int) -> Party:
    suite = P256Suite()
    credentials = pki.party(role, generation)
    originator = Originator(credentials.role, credentials.entity_id)
    signer = KeySigner(credentials.private_key(KeyUsage.DIGITAL_SIGNATURE), suite)
    counters = OriginatorCounters(RunningClock())
    if role is not RemotePartyRole.ACCESS_CONTROL_BROKER:
        return Party(originator, signer, counters, suite)
    agreement = broker_key(pki, suite, generation)
    return AccessControlBroker(originator, signer, agreement, counters, suite)
