"""What chance gives the devices of a fleet: the drill's own draws, over all of its devices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.conditions import DrillConditions
from firmware_sim.bench.drills.drill_estate import Filled, credentials_of
from firmware_sim.bench.drills.lots import draw, leaves_to_chance
from firmware_sim.bench.drills.ownership import Ownership
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.experiments.fleet.census import Census
from firmware_sim.bench.population.estate import CellData, Estate
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy


def drawn_conditions(census: Census) -> DrillConditions:
    """Which devices cannot be reached, meet a fault, or an attacker.

    Raises:
        UsageError: as `firmware_sim.bench.drills.lots.draw`.
    """
    paper = _OnPaper(census)
    if leaves_to_chance(census.story):
        draw(paper, census.story, census.seed)
    return paper.conditions


@dataclass(slots=True)
class _OnPaper:
    """The devices of a fleet, none of which is made: a `Drawing`."""

    census: Census
    contacts: Sequence[DeviceContact] = ()
    conditions: DrillConditions = field(default_factory=DrillConditions)
    held: Mapping[EntityId, Filled] = field(init=False)
    believed: Mapping[EntityId, Filled] = field(init=False)
    target: Target = field(default_factory=lambda: DevicesTarget({}, _none))
    ownership: Ownership = field(init=False)

    def __post_init__(self) -> None:
        estate, types = self.census.estate, self.census.size.types
        cells = {kind: frozenset(profile_of(kind, Policy()).cells) for kind in types}
        if leaves_to_chance(self.census.story):
            self.contacts = [
                DeviceContact(each.entity_id, each.device_type, cells[each.device_type], b"", b"")
                for each in estate
            ]
        self.held = _Cells(estate, is_believed=False)
        self.believed = _Cells(estate, is_believed=True)
        self.ownership = Ownership(self.census.story.population, estate)

    @property
    def estate(self) -> Estate:
        return self.census.estate


class _Cells(Mapping[EntityId, Filled]):
    """What the cells of each device hold, as a drill keeps it; made when it is asked for."""

    def __init__(self, estate: Estate, *, is_believed: bool) -> None:
        self._estate = estate
        self._is_believed = is_believed
        self._known: dict[int, Filled] = {}

    def __getitem__(self, entity: EntityId) -> Filled:
        device = self._estate[entity]
        data: CellData = device.believed if self._is_believed else device.holds
        found = self._known.get(id(data))
        if found is None:
            found = self._known[id(data)] = credentials_of(data)
        return found

    def __iter__(self) -> Iterator[EntityId]:
        return (each.entity_id for each in self._estate)

    def __len__(self) -> int:
        return len(self._estate)


async def _none(_device: Device) -> ReachedDevice:
    raise AssertionError("a device on paper is opened")
