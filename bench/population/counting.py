"""Whether there are as many devices as a population takes, before any are drawn."""

from collections.abc import Iterator
from functools import cached_property

from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.population.drawing import HomePlan
from firmware_sim.bench.population.estate import is_gas_side
from firmware_sim.bench.population.schema import DrawnDevices, Misheld, Population
from firmware_sim.bench.population.shares import allotted
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole


def draw_mistakes(population: Population, home: HomePlan) -> Iterator[tuple[Location, str]]:
    """Entries that take more devices than there are, or none; the path of each below `population`.

    What several entries take together is seen only when devices are drawn. To be called for a
    population without other mistakes.
    """
    counts = _Counts(population, home)
    for status, selections in population.smi.items():
        for number, each in enumerate(selections):
            place: Location = ("smi", status.value)
            path = (*place, number) if len(selections) > 1 else place
            yield from _taken(each, counts.owned(each), path)
    for number, entry in enumerate(population.misheld):
        yield from _taken(entry, counts.held(entry), ("misheld", number))


def _taken(each: DrawnDevices, there: int, path: Location) -> Iterator[tuple[Location, str]]:
    number = each.number_of(there)
    if number > there:
        yield path, f"takes {each}, and there are {there:,}"
    elif not number:
        yield path, f"takes {each}, and of {there:,} that is none"


class _Counts:
    def __init__(self, population: Population, home: HomePlan) -> None:
        self._population = population
        self._home = home

    @cached_property
    def _electricity(self) -> dict[str, int]:
        return allotted(self._population.suppliers, self._population.premises)

    @cached_property
    def _gas(self) -> dict[str, int]:
        apart = self._population.gas_suppliers
        return self._electricity if apart is None else allotted(apart, self._population.premises)

    @cached_property
    def _operators(self) -> dict[str, int]:
        return allotted(self._population.network_operators, self._population.premises)

    def owned(self, each: DrawnDevices) -> int:
        """Devices of its types and its supplier."""
        return sum(self._supplied(kind, each.supplier) for kind in self._kinds(each))

    def held(self, entry: Misheld) -> int:
        """Of these, the devices of one organisation with certificates of its role."""
        role = self._population.role_of(entry.at)
        kinds = [kind for kind in self._kinds(entry) if role in self._roles(kind)]
        if role is RemotePartyRole.SUPPLIER and entry.supplier in (None, entry.at):
            return sum(self._supplied(kind, entry.at) for kind in kinds)
        if role is RemotePartyRole.NETWORK_OPERATOR and entry.supplier is None:
            return len(kinds) * self._operators[entry.at]
        # Whose homes both are is not known before they are drawn: at most all of them.
        return len(kinds) * self._population.premises

    def _kinds(self, each: DrawnDevices) -> list[DeviceType]:
        return [kind for kind in self._home.cells if not each.types or kind in each.types]

    def _supplied(self, kind: DeviceType, supplier: str | None) -> int:
        if supplier is None:
            return self._population.premises
        return (self._gas if is_gas_side(kind) else self._electricity).get(supplier, 0)

    def _roles(self, kind: DeviceType) -> set[RemotePartyRole]:
        filled = self._home.filled.get(kind, {})
        return {
            filled[cell].issued_for.role if cell in filled else cell.role
            for cell in self._home.cells[kind]
        }
