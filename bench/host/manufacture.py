"""A new device from a drill PKI: its own keys and everybody's certificates, on a first image."""

from bench.smki.pki import DrillPki
from devices.profiles import profile_of
from devices.provision import Credentials, OwnKey, provision
from firmware_sim.drbg import HmacDrbg
from firmware_sim.flash.nor import NorFlash
from gbcs.certificates import parse_certificate
from gbcs.identifiers import EntityId
from gbcs.policy import Policy
from gbcs.roles import ROOT_CELL, DeviceType, KeyUsage

_SEED_OCTETS = 32
_OWN_USAGES = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)


def manufacture(
    pki: DrillPki, device_type: DeviceType, entity: EntityId, *, seed: bytes, policy: Policy
) -> NorFlash:
    """A flash with generation 1 of every credential that the device type has a cell for.

    Args:
        seed: the device's randomness comes from it and from the Entity Identifier.

    Raises:
        PkiError: the PKI has no certificate for one of the cells, or cannot issue devices.
    """
    profile = profile_of(device_type, policy)
    credentials = Credentials(
        root=pki.root().octets,
        cells={
            cell: pki.cell_certificate(cell).octets for cell in profile.cells if cell != ROOT_CELL
        },
        own={usage: _own_key(pki, entity, usage) for usage in _OWN_USAGES},
        seed=HmacDrbg(seed, b"device " + entity).generate(_SEED_OCTETS),
    )
    return provision(profile, entity, credentials)


def _own_key(pki: DrillPki, entity: EntityId, usage: KeyUsage) -> OwnKey:
    private_key, certificate = pki.issue_device(entity, usage)
    return OwnKey(private_key, parse_certificate(certificate).public_key, certificate)
