"""The seed of a drill, in octets, and what the homes of a drill are made from."""

from typing import Final

from firmware_sim.machine.drbg import HmacDrbg

SEED_OCTETS: Final = 32


def home_seed_of(seed: bytes) -> bytes:
    """32 octets from which the devices of all homes draw; they bear its mark in their names."""
    return HmacDrbg(seed, b"premises").generate(SEED_OCTETS)


def drill_seed(seed: int) -> bytes:
    """What every draw of a drill follows from, by the number that the user gives."""
    return seed.to_bytes(SEED_OCTETS, "big")
