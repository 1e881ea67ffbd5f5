"""What an attacker finds: one PKI, all its private keys by name, and kinds of device.

The bench holds every key to hand out the stolen ones; an attacker is given those it has stolen.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from firmware_sim.bench.dut.clock import START, StillClock
from firmware_sim.bench.dut.simulated.credential import Credential, Filling
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.experiments.attack.stolen_keys import (
    CONTINGENCY_KEY,
    DEVICE_AGREEMENT_KEY,
    DEVICE_ISSUING_KEY,
    DEVICE_SIGNING_KEY,
    ISSUING_KEY,
    ROOT_KEY,
    SYMMETRIC_KEY,
)
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole

SUITE = P256Suite()

_AUTHORITIES = {
    ROOT_KEY: CertificateKind.ROOT_OCA,
    ISSUING_KEY: CertificateKind.ISSUING_OCA,
    DEVICE_ISSUING_KEY: CertificateKind.ISSUING_DCA,
}
_SEED = b"attackers at the door".ljust(32, b"\0")


class AttackedDevice(NamedTuple):
    """A kind of device to attack: its type, its policy, and what its cells held at first."""

    device_type: DeviceType
    policy: Policy = Policy()
    filling: Filling = MappingProxyType({})


def _before_handover() -> Filling:
    by_broker = (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR)
    return {
        cell: Credential.in_cell(cell, 1, RemotePartyRole.ACCESS_CONTROL_BROKER)
        for cell in profile_of(DeviceType.GPF, Policy()).cells
        if cell.role in by_broker
    }


TARGETS: Mapping[str, AttackedDevice] = MappingProxyType(
    {
        "ESME": AttackedDevice(DeviceType.ESME),
        "ESME with load controller": AttackedDevice(
            DeviceType.ESME, Policy.from_choices({"esme_load_controller": "held"})
        ),
        "GSME": AttackedDevice(DeviceType.GSME),
        "GPF": AttackedDevice(DeviceType.GPF),
        "GPF before handover": AttackedDevice(DeviceType.GPF, filling=_before_handover()),
        "CHF": AttackedDevice(DeviceType.CHF),
        "HCALCS": AttackedDevice(DeviceType.HCALCS),
        "PPMID": AttackedDevice(DeviceType.PPMID),
    }
)
"""What is attacked, by name."""


@cache
def pki() -> DrillPki:
    """The PKI that all devices trust."""
    return DrillPki.generate(_SEED)


@cache
def verified() -> SignatureCache:
    """Facts about certificates, shared by all devices under attack."""
    return SignatureCache()


def surroundings(target: AttackedDevice, clock: StillClock) -> Surroundings:
    """What a device under attack runs with."""
    return Surroundings(clock, target.policy, SUITE, verified())


def new_device(target: AttackedDevice) -> Device:
    """A device as it left the factory; the same one every time."""
    entity = entity_of(target)
    flash = manufacture(
        pki(),
        target.device_type,
        entity,
        seed=_SEED,
        policy=target.policy,
        filling=target.filling,
    )
    return surroundings(target, StillClock()).powered(flash)


def entity_of(target: AttackedDevice) -> EntityId:
    """The device's Entity Identifier."""
    return device_entity_id(target.device_type, 0)


def authority_key(name: str) -> bytes:
    """The private key of an authority of the PKI, by the name in `attack.stolen_keys`."""
    return pki().authority(_AUTHORITIES[name]).private_key or b""


@cache
def agreement_point(entity: EntityId) -> bytes:
    """The public key agreement key that a device left the factory with, from its certificate."""
    certificate = pki().issue_device(entity, KeyUsage.KEY_AGREEMENT)[1]
    return parse_certificate(certificate).public_key


@cache
def private_key(name: str, entity: EntityId) -> bytes:
    """A private key by the name that `firmware_sim.attack.stolen_keys` gives it.

    Args:
        entity: the device whose own keys are meant.
    """
    in_custody = {
        CONTINGENCY_KEY: CustodyKey.CONTINGENCY,
        SYMMETRIC_KEY: CustodyKey.SYMMETRIC,
        "recovery.DS": CustodyKey.RECOVERY,
    }
    own = {
        DEVICE_SIGNING_KEY: KeyUsage.DIGITAL_SIGNATURE,
        DEVICE_AGREEMENT_KEY: KeyUsage.KEY_AGREEMENT,
    }
    if name in _AUTHORITIES:
        return authority_key(name)
    if name in in_custody:
        return pki().custody.compromise(in_custody[name], START, "stolen")
    if name in own:
        return pki().issue_device(entity, own[name])[0]
    [cell] = (cell for cell in PARTY_CELLS if str(cell) == name)
    return pki().party(cell.role).private_key(cell.key_usage, cell.cell_usage)
