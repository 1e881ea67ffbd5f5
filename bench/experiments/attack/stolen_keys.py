"""What an adversary has: private keys that leaked, and a Broker that may add its MACs."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole

ROOT_KEY = "Root OCA"
ISSUING_KEY = "Issuing OCA"
DEVICE_ISSUING_KEY = "Issuing DCA"
CONTINGENCY_KEY = "contingency private key"
SYMMETRIC_KEY = "contingency symmetric key"
DEVICE_SIGNING_KEY = "device's own DS"
DEVICE_AGREEMENT_KEY = "device's own KA"
BROKER_KEY = "accessControlBroker.KA"
PREPAYMENT_KEY = "supplier.KA.PP"

PARTY_KEYS = tuple(map(str, PARTY_CELLS))


class StolenKeys(NamedTuple):
    """What one adversary has, besides everything that is public.

    Attributes:
        keys: names of private keys: of party cells as `TrustAnchorCellId` writes them, or one
            of the constants above.
        relayed: the Access Control Broker adds its MAC to what the adversary signs in the name
            of the party whose key it stole, as it does for that party.
    """

    keys: frozenset[str] = frozenset()
    relayed: bool = False

    @property
    def name(self) -> str:
        """For tables and tokens, e.g. ``supplier.DS via Broker``."""
        names = " + ".join(name for name in _ORDER if name in self.keys)
        if self.keys >= frozenset(_EVERY_SUBSCRIBER):
            names = "every party key but recovery.DS"
        return (names or "nothing") + (" via Broker" if self.relayed else "")


_ORDER = (
    *PARTY_KEYS,
    ROOT_KEY,
    ISSUING_KEY,
    DEVICE_ISSUING_KEY,
    CONTINGENCY_KEY,
    SYMMETRIC_KEY,
    DEVICE_SIGNING_KEY,
    DEVICE_AGREEMENT_KEY,
)
_EVERY_SUBSCRIBER = tuple(
    str(cell) for cell in PARTY_CELLS if cell.role is not RemotePartyRole.RECOVERY
)
_MACED_SIGNERS = tuple(
    str(cell)
    for cell in PARTY_CELLS
    if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE
    and cell.role not in (RemotePartyRole.RECOVERY, RemotePartyRole.ACCESS_CONTROL_BROKER)
)
_SIGNERS_WITH_BROKER = (*_MACED_SIGNERS, "accessControlBroker.DS")


def _all() -> Iterable[StolenKeys]:
    yield StolenKeys()
    for name in _ORDER:
        yield _held(name)
    yield _held(CONTINGENCY_KEY, SYMMETRIC_KEY)
    for name in _MACED_SIGNERS:
        yield _held(name, relayed=True)
    for name in _SIGNERS_WITH_BROKER:
        yield _held(name, BROKER_KEY)
    yield _held("supplier.DS", ISSUING_KEY, relayed=True)
    yield _held("supplier.DS", ROOT_KEY, relayed=True)
    yield _held("wanProvider.DS", ROOT_KEY, relayed=True)
    yield _held("recovery.DS", ROOT_KEY)
    yield _held(BROKER_KEY, ISSUING_KEY)
    yield _held(PREPAYMENT_KEY, BROKER_KEY)
    yield _held("networkOperator.DS", DEVICE_AGREEMENT_KEY)
    yield _held(ROOT_KEY, ISSUING_KEY, DEVICE_ISSUING_KEY, SYMMETRIC_KEY)
    yield _held(*_EVERY_SUBSCRIBER)


def _held(*keys: str, relayed: bool = False) -> StolenKeys:
    return StolenKeys(frozenset(keys), relayed)


STOLEN_KEYS: Mapping[str, StolenKeys] = MappingProxyType({each.name: each for each in _all()})
"""Every adversary that is tried, by name."""
