"""A CS02a Command from a drill PKI, for a user who wants to talk to a device by hand."""

from pathlib import Path
from typing import Final

from firmware_sim.bench.cli.message.view import tell_missing_keys
from firmware_sim.bench.commands.compose import Content, Header, compose
from firmware_sim.bench.commands.contact import contact_of
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.key_ring import broker_key
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId

READERS: Final = ("accessControlBroker", "supplier", "networkOperator")
WHO_ASKS: Final = "supplier, networkOperator, or the Broker if left out."


def read_back(
    pki: Path, device_type: DeviceType, device: EntityId, by: str, generation: int
) -> Message:
    """The Command, protected by that party; its Originator Counter is the time in milliseconds.

    Raises:
        UsageError: the folder is no PKI, or `by` is no party that may ask.
        PkiError: the PKI has no such party, or a MAC is due and the device's key is not known.
    """
    if by not in READERS:
        raise UsageError(f"{by!r} does not ask", f"use {', '.join(READERS)}")
    role = next(each for each in RemotePartyRole if each.label == by)
    loaded = DrillPki.load(pki)
    contact = contact_of(loaded, device_type, device)
    tell_missing_keys(contact)
    # Asked by the Broker a device looks at the MAC alone, so its signing key need not be there.
    is_broker = role is RemotePartyRole.ACCESS_CONTROL_BROKER
    usage = KeyUsage.KEY_AGREEMENT if is_broker else KeyUsage.DIGITAL_SIGNATURE
    content = Content.reading(TrustAnchorCellId(role, usage), contact.roles)
    sender, suite = loaded.party(role, generation), P256Suite()
    counter = OriginatorCounters(RunningClock()).next()
    return compose(
        content,
        Header(sender.entity_id, device, counter),
        signer=None if is_broker else KeySigner(sender.private_key(usage), suite),
        broker=broker_key(loaded, suite, generation) if is_broker else None,
        agreement_key=contact.agreement_key,
    )
