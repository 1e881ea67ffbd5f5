"""A Communications Hub that comes in place of a home's own: new CHF and GPF, with new keys.

It leaves the factory with generation 1 of the DCC's credentials. Which supplier and which network
operator will look after the gas supply is not known there, so the Access Control Broker's
certificates stand in the cells of both (DUIS SR 6.21 hands them over).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.simulated.manufacture import factory_credentials
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.hub_log import device_log
from firmware_sim.devices.premises import HUB_TYPES, Premises
from firmware_sim.devices.profiles import Profile, profile_of
from firmware_sim.devices.provision import provision
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.uses import DEVICE_LOG
from firmware_sim.machine.drbg import HmacDrbg

_BROKER: Final = RemotePartyRole.ACCESS_CONTROL_BROKER
_OWNED: Final = (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR)


def spare_hub_ids(index: int, seed: bytes) -> tuple[EntityId, ...]:
    """Entity Identifiers of the CHF and the GPF that come into premises number `index`."""
    mark = HmacDrbg(seed, b"run").generate(2)
    return tuple(device_entity_id(kind, index, mark, hub=1) for kind in HUB_TYPES)


def spare_filling(cells: Iterable[TrustAnchorCellId]) -> dict[TrustAnchorCellId, Credential]:
    """Those cells of a new hub that do not hold generation 1 of their own party."""
    return {cell: Credential.in_cell(cell, 1, _BROKER) for cell in cells if cell.role in _OWNED}


def build_spare_hub(
    pki: DrillPki, home: Premises, index: int, seed: bytes, surroundings: Surroundings
) -> tuple[Device, ...]:
    """The CHF and the GPF, powered on; the CHF's device log names what is on the HAN of the home.

    CCS01, CCS02 and the joins themselves (CS03) are not executed by devices here: the log is as
    they would leave it.

    Args:
        index, seed: as for `build_premises`.

    Raises:
        PkiError: the PKI lacks a certificate, or cannot issue devices.
    """
    meters = [each.entity_id for each in home.devices.values() if each.device_type not in HUB_TYPES]
    built = []
    for kind, entity in zip(HUB_TYPES, spare_hub_ids(index, seed), strict=True):
        profile = _with_log(profile_of(kind, surroundings.policy), meters)
        credentials = factory_credentials(
            pki, profile, entity, seed=seed, filling=spare_filling(profile.cells)
        )
        flash = provision(profile, entity, credentials, known=surroundings.verified)
        built.append(surroundings.powered(flash))
    return tuple(built)


def _with_log(profile: Profile, meters: list[EntityId]) -> Profile:
    if profile.device_type is not DeviceType.CHF or profile.values is None:
        return profile
    registers = {**profile.values.registers, DEVICE_LOG: device_log(meters)}
    return replace(profile, values=replace(profile.values, registers=registers))
