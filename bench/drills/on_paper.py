"""The devices of a drill before any is made: what chance draws from, and whether it can."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.checking_rules import Found
from firmware_sim.bench.drills.conditions import DrillConditions
from firmware_sim.bench.drills.drill_estate import Filled, credentials_of
from firmware_sim.bench.drills.lots import draw, draw_mistakes, leaves_to_chance
from firmware_sim.bench.drills.ownership import Ownership
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.population.estate import CellData, Estate
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy


def drawn_on_paper(story: Story, estate: Estate, seed: int) -> DrillConditions:
    """Which devices of a fleet cannot be reached, meet a fault, or an attacker.

    Raises:
        UsageError: as `firmware_sim.bench.drills.lots.draw`.
    """
    paper = _OnPaper(story, estate)
    if leaves_to_chance(story):
        draw(paper, story, seed)
    return paper.conditions


def undrawable(story: Story, estate: Estate, seed: int, policy: Policy) -> Iterator[Found]:
    """What a story asks of chance that these devices cannot give, by its place in the story.

    Args:
        estate: the devices that take part.
    """
    if leaves_to_chance(story):
        yield from draw_mistakes(_OnPaper(story, estate, policy), story, seed)


@dataclass(slots=True)
class _OnPaper:
    """Devices of which none is made: a `Drawing`."""

    story: Story
    estate: Estate
    policy: Policy = field(default_factory=Policy)
    contacts: Sequence[DeviceContact] = ()
    conditions: DrillConditions = field(default_factory=DrillConditions)
    held: Mapping[EntityId, Filled] = field(init=False)
    believed: Mapping[EntityId, Filled] = field(init=False)
    target: Target = field(default_factory=lambda: DevicesTarget({}, _none))
    ownership: Ownership = field(init=False)

    def __post_init__(self) -> None:
        if leaves_to_chance(self.story):
            kinds = {each.device_type for each in self.estate}
            cells = {kind: frozenset(profile_of(kind, self.policy).cells) for kind in kinds}
            self.contacts = [
                DeviceContact(each.entity_id, each.device_type, cells[each.device_type], b"", b"")
                for each in self.estate
            ]
        self.held = _Cells(self.estate, is_believed=False)
        self.believed = _Cells(self.estate, is_believed=True)
        self.ownership = Ownership(self.story.population, self.estate)


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
