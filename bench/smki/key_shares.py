"""The keys that custody holds: as shares, and whole only while a ceremony has put them together."""

from collections.abc import Collection, Iterator, Mapping

from firmware_sim.bench.smki.custody_events import CustodyError, CustodyKey
from firmware_sim.bench.smki.shares import Custodians, SharesError, combine, split
from firmware_sim.gbcs.crypto import CryptoSuite

KeyName = tuple[CustodyKey, int]
"""Which key, and its generation."""


class KeyShares:
    """Keys in custody, by name.

    Args:
        keys: whole ones; they are split as soon as custodians are named.
        shares: by key, then by custodian, of keys that were split before.
    """

    def __init__(
        self,
        keys: Mapping[KeyName, bytes],
        suite: CryptoSuite,
        *,
        shares: Mapping[KeyName, Mapping[str, str]] | None = None,
        custodians: Custodians | None = None,
    ) -> None:
        self.__whole = dict(keys)
        self.__shares = {name: dict(each) for name, each in (shares or {}).items()}
        self.__public: dict[KeyName, bytes] = {}
        self.__suite = suite
        self._custodians = custodians

    def __iter__(self) -> Iterator[KeyName]:
        return iter(self.__whole | dict.fromkeys(self.__shares))

    @property
    def custodians(self) -> Custodians | None:
        """Who holds shares; None while the keys are whole."""
        return self._custodians

    def entrust(self, custodians: Custodians) -> None:
        """Split every key; from now on no key is whole. Keys that are split stay as they are."""
        if self._custodians is not None:
            return
        for name, key in self.__whole.items():
            if name[0] is not CustodyKey.SYMMETRIC:
                self.__public[name] = self.__suite.public_key(key)
            self.__shares[name] = split(key, custodians)
        self.__whole = {}
        self._custodians = custodians

    def assemble(self, present: Collection[str]) -> None:
        """Put every key together from the shares of those present.

        Raises:
            CustodyError: too few custodians, or one that there is not.
        """
        custodians = self._custodians
        if custodians is None:
            raise CustodyError("no custodian holds a share")
        strangers = sorted(set(present) - set(custodians.names))
        if strangers:
            known = ", ".join(custodians.names)
            raise CustodyError(f"{strangers[0]!r} is no Key Custodian", f"use {known}")
        whole = {}
        for name, shares in self.__shares.items():
            whole[name] = self.__combined({who: shares[who] for who in present if who in shares})
        self.__whole = whole

    def disperse(self) -> None:
        """Forget the whole keys: the shares stay."""
        if self._custodians is not None:
            self.__whole = {}

    def use(self, name: KeyName) -> bytes:
        """A key that is whole.

        Raises:
            CustodyError: it is not held, or lies in shares.
        """
        self.require(name)
        try:
            return self.__whole[name]
        except KeyError:
            raise CustodyError("the key lies in shares: hold a ceremony first") from None

    def copy(self, name: KeyName) -> bytes:
        """A key for one who has got at it, whole or from all its shares.

        Raises:
            CustodyError: it is not held.
        """
        self.require(name)
        return self.__whole.get(name) or self.__combined(self.__shares[name])

    def public_key(self, name: KeyName) -> bytes:
        """The 65-octet point of a signing key."""
        if name not in self.__public:
            self.__public[name] = self.__suite.public_key(self.copy(name))
        return self.__public[name]

    def shares(self, name: KeyName) -> Mapping[str, str]:
        """The shares of a key, by custodian."""
        return self.__shares[name]

    def require(self, name: KeyName) -> None:
        """CustodyError if a key is not held."""
        if name not in self.__whole and name not in self.__shares:
            key, generation = name
            raise CustodyError(f"custody holds no {key} key of generation {generation}")

    def __combined(self, shares: Mapping[str, str]) -> bytes:
        custodians = self._custodians or Custodians()
        try:
            return combine(shares, custodians.needed)
        except SharesError as error:
            raise CustodyError(f"{error} [SEC L10.2(a)]") from error

    def __repr__(self) -> str:
        return ", ".join(f"{key} {generation}" for key, generation in self)
