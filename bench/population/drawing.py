"""An estate from a population and a seed: who has which home, and what is not as it should be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.population.draw import drawn, order_of
from firmware_sim.bench.population.estate import (
    CellData,
    Estate,
    EstateDevice,
    HeldData,
    is_gas_side,
    owner_of,
)
from firmware_sim.bench.population.schema import DrawnDevices, Misheld, Population
from firmware_sim.bench.population.shares import allotted
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId

EntityOf = Callable[[DeviceType, int], EntityId]
"""The Entity Identifier of the device of a type in the premises of a number, from 0."""


class FactoryFilling(NamedTuple):
    """A certificate that a cell leaves the factory with, if not generation 1 of its own party."""

    issued_for: TrustAnchorCellId
    generation: int = 1
    organisation: str = ""
    """Empty for the device's own party in that role."""


@dataclass(frozen=True, slots=True)
class HomePlan:
    """What every home has.

    Attributes:
        cells: the Trust Anchor Cells of each device type, in the order of the devices.
        filled: what its owner and the inventory know to be different, by device type.
    """

    cells: Mapping[DeviceType, Sequence[TrustAnchorCellId]]
    filled: Mapping[DeviceType, Mapping[TrustAnchorCellId, FactoryFilling]] = field(
        default_factory=dict
    )


class TooFewDevicesError(UsageError):
    """An entry of a population takes more devices than those before it left.

    Attributes:
        path: its place below `population`.
    """

    def __init__(self, path: Location, wanted: DrawnDevices, left: int) -> None:
        self.path = path
        words = " ".join(each for each in path if isinstance(each, str))
        text = f"{words} takes {wanted}, and {left:,} are left"
        super().__init__(text, "take fewer, or give more premises")


def estate_of(population: Population, home: HomePlan, entity_of: EntityOf, seed: bytes) -> Estate:
    """The estate at the start of a story; the same seed gives the same one.

    No device is drawn twice: neither for two entries, nor for SMI Status and wrong certificates.

    Raises:
        TooFewDevicesError: more devices are asked for than there are.
    """
    drawing = _Drawing(population, home, seed)
    estate = drawing.devices(entity_of)
    for status, selections in population.smi.items():
        for number, selection in enumerate(selections):
            place: Location = ("smi", status.value)
            path = (*place, number) if len(selections) > 1 else place
            entities = drawing.taken(f"smi {status} {number}", path, selection, estate)
            estate = estate.with_status(entities, status)
    for number, entry in enumerate(population.misheld):
        estate = drawing.misheld(number, entry, estate)
    return Estate(estate, drawing.drawn)


class _Drawing:
    """Gives every home its organisations, every device its cells, and some of them others."""

    def __init__(self, population: Population, home: HomePlan, seed: bytes) -> None:
        self._home = home
        self._population = population
        self._seed = seed
        self._drawn: set[EntityId] = set()
        # Devices of one type and owner hold the same data: one mapping for all of them.
        self._cells = cache(self._cells_of)

    @property
    def drawn(self) -> frozenset[EntityId]:
        """Every device that some draw took."""
        return frozenset(self._drawn)

    def devices(self, entity_of: EntityOf) -> Estate:
        """As every device leaves the factory."""
        electricity = self._homes("suppliers", self._population.suppliers)
        apart = self._population.gas_suppliers
        gas = electricity if apart is None else self._homes("gas suppliers", apart)
        operators = self._homes("network operators", self._population.network_operators)
        return Estate(
            self._device(
                entity_of(kind, number),
                kind,
                number,
                (gas if is_gas_side(kind) else electricity)[number],
                operators[number],
            )
            for number in range(self._population.premises)
            for kind in self._home.cells
        )

    def taken(
        self,
        purpose: str,
        path: Location,
        selection: DrawnDevices,
        devices: Iterable[EstateDevice],
    ) -> tuple[EntityId, ...]:
        """Devices that no draw before took.

        Args:
            path: where the population asks for them.

        Raises:
            TooFewDevicesError: there are not as many.
        """
        candidates = [
            device.entity_id
            for device in devices
            if (not selection.types or device.device_type in selection.types)
            and selection.supplier in (None, device.responsible_supplier)
        ]
        number = selection.number_of(len(candidates))
        found = drawn(candidates, number, seed=self._seed, purpose=purpose, taken=self._drawn)
        if len(found) < number:
            raise TooFewDevicesError(path, selection, len(found))
        self._drawn.update(found)
        return found

    def misheld(self, number: int, entry: Misheld, estate: Estate) -> Estate:
        """The estate after some cells were filled with another organisation's certificates."""
        role = self._population.role_of(entry.at) or RemotePartyRole.SUPPLIER
        own = [
            device
            for device in estate
            if device.organisation(role) == entry.at
            and any(held.issued_for.role is role for held in device.holds.values())
        ]
        changes = {
            entity: {
                cell: held._replace(organisation=entry.hold)
                for cell, held in estate[entity].holds.items()
                if held.issued_for.role is role
            }
            for entity in self.taken(f"misheld {number}", ("misheld", number), entry, own)
        }
        return estate.all_replaced(changes, known=False)

    def _device(
        self, entity: EntityId, kind: DeviceType, premises: int, supplier: str, operator: str
    ) -> EstateDevice:
        cells = self._cells(kind, supplier, operator)
        return EstateDevice(
            entity_id=entity,
            device_type=kind,
            premises=premises,
            smi_status=SmiStatus.COMMISSIONED,
            responsible_supplier=supplier,
            network_operator=operator,
            holds=cells,
            believed=cells,
        )

    def _cells_of(self, kind: DeviceType, supplier: str, operator: str) -> CellData:
        filled = self._home.filled.get(kind, {})
        put = {cell: filled.get(cell, FactoryFilling(cell)) for cell in self._home.cells[kind]}
        return MappingProxyType(
            {
                cell: HeldData(
                    each.organisation or owner_of(each.issued_for.role, supplier, operator),
                    each.issued_for,
                    each.generation,
                )
                for cell, each in put.items()
            }
        )

    def _homes(self, purpose: str, shares: Mapping[str, Fraction]) -> list[str]:
        """The organisation of each home."""
        number = self._population.premises
        names = [name for name, homes in allotted(shares, number).items() for _ in range(homes)]
        order = order_of(number, seed=self._seed, purpose=purpose)
        return [name for _, name in sorted(zip(order, names, strict=True))]
