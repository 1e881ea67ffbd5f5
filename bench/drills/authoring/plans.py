"""What `drill new` offers: which keys can fall, by which methods they are mended, on which devices.

A plan is offered only if a story of it can be played to a good end; a test plays each.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.concerned import Cells
from firmware_sim.bench.drills.fallen_keys import FallenName, touched_cells
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.simulated.premises import HOME
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole

CONTINGENCY: Final = "contingency"

METHODS: Final[Mapping[str, str]] = {
    "1": "the party's own key replaces its own credentials; no protected key, no decision",
    "2": "Recovery puts the Access Control Broker's certificates, which hands back later",
    "3": "Recovery puts new certificates of the party",
    CONTINGENCY: "Contingency replaces the root and every other credential",
}
"""By the name that a user gives."""

_ROLE = RemotePartyRole
_MODE = ReplacementMode
_OWN_MODE: Final = {
    _ROLE.SUPPLIER: _MODE.SUPPLIER_BY_SUPPLIER,
    _ROLE.NETWORK_OPERATOR: _MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
    _ROLE.ACCESS_CONTROL_BROKER: _MODE.ACB_BY_ACB,
    _ROLE.TRANSITIONAL_COS: _MODE.TRANS_COS_BY_TRANS_COS,
    _ROLE.WAN_PROVIDER: _MODE.WAN_PROVIDER_BY_WAN_PROVIDER,
}
_OFFERED: Final[Mapping[FallenName, tuple[str, ...]]] = {
    FallenName.SUPPLIER_DS: ("1", "2", "3"),
    FallenName.SUPPLIER_KA: ("1", "2", "3"),
    FallenName.SUPPLIER_TOP_UP: ("1", "2", "3"),
    FallenName.NETWORK_OPERATOR_DS: ("1", "2", "3"),
    FallenName.NETWORK_OPERATOR_KA: ("1", "2", "3"),
    FallenName.BROKER_DS: ("1", "3"),
    FallenName.BROKER_KA: ("1", "3"),
    FallenName.TRANSITIONAL_COS: ("1", "3"),
    FallenName.WAN_PROVIDER: ("1", "3"),
    FallenName.RECOVERY: (CONTINGENCY,),
    FallenName.ISSUING_OCA: (CONTINGENCY,),
    FallenName.ROOT_OCA: (CONTINGENCY,),
}
"""The Access Control Broker's certificates stand in for a supplier's or network operator's only.
Beneath a root that stays there is no second Issuing OCA in a drill's PKI."""


_READERS: Final[Mapping[FallenName, tuple[DeviceType, ...]]] = {
    FallenName.SUPPLIER_KA: (DeviceType.GPF, DeviceType.ESME, DeviceType.GSME),
    FallenName.NETWORK_OPERATOR_KA: (DeviceType.ESME,),
}
"""Which devices encrypt what they report to the owner of a key."""


class StoryPlan(NamedTuple):
    """A story to be written: what falls, how it is mended, on which types of device."""

    key: FallenName
    method: str
    devices: tuple[DeviceType, ...]

    @property
    def key_words(self) -> str:
        """The key, for people."""
        return key_words(self.key)

    @property
    def role(self) -> str:
        """Whose cells are replaced; ``all`` where a root comes with them."""
        assert self.key.role is not None  # noqa: S101 - every key that is offered is a role's
        return "all" if self.method == CONTINGENCY else self.key.role.label

    @property
    def mode(self) -> str:
        """The mode in which the party replaces its own; empty if it has none."""
        own = None if self.key.role is None else _OWN_MODE.get(self.key.role)
        return "" if own is None else own.label

    @property
    def is_broker(self) -> bool:
        """Whether it is the key with which devices are read back that gets replaced."""
        return self.method == CONTINGENCY or self.key.role is _ROLE.ACCESS_CONTROL_BROKER

    @property
    def signs(self) -> bool:
        """Whether an attacker can send commands with the key."""
        cell = self.key.cell
        signing = cell is not None and cell.key_usage is KeyUsage.DIGITAL_SIGNATURE
        return signing or self.key in (FallenName.BROKER_KA, FallenName.ROOT_OCA)

    @property
    def reads(self) -> bool:
        """Whether readings are encrypted to the key, by one of the devices at least."""
        return any(kind in _READERS.get(self.key, ()) for kind in self.devices)


def offered_keys() -> Mapping[str, str]:
    """The keys that can fall in a new story, with what each is."""
    return {name.value: key_words(name) for name in _OFFERED}


def offered_methods(key: FallenName) -> Mapping[str, str]:
    """How a key can be mended; none if no story is offered for it."""
    return {method: METHODS[method] for method in _OFFERED.get(key, ())}


def offered_devices(key: FallenName) -> tuple[DeviceType, ...]:
    """The types of device that hold data of a certificate of the key, in the order of a home."""
    return tuple(kind for kind, cells in _touched(key).items() if cells)


def offered_plans() -> Iterator[StoryPlan]:
    """Every key by every method, on all devices that it concerns."""
    for key, methods in _OFFERED.items():
        for method in methods:
            yield StoryPlan(key, method, offered_devices(key))


def key_words(key: FallenName, organisation: str = "") -> str:
    """A key, for people; of an organisation, if that has a name."""
    return words.fallen_key(key, 1, organisation).removesuffix(" (first generation)")


def _touched(key: FallenName) -> Cells:
    cells = {kind: profile_of(kind, Policy()).cells for kind in HOME}
    return {
        kind: touched_cells(key.key(1), {cell: Credential(cell) for cell in held})
        for kind, held in cells.items()
    }
