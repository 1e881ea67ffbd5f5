"""What a power cut leaves behind in the one operation that it interrupts."""

from enum import Enum
from typing import NamedTuple, Self


class PowerCut(BaseException):
    """The supply failed inside a flash operation.

    It is no `Exception`, so that no handler of ordinary errors lets a device run on.
    """


class Flavour(Enum):
    """How far the interrupted operation came."""

    BEFORE = "before"
    """Nothing of it happened."""
    TORN_PREFIX = "prefix"
    """Its first `amount` octets are done, the others untouched."""
    TORN_BITS = "bits"
    """Of the bits that were to change, those under the mask `amount` did."""
    PREPROGRAMMED = "preprogrammed"
    """Erase only: every bit is programmed, as some parts do before they erase."""
    AFTER = "after"
    """All of it happened, but nobody was told."""


class CutPlan(NamedTuple):
    """Cut operation number `operation`, counted from 0 over programs and erases alike.

    `amount` is a number of octets for `TORN_PREFIX`, and for `TORN_BITS` a mask as long as the
    operation, read as one big-endian number. Its text form reads back with `parse`.
    """

    operation: int
    flavour: Flavour
    amount: int = 0

    def __str__(self) -> str:
        return f"{self.operation}:{self.flavour.value}:{self.amount:x}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``17:prefix:3`` (operation in decimal, amount in hexadecimal).

        Raises:
            ValueError: the text is no such plan.
        """
        operation, flavour, amount = text.split(":")
        return cls(int(operation), Flavour(flavour), int(amount, 16))


class Torn(NamedTuple):
    """Contents after a cut, and how many leading octets the operation surely reached."""

    octets: bytes
    reached: int


def tear(plan: CutPlan, before: bytes, after: bytes, erased_value: int) -> Torn:
    """What stands where an operation was to turn `before` into `after`."""
    match plan.flavour:
        case Flavour.BEFORE:
            return Torn(before, 0)
        case Flavour.AFTER:
            return Torn(after, len(after))
        case Flavour.TORN_PREFIX:
            done = min(plan.amount, len(after))
            return Torn(after[:done] + before[done:], done)
        case Flavour.PREPROGRAMMED:
            return Torn(bytes((erased_value ^ 0xFF,)) * len(after), 0)
        case Flavour.TORN_BITS:
            old = int.from_bytes(before)
            changed = (old ^ int.from_bytes(after)) & plan.amount
            return Torn((old ^ changed).to_bytes(len(after)), 0)
