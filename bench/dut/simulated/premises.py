"""Simulated homes from a drill PKI: a Communications Hub with CHF and GPF, an ESME and a GSME."""

from collections.abc import Mapping
from types import MappingProxyType

from firmware_sim.bench.dut.simulated.credential import Fillings
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg

HOME = (DeviceType.CHF, DeviceType.GPF, DeviceType.ESME, DeviceType.GSME)
"""The device types of one home, the hub's own first."""

MAX_PREMISES = 1 << 24

# Locally administered, as the drill parties' identifiers, whose fourth octet is 00.
_PREFIX = bytes.fromhex("024653")
_FIRST_TYPE_OCTET = 0x10


def device_entity_id(
    device_type: DeviceType, index: int, mark: bytes = bytes(2), hub: int = 0
) -> EntityId:
    """The Entity Identifier of the device of that type in premises number `index`, from 0.

    Args:
        mark: two octets that tell the devices of one run from those of another.
        hub: of a hub that comes in place of another one: the how-manieth it is.
    """
    first, second = mark
    run = _PREFIX[:-1] + bytes((_PREFIX[-1] ^ first,))
    number = bytes((second,)) + index.to_bytes(3, "big")
    kind = _FIRST_TYPE_OCTET * (1 + hub) + device_type
    return EntityId(run + bytes((kind,)) + number)


def home_of(entity: EntityId) -> int:
    """The number of the premises, from 0, whose device `device_entity_id` gave an identifier."""
    return int.from_bytes(entity[-3:], "big")


def is_of_a_drill(entity: EntityId) -> bool:
    """Whether `device_entity_id` may have given it: no product has such an identifier."""
    return entity[: len(_PREFIX) - 1] == _PREFIX[:-1]


def build_premises(
    pki: DrillPki,
    index: int,
    seed: bytes,
    surroundings: Surroundings,
    fillings: Fillings = MappingProxyType({}),
    certificates: Mapping[EntityId, Mapping[TrustAnchorCellId, bytes]] = MappingProxyType({}),
) -> Premises:
    """One home, provisioned with generation 1 of every credential and powered on.

    Args:
        index: number of the premises, from 0; identifiers and keys are derived from it.
        seed: all randomness of the devices comes from it, and their identifiers bear its mark.
        fillings: cells that hold other credentials than generation 1 of their own party.
        certificates: what the cells of single devices hold instead, in DER, but for the root's;
            see `firmware_sim.bench.dut.simulated.estate_cells`.

    Raises:
        PkiError: the PKI lacks a certificate that a cell needs.
    """
    mark = HmacDrbg(seed, b"run").generate(2)
    flashes = (
        manufacture(
            pki,
            kind,
            entity,
            seed=seed,
            policy=surroundings.policy,
            filling=fillings.get(kind),
            known=surroundings.verified,
            certificates=certificates.get(entity),
        )
        for kind in HOME
        for entity in (device_entity_id(kind, index, mark),)
    )
    return Premises(map(surroundings.powered, flashes))
