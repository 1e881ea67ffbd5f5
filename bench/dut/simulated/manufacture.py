"""A new device from a drill PKI: its own keys and everybody's certificates, on a first image."""

from collections.abc import Mapping

from firmware_sim.bench.dut.simulated.credential import Credential, Filling
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.profiles import Profile, profile_of
from firmware_sim.devices.provision import Credentials, OwnKey, provision
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import (
    OWN_KEY_USAGES,
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    TrustAnchorCellId,
)
from firmware_sim.machine.drbg import HmacDrbg
from firmware_sim.machine.flash.nor import NorFlash

_SEED_OCTETS = 32


def manufacture(
    pki: DrillPki,
    device_type: DeviceType,
    entity: EntityId,
    *,
    seed: bytes,
    policy: Policy,
    filling: Filling | None = None,
    known: SignatureCache | None = None,
    certificates: Mapping[TrustAnchorCellId, bytes] | None = None,
) -> NorFlash:
    """A flash with generation 1 of every credential that the device type has a cell for.

    Args:
        seed: the device's randomness comes from it and from the Entity Identifier.
        filling: cells that hold something else; the root cell is none of them.
        known: remembers what devices have in common.
        certificates: in DER, for every cell but the root's, in place of all of these.

    Raises:
        PkiError: the PKI has no certificate for one of the cells, or cannot issue devices.
    """
    profile = profile_of(device_type, policy)
    credentials = factory_credentials(
        pki, profile, entity, seed=seed, filling=filling, certificates=certificates
    )
    return provision(profile, entity, credentials, known=known)


def factory_credentials(
    pki: DrillPki,
    profile: Profile,
    entity: EntityId,
    *,
    seed: bytes,
    filling: Filling | None = None,
    certificates: Mapping[TrustAnchorCellId, bytes] | None = None,
) -> Credentials:
    """What `manufacture` puts on a device of a profile; the same arguments and errors."""
    return Credentials(
        root=pki.root(),
        cells=certificates
        or {
            cell: _certificate(pki, (filling or {}).get(cell, Credential(cell)))
            for cell in profile.cells
            if cell != ROOT_CELL
        },
        own={usage: _own_key(pki, entity, usage, profile.device_type) for usage in OWN_KEY_USAGES},
        seed=HmacDrbg(seed, b"device " + entity).generate(_SEED_OCTETS),
    )


def _certificate(pki: DrillPki, credential: Credential) -> Certificate:
    # A device leaves the factory under the first root: so does every certificate on it.
    return pki.cell_certificate(credential.issued_for, credential.generation, under=1)


def _own_key(pki: DrillPki, entity: EntityId, usage: KeyUsage, device_type: DeviceType) -> OwnKey:
    private_key, certificate = pki.issue_device(entity, usage, device_type=device_type)
    return OwnKey(private_key, P256Suite().public_key(private_key), certificate)
