"""Shares of a key for Key Custodians: a number of them together have the key, fewer have nothing.

Shamir's scheme as SLIP-39 writes it down, by the library of those who wrote it: a share is a line
of words with a checksum, and a digest tells whether what was put together is the key.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from firmware_sim.bench.errors import BenchError

_NO_STRETCHING: Final = 0
"""Stretching guards a passphrase; there is none, and a key has no need of it."""


class SharesError(BenchError):
    """These shares do not give the key."""


class Custodians(NamedTuple):
    """How many Key Custodians there are, and how many must come together.

    The numbers of the real ones are not public: 3 of 5 is our assumption.
    """

    needed: int = 3
    total: int = 5

    @property
    def names(self) -> tuple[str, ...]:
        """Their labels; no persons."""
        return tuple(f"custodian-{number}" for number in range(1, self.total + 1))

    def __str__(self) -> str:
        return f"{self.needed} of {self.total}"


def split(key: bytes, custodians: Custodians) -> dict[str, str]:
    """One share for each custodian, drawn from the system's randomness.

    Args:
        key: 16 octets or more, an even number.
    """
    groups = [(custodians.needed, custodians.total)]
    if custodians.needed == 1:
        groups = [(1, 1)]
    (words,) = generate_mnemonics(1, groups, key, iteration_exponent=_NO_STRETCHING)
    shares = words * custodians.total if custodians.needed == 1 else words
    return dict(zip(custodians.names, shares, strict=True))


def combine(shares: Mapping[str, str], needed: int) -> bytes:
    """The key, from the shares of those who are there.

    Raises:
        SharesError: too few, damaged, or of different keys; no word of a share is told.
    """
    if len(shares) < needed:
        raise SharesError(f"{len(shares)} custodians are present, not {needed}")
    chosen: Iterable[str] = [shares[name] for name in sorted(shares)][:needed]
    try:
        return bytes(combine_mnemonics(chosen))
    except (MnemonicError, ValueError):
        raise SharesError(f"the shares of {', '.join(sorted(shares))} give no key") from None
