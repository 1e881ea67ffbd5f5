"""What was done to a flash, operation by operation, and every way to cut it."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from firmware_sim.machine.flash.cut import CutPlan, Flavour


class OperationKind(Enum):
    """The two operations that change a flash."""

    PROGRAM = "program"
    ERASE = "erase"


class FlashOperation(NamedTuple):
    """One program or erase: its place, and the contents there before and after."""

    kind: OperationKind
    address: int
    before: bytes
    after: bytes

    @property
    def changed_bits(self) -> int:
        """The bits that it changes, as a mask for `Flavour.TORN_BITS`."""
        return int.from_bytes(self.before) ^ int.from_bytes(self.after)


def cuts(
    trace: Sequence[FlashOperation],
    *,
    step: int,
    erase_step: int | None = None,
    masks: Sequence[int] = (),
    first: int = 0,
) -> Iterator[CutPlan]:
    """Every cut of each traced operation: before, after, torn at each multiple of `step` octets.

    Besides, its last 16, 32, 64 … octets done and none before them: parts with a write buffer
    do not promise an order.

    Args:
        trace: the operations, as `NorFlash.trace` recorded them.
        step: distance in octets between two torn prefixes.
        erase_step: the same for erases, if it is to differ.
        masks: each is repeated over the length of the operation, for torn bits.
        first: number of the first traced operation, as the flash counts.
    """
    for number, operation in enumerate(trace, first):
        erases = operation.kind is OperationKind.ERASE
        distance = erase_step or step if erases else step
        yield CutPlan(number, Flavour.BEFORE)
        for done in range(distance, len(operation.after), distance):
            yield CutPlan(number, Flavour.TORN_PREFIX, done)
        for exponent in range(4, (len(operation.after) - 1).bit_length()):
            yield CutPlan(number, Flavour.TORN_BITS, (1 << (8 << exponent)) - 1)
        for mask in masks:
            yield CutPlan(number, Flavour.TORN_BITS, repeated(mask, len(operation.after)))
        if erases:
            yield CutPlan(number, Flavour.PREPROGRAMMED)
        yield CutPlan(number, Flavour.AFTER)


def single_bit_cuts(operation: FlashOperation, number: int) -> Iterator[CutPlan]:
    """For each bit that an operation changes: only that bit changed, and all but that bit."""
    changed = remaining = operation.changed_bits
    while remaining:
        bit = remaining & -remaining
        remaining ^= bit
        yield CutPlan(number, Flavour.TORN_BITS, bit)
        yield CutPlan(number, Flavour.TORN_BITS, changed ^ bit)


def repeated(mask: int, length: int) -> int:
    """A mask of torn bits, repeated over `length` octets from their first one on."""
    pattern = mask.to_bytes(max(1, (mask.bit_length() + 7) // 8))
    return int.from_bytes((pattern * (length // len(pattern) + 1))[:length])
