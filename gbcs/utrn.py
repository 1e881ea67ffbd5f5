"""The UTRN: twenty digits that credit one prepayment meter, once (GBCS 14.3).

19 digits are the PTUT, a number of 64 bits, plus an offset; the last one is a check digit. In the
PTUT, from its most significant bit:

    000  lead          0000  subclass        10 bits  bits 41 to 32 of the UTRN counter
    2 bits  class      13 bits  value        32 bits  MAC

The class says in what the value counts: 0 pence, 1 pounds. The MAC covers the meter, the supplier,
the whole counter and the upper half of the PTUT, under a key of the supplier's prepayment key and
the meter's key agreement key. Bits 31 to 0 of a UTRN counter are zero.
"""

from collections.abc import Mapping
from enum import IntEnum
from hmac import compare_digest
from typing import Final, NamedTuple, Self

from firmware_sim.gbcs.check_digit import check_digit
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.protection import MAC_PREFIX, message_key

CLAUSE: Final = "GBCS 14.3"
UTRN_DIGITS: Final = 20
COUNTER_STEP: Final = 1 << 32
"""UTRN counters are multiples of this."""
COUNTER_BITS: Final = 10
MAX_VALUE: Final = (1 << 13) - 1
MAC_OCTETS: Final = 4

_OFFSET = 0x669D529B714A0000
_CLASS_AT, _VALUE_AT, _COUNTER_AT = 45, 32, 47
_LEAD_AT = 57
_IV_TAIL = bytes(4)
_FLAG = b"\x01"


class ValueClass(IntEnum):
    """What the value of a UTRN counts in; 2 and 3 are reserved."""

    PENCE = 0
    POUNDS = 1


_CREDIT: Mapping[int, int] = {ValueClass.PENCE: 1000, ValueClass.POUNDS: 100_000}


class Utrn(NamedTuple):
    """What a UTRN says.

    Attributes:
        counter_low: bits 41 to 32 of its counter.
        value_class: 0 to 3; 2 and 3 are reserved.
        value: 0 to 8,191.
        mac: 4 octets.
    """

    counter_low: int
    value_class: int
    value: int
    mac: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read twenty digits.

        Raises:
            RemoteError: other characters or another length, a wrong check digit, a number that is
                no PTUT, or a lead or subclass that is not zero.
        """
        if len(text) != UTRN_DIGITS or not (text.isascii() and text.isdigit()):
            raise RemoteError(f"a UTRN has {UTRN_DIGITS} decimal digits", clause=CLAUSE)
        if check_digit(text[:-1]) != text[-1]:
            raise RemoteError("the check digit of the UTRN is wrong", clause="GBCS 14.8")
        ptut = int(text[:-1]) - _OFFSET
        if not 0 <= ptut < 1 << _LEAD_AT:
            raise RemoteError("the digits are none of a UTRN", clause=CLAUSE)
        return cls(
            ptut >> _COUNTER_AT & (1 << COUNTER_BITS) - 1,
            ptut >> _CLASS_AT & 3,
            ptut >> _VALUE_AT & MAX_VALUE,
            (ptut & 0xFFFFFFFF).to_bytes(MAC_OCTETS, "big"),
        )

    def __str__(self) -> str:
        digits = str(_OFFSET + (self._head() << 32 | int.from_bytes(self.mac, "big")))
        return digits + check_digit(digits)

    @property
    def credit(self) -> int | None:
        """What it adds to the balance, in thousandths of a penny; None for a reserved class."""
        unit = _CREDIT.get(self.value_class)
        return None if unit is None else unit * self.value

    def covered_octets(self) -> bytes:
        """Bits 63 to 32 of the PTUT as 4 octets: what the MAC covers of it."""
        return self._head().to_bytes(4, "big")

    def _head(self) -> int:
        high = self.counter_low << _COUNTER_AT | self.value_class << _CLASS_AT
        return (high | self.value << _VALUE_AT) >> 32


class TopUpParties(NamedTuple):
    """Between whom a UTRN is good: supplier, meter, and the 32-octet ECDH secret of their keys.

    The supplier's key is its prepayment key, the meter's its key agreement key.
    """

    supplier: EntityId
    device: EntityId
    secret: bytes

    def __repr__(self) -> str:
        return f"TopUpParties({self.supplier}, {self.device}, secret=…)"


def make_utrn(
    parties: TopUpParties, counter: int, value_class: ValueClass, value: int, suite: CryptoSuite
) -> Utrn:
    """A UTRN with its MAC.

    Args:
        counter: a multiple of 2**32 below 2**63.

    Raises:
        LocalError: the counter is none of a UTRN, or the value exceeds 13 bits.
    """
    if not is_utrn_counter(counter):
        raise LocalError(f"{counter} is no UTRN counter: a multiple of 2**32 below 2**63")
    if not 0 <= value <= MAX_VALUE:
        raise LocalError(f"a UTRN has a value of 0 to {MAX_VALUE}, not {value}", clause=CLAUSE)
    bare = Utrn(low_bits(counter), value_class, value, bytes(MAC_OCTETS))
    return bare._replace(mac=utrn_mac(bare, parties, counter, suite))


def utrn_mac(utrn: Utrn, parties: TopUpParties, counter: int, suite: CryptoSuite) -> bytes:
    """The 4 octets that a UTRN must end with, under its whole counter."""
    key = message_key(
        parties.secret,
        originator=parties.supplier,
        cra=CraFlag.COMMAND,
        counter=counter,
        target=parties.device,
    )
    names = parties.supplier + parties.device
    covered = MAC_PREFIX + names + _FLAG + counter.to_bytes(8, "big") + utrn.covered_octets()
    return suite.tag(key, parties.supplier + _IV_TAIL, covered)[-MAC_OCTETS:]


def is_authentic(utrn: Utrn, parties: TopUpParties, counter: int, suite: CryptoSuite) -> bool:
    """Whether the supplier made this UTRN, for this meter, under this counter."""
    return compare_digest(utrn.mac, utrn_mac(utrn, parties, counter, suite))


def is_utrn_counter(counter: int) -> bool:
    """Whether a UTRN can have this counter."""
    return 0 <= counter < 1 << 63 and counter % COUNTER_STEP == 0


def low_bits(counter: int) -> int:
    """Bits 41 to 32 of a counter: those that a UTRN carries."""
    return counter >> 32 & (1 << COUNTER_BITS) - 1
