"""Every device of a fleet, before anything happens: how many, whose, and of which kind.

The estate is the drill's own, for the story at that number of premises, so that a fleet and a drill
of the same size and seed have the same devices. It is gone through once; what a shard needs of it
is a number for each device.
"""

from array import array
from dataclasses import dataclass
from typing import NamedTuple

from firmware_sim.bench.drills.home_seed import SEED_OCTETS, home_seed_of
from firmware_sim.bench.drills.provisioning import drill_estate, home_plan
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.dut.simulated.premises import MAX_PREMISES
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.run_info import InputText
from firmware_sim.bench.population.estate import CellData, Estate, EstateDevice
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType


class Size(NamedTuple):
    """How large a fleet is.

    Attributes:
        types: the devices of every home, in their order.
        remainder: devices that were asked for and make no whole home.
    """

    premises: int
    types: tuple[DeviceType, ...]
    remainder: int = 0

    @property
    def devices(self) -> int:
        """All of them."""
        return self.premises * len(self.types)


@dataclass(frozen=True, slots=True)
class Census:
    """The devices of a fleet.

    Attributes:
        story: with the fleet's number of premises.
        kind_of: for each device of the estate, in its order, the number of its kind. Devices of one
            kind differ in nothing but their Entity Identifiers and keys.
        kinds: of each kind, its first device.
    """

    story: Story
    size: Size
    seed: int
    estate: Estate
    kind_of: "array[int]"
    kinds: tuple[EstateDevice, ...]


def size_of(story: Story, devices: int) -> Size:
    """The whole premises that so many devices make.

    Raises:
        UsageError: they make none, or more than there are identifiers for.
    """
    types = tuple(home_plan(story, Policy()).cells)
    premises, remainder = divmod(devices, len(types))
    if premises < 1:
        text = f"{devices:,} devices make no premises: the story has {len(types)} in each"
        raise UsageError(text, f"give --devices from {len(types)}")
    if premises > MAX_PREMISES:
        most = MAX_PREMISES * len(types)
        raise UsageError(f"{devices:,} devices have no identifiers", f"give up to {most:,}")
    return Size(premises, types, remainder)


def at_size(story: Story, size: Size) -> Story:
    """The story with that number of premises; shares grow with it, counts stay."""
    if story.population is None:
        return story
    population = story.population.model_copy(update={"premises": size.premises})
    return story.model_copy(update={"population": population})


def take_census(story: Story, size: Size, seed: int, inventory: InputText | None = None) -> Census:
    """Draw the estate and find its kinds.

    Raises:
        UsageError: as `drill_estate`, or a number that is no seed.
    """
    if not 0 <= seed < 1 << 8 * SEED_OCTETS:
        raise UsageError(f"{seed} is no seed", "give a whole number from 0")
    sized, octets = at_size(story, size), seed.to_bytes(SEED_OCTETS, "big")
    estate = drill_estate(
        sized,
        size.premises,
        Policy(),
        seed=octets,
        home_seed=home_seed_of(octets),
        inventory=inventory,
    )
    numbers: dict[object, int] = {}
    kinds: list[EstateDevice] = []
    kind_of = array("I")
    contents = _Contents()
    for device in estate:
        key = _key(device, contents)
        number = numbers.setdefault(key, len(kinds))
        if number == len(kinds):
            kinds.append(device)
        kind_of.append(number)
    return Census(sized, size, seed, estate, kind_of, tuple(kinds))


class _Contents:
    """What cells hold, as something that can be compared; equal contents are looked at once."""

    def __init__(self) -> None:
        # The estate keeps every mapping alive, so that no number is given twice.
        self._known: dict[int, frozenset[object]] = {}

    def of(self, data: CellData) -> frozenset[object]:
        """The contents of a device's cells."""
        found = self._known.get(id(data))
        if found is None:
            found = self._known[id(data)] = frozenset(data.items())
        return found


def _key(device: EstateDevice, contents: _Contents) -> tuple[object, ...]:
    return (
        device.device_type,
        device.smi_status,
        device.responsible_supplier,
        device.network_operator,
        contents.of(device.holds),
        contents.of(device.believed),
    )
