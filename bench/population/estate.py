"""Every device of a population as it stands: its owner, what its cells hold, what is believed.

Two things are kept apart: what a cell *holds*, which only the device and this bench know, and what
it is *believed* to hold by those who keep the inventory. SEC L10.30(a)(ii) counts both.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple

from firmware_sim.bench.population.schema import DCC, LOAD_CONTROLLER
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId


class HeldData(NamedTuple):
    """Whose certificate a cell's data come from.

    Attributes:
        organisation: its Subscriber's name in the story; ``dcc`` for every role of the DCC.
        issued_for: the cell that it was issued for, mostly the one that holds it.
        generation: of its key, from 1.
        issuer: generation of the Issuing OCA, and of the root, above it; 0 if the data are of a
            certificate that no authority of the drill issued.
    """

    organisation: str
    issued_for: TrustAnchorCellId
    generation: int = 1
    issuer: int = 1


CellData = Mapping[TrustAnchorCellId, HeldData]
"""What cells hold, or are believed to hold."""


@dataclass(frozen=True, slots=True)
class EstateDevice:
    """One device.

    Attributes:
        premises: number of its home, from 0.
        responsible_supplier: by `responsible_side`.
        network_operator: of its home.
        holds: what its cells hold.
        believed: what the inventory says that they hold; empty if it says nothing.
    """

    entity_id: EntityId
    device_type: DeviceType
    premises: int
    smi_status: SmiStatus
    responsible_supplier: str
    network_operator: str
    holds: CellData
    believed: CellData

    def organisation(self, role: RemotePartyRole) -> str:
        """Whose certificates belong into the cells of that role."""
        return owner_of(role, self.responsible_supplier, self.network_operator)


def owner_of(role: RemotePartyRole, supplier: str, network_operator: str) -> str:
    """Which organisation is meant by a role, at a device of these two."""
    own = {
        RemotePartyRole.SUPPLIER: supplier,
        RemotePartyRole.NETWORK_OPERATOR: network_operator,
        RemotePartyRole.LOAD_CONTROLLER: LOAD_CONTROLLER,
    }
    return own.get(role, DCC)


_GAS: Final = frozenset({DeviceType.GSME, DeviceType.GPF})

RESPONSIBLE_SUPPLIER_RULE: Final = (
    "the Responsible Supplier of a GSME or GPF is the home's gas supplier, of every other device "
    "its supplier of electricity"
)
"""An assumption, to be printed: the definition stands in SEC Section A, which was not at hand. A
Communications Hub Function serves both fuels."""


def is_gas_side(kind: DeviceType) -> bool:
    """Whether the home's gas supplier is responsible for such a device."""
    return kind in _GAS


class Estate:
    """All devices, in a fixed order. It does not change: what happens makes a new one.

    Attributes:
        drawn: devices that chance gave another SMI Status or wrong certificates; a story's later
            draws leave these out, so that no device stands for two things.
    """

    def __init__(
        self, devices: Iterable[EstateDevice], drawn: frozenset[EntityId] = frozenset()
    ) -> None:
        self.drawn = drawn
        self._devices = MappingProxyType({each.entity_id: each for each in devices})

    def __iter__(self) -> Iterator[EstateDevice]:
        return iter(self._devices.values())

    def __len__(self) -> int:
        return len(self._devices)

    def __contains__(self, entity: object) -> bool:
        return entity in self._devices

    def __getitem__(self, entity: EntityId) -> EstateDevice:
        return self._devices[entity]

    def replaced(self, entity: EntityId, data: CellData, *, known: bool) -> "Estate":
        """As it is after cells of one device were replaced.

        Args:
            data: what these cells hold now.
            known: whether the inventory learns of it; an attacker's doing stays unknown.
        """
        return self.all_replaced({entity: data}, known=known)

    def all_replaced(self, changes: Mapping[EntityId, CellData], *, known: bool) -> "Estate":
        """The same for many devices at once."""

        def after(device: EstateDevice) -> EstateDevice:
            data = changes.get(device.entity_id)
            if data is None:
                return device
            believed = {**device.believed, **data} if known else device.believed
            return replace(device, holds={**device.holds, **data}, believed=believed)

        return self.changed(after)

    def with_status(self, entities: Iterable[EntityId], status: SmiStatus) -> "Estate":
        """As it is after the SMI Status of some devices was set."""
        chosen = frozenset(entities)
        return self.changed(
            lambda each: replace(each, smi_status=status) if each.entity_id in chosen else each
        )

    def only(self, entities: Collection[EntityId]) -> "Estate":
        """Those of its devices that are among some."""
        return Estate((each for each in self if each.entity_id in entities), self.drawn)

    def changed(self, change: Callable[[EstateDevice], EstateDevice]) -> "Estate":
        """As it is after each device was changed in this way."""
        return Estate((change(each) for each in self), self.drawn)
