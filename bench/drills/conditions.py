"""What chance gives a drill, and what became of its devices under that.

Every draw follows from the seed and what it is for. Devices that one draw takes are left out of the
later ones, so that no device stands for two things.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.planned_faults import BadCertificate, PlannedCuts
from firmware_sim.bench.drills.stolen_uses import StolenUses
from firmware_sim.bench.drills.victims import Victim
from firmware_sim.bench.dut.simulated.credential import Filling
from firmware_sim.bench.population.draw import drawn
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId

Cells = frozenset[TrustAnchorCellId]


class DeviceResult(NamedTuple):
    """What became of one device in one step.

    Attributes:
        replaced: cells that hold what the step was to put there.
        missed: cells that do not.
        is_excused: that is not the device's doing: it holds there what it held.
        maybe: what the missed cells hold if a command was carried out of which nothing was heard.
    """

    fate: DeviceFate
    replaced: Cells
    missed: Cells
    is_excused: bool = False
    maybe: Filling = MappingProxyType({})


class AtSize(NamedTuple):
    """What a drill of representatives takes from the fleet in which they stand for others.

    Attributes:
        devices: how many devices of the fleet each device stands for, itself among them.
        waves: of each step with waves, the number of the wave of each device, from 0.
    """

    devices: Mapping[EntityId, int]
    waves: Mapping[str, Mapping[EntityId, int]]


class DeliveryEffort(NamedTuple):
    """How an update was brought to one device.

    Attributes:
        attempts: how often its command was sent.
        settled: when it was known that it was carried out; None if that is not known.
    """

    attempts: int
    settled: datetime | None


@dataclass(slots=True)
class DrillConditions:
    """The draws of one drill, and the results of its updates.

    Attributes:
        seed: of the drill.
        taken: devices that a draw took.
        unreachable: devices that no message reaches.
        cuts: power cuts that are still to come.
        bad: the bad certificate that a device is sent in a step.
        results: of each update of the parties, by name of the step and by device.
        victims: devices that an attacker of the story comes to, by its number and by device.
        has_stolen: an attacker has a copy of a key.
        stolen_tries: how many devices were sent commands with stolen keys by steps of the story.
        stolen_uses: what these steps got done.
        overtaken: cells in which an attacker's certificates stand, by device.
        exposed: devices that trust a key that fell, or an attacker, as far as the parties know.
        recovered: when each of the others ceased to, after a Compromise.
        excused: cells that hold what they held, for a reason that is not their device's.
        maybe: what cells of a device hold if a command was carried out of which nothing was heard.
        told_rounding: how a part of a device counts stands in the record already.
        at_size: how the devices stand for a fleet; None where they are all devices.
        efforts: of each update of the parties, by name of the step and by device.
    """

    seed: bytes = b""
    taken: set[EntityId] = field(default_factory=set)
    unreachable: frozenset[EntityId] = frozenset()
    cuts: PlannedCuts = field(default_factory=PlannedCuts)
    bad: dict[EntityId, BadCertificate] = field(default_factory=dict)
    results: dict[str, dict[EntityId, DeviceResult]] = field(default_factory=dict)
    victims: dict[int, dict[EntityId, Victim]] = field(default_factory=dict)
    has_stolen: bool = False
    stolen_tries: int = 0
    stolen_uses: StolenUses = field(default_factory=StolenUses)
    overtaken: dict[EntityId, set[TrustAnchorCellId]] = field(default_factory=dict)
    exposed: set[EntityId] = field(default_factory=set)
    recovered: dict[EntityId, datetime] = field(default_factory=dict)
    excused: dict[EntityId, Cells] = field(default_factory=dict)
    maybe: dict[EntityId, Filling] = field(default_factory=dict)
    told_rounding: bool = False
    at_size: AtSize | None = None
    efforts: dict[str, dict[EntityId, DeliveryEffort]] = field(default_factory=dict)
    _open: dict[EntityId, dict[TrustAnchorCellId, DeviceFate]] = field(default_factory=dict)
    """Of every device of an update: cells that were not replaced since, and why not."""

    def draw(
        self, candidates: Iterable[EntityId], count: int, purpose: str
    ) -> tuple[EntityId, ...]:
        """So many of the devices, or all if there are fewer, that no draw has taken before."""
        found = drawn(candidates, count, seed=self.seed, purpose=purpose, taken=self.taken)
        self.taken.update(found)
        return found

    def order(self, devices: Collection[EntityId], purpose: str) -> tuple[EntityId, ...]:
        """All of the devices in an order that chance gives."""
        return drawn(devices, len(devices), seed=self.seed, purpose=purpose)

    def stands_for(self, device: EntityId) -> int:
        """How many devices one counts as."""
        return 1 if self.at_size is None else self.at_size.devices[device]

    def tell(self, step: str, device: EntityId, result: DeviceResult) -> None:
        """What became of a device in a step; a later result for it counts instead."""
        self.results.setdefault(step, {})[device] = result
        still = self._open.setdefault(device, {})
        for cell in result.replaced:
            still.pop(cell, None)
        excused = self.excused.get(device, frozenset()) - result.replaced - result.missed
        self.excused[device] = excused | (result.missed if result.is_excused else frozenset())
        self.maybe.pop(device, None)
        if result.maybe:
            self.maybe[device] = result.maybe
        still.update(dict.fromkeys(result.missed, result.fate))

    def fate(self, device: EntityId) -> DeviceFate:
        """What became of a device in all updates; NOT_ASKED if it was in none."""
        if device not in self._open:
            return DeviceFate.NOT_ASKED
        still = self._open[device].values()
        return next((each for each in _GRAVEST_FIRST if each in still), DeviceFate.RECOVERED)

    def still_open(self, device: EntityId, fates: Collection[DeviceFate]) -> Cells:
        """Cells of a device that were not replaced since, for one of these reasons."""
        still = self._open.get(device, {})
        return frozenset(cell for cell, fate in still.items() if fate in fates)

    def call_off(self, device: EntityId, cells: Cells) -> None:
        """Cells are not to be replaced any more."""
        self.excused[device] = self.excused.get(device, frozenset()) - cells
        for cell in cells:
            self._open.get(device, {}).pop(cell, None)

    def find_done(self, device: EntityId) -> None:
        """The command of which nothing was heard was carried out after all."""
        done = frozenset(self.maybe.pop(device, {}))
        self.excused[device] = self.excused.get(device, frozenset()) - done
        for cell in done:
            self._open[device].pop(cell, None)

    def find_not_done(self, device: EntityId) -> None:
        """The command of which nothing was heard was not carried out."""
        self.maybe.pop(device, None)

    def tell_attack(self, device: EntityId, replaced: Cells) -> None:
        """An attacker replaced these cells of a device."""
        self.overtaken.setdefault(device, set()).update(replaced)
        self.exposed.add(device)
        self.recovered.pop(device, None)

    def recover(self, device: EntityId, at: datetime) -> None:
        """A party has replaced the last cell by which a device was exposed.

        What it was exposed to is counted from the first Compromise, so that a later one changes
        nothing; an attacker who comes back does.
        """
        self.exposed.discard(device)
        self.recovered.setdefault(device, at)

    def give_back(self, device: EntityId, replaced: Cells, at: datetime) -> None:
        """A party replaced these cells of a device; an attacker may have stood in them."""
        if device in self.overtaken:
            self.overtaken[device] -= replaced
        for victims in self.victims.values():
            if device in victims:
                victims[device].give_back(replaced, at)

    @property
    def overheard(self) -> dict[EntityId, list[bytes]]:
        """What attackers have heard on the links of their devices."""
        all_of_them = (each.items() for each in self.victims.values())
        return {device: each.overheard for pairs in all_of_them for device, each in pairs}

    @property
    def left_out(self) -> frozenset[EntityId]:
        """Devices that a stopped wave left out, and that nobody has asked since."""
        return frozenset(each for each in self._open if self.fate(each) is DeviceFate.NOT_ASKED)

    @property
    def updated(self) -> Collection[EntityId]:
        """Every device of an update."""
        return self._open.keys()


_GRAVEST_FIRST = (DeviceFate.FAILED, DeviceFate.UNREACHABLE, DeviceFate.NOT_ASKED)
