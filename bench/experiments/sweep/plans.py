"""Every cut of one flash operation that a sweep makes."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from firmware_sim.machine.drbg import HmacDrbg
from firmware_sim.machine.flash.cut import CutPlan, Flavour
from firmware_sim.machine.flash.trace import (
    FlashOperation,
    OperationKind,
    cuts,
    repeated,
    single_bit_cuts,
)

MASKS = (0x55, 0xFF, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFF, 0x01, 0x80, 0xAA, 0xF00000000F)
"""Patterns of torn bits, repeated over an operation; 0xFF tears an erase that reads complete."""

_SEEDED_OCTETS = 8


class Density(NamedTuple):
    """How closely a sweep cuts.

    Attributes:
        prefix: distance of torn prefixes of a program, in write units.
        erase_parts: how many prefixes an erase is torn at, at most.
        masks: how many of the fixed masks of torn bits.
        seeded: further masks, drawn from a seed that belongs to the operation.
        short: programs of up to so many octets have each of their bits torn.
        bits: single bits torn in longer programs and in erases, drawn likewise; None for each
            bit of a program, and 64 of an erase.
    """

    prefix: int
    erase_parts: int
    masks: int
    seeded: int
    short: int
    bits: int | None


CLOSE = Density(prefix=1, erase_parts=4, masks=7, seeded=4, short=64, bits=8)
"""Every torn prefix; each bit of a commit mark and of a superblock."""

WIDE = Density(prefix=8, erase_parts=2, masks=3, seeded=1, short=16, bits=1)
"""Each bit of a commit mark."""

PAIRED = Density(prefix=1, erase_parts=2, masks=3, seeded=1, short=16, bits=1)
"""Every torn prefix, and each bit of a commit mark: what every pair of cuts can be made of."""

COARSE = Density(prefix=64, erase_parts=2, masks=1, seeded=0, short=0, bits=0)

EXHAUSTIVE = Density(prefix=1, erase_parts=64, masks=7, seeded=32, short=64, bits=None)
"""Each bit of every program."""

_BITS_OF_AN_ERASE = 64


def plans(operation: FlashOperation, number: int, unit: int, density: Density) -> Iterator[CutPlan]:
    """The cuts of the operation that a flash will count as `number`.

    Before and after it; each torn prefix; its end without its beginning; fixed and seeded masks
    of torn bits; single bits done, and all done but one.
    """
    length = len(operation.after)
    seed = sha256(number.to_bytes(4, "big") + operation.after).digest()
    drbg = HmacDrbg(seed, b"torn bits")
    seeded = [int.from_bytes(drbg.generate(_SEEDED_OCTETS)) for _ in range(density.seeded)]
    masks = (*MASKS[: density.masks], *seeded)
    is_program = operation.kind is OperationKind.PROGRAM
    if is_program:
        yield from cuts([operation], step=unit * density.prefix, masks=masks, first=number)
    else:
        yield from _erase_cuts(length, number, max(unit, length // density.erase_parts), masks)
    if is_program and (density.bits is None or length <= density.short):
        yield from single_bit_cuts(operation, number)
    else:
        count = _BITS_OF_AN_ERASE if density.bits is None else density.bits
        yield from _some_bits(operation, number, count, drbg)


def _erase_cuts(length: int, number: int, step: int, masks: Sequence[int]) -> Iterator[CutPlan]:
    yield CutPlan(number, Flavour.BEFORE)
    for done in range(step, length, step):
        yield CutPlan(number, Flavour.TORN_PREFIX, done)
    for mask in masks:
        yield CutPlan(number, Flavour.TORN_BITS, repeated(mask, length))
    yield CutPlan(number, Flavour.PREPROGRAMMED)
    yield CutPlan(number, Flavour.AFTER)


def _some_bits(
    operation: FlashOperation, number: int, count: int, drbg: HmacDrbg
) -> Iterator[CutPlan]:
    changed = operation.changed_bits
    if not changed:
        return
    drawn = 0
    while drawn < count:
        place = int.from_bytes(drbg.generate(4)) % (8 * len(operation.after))
        if changed >> place & 1:
            drawn += 1
            yield CutPlan(number, Flavour.TORN_BITS, 1 << place)
            yield CutPlan(number, Flavour.TORN_BITS, changed ^ 1 << place)
