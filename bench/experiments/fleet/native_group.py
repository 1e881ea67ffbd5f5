"""Devices of one course on the native engine, all of them in one call for each input."""

from collections.abc import Sequence
from typing import Final

from firmware_sim.bench.dut.native.device import NativeDevice, geometry_name
from firmware_sim.bench.dut.native.factory import NativeFactory
from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet.groups import (
    ANOTHER_ANSWER,
    NO_ANSWER,
    NOT_GENUINE,
    PublicKeys,
    refused_otherwise,
)
from firmware_sim.bench.experiments.fleet.orders import CourseOrder, DueAnswer
from firmware_sim.bench.experiments.fleet.plan import FleetKind, home_seed
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import OWN_KEY_USAGES
from firmware_sim.hw.engine.batch import Batch
from firmware_sim.hw.engine.batch import Order as BatchOrder
from firmware_sim.hw.engine.device import STORE_OK, EngineDevice
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.ports import ClockReliability

_MOST: Final = 250
_POINT_OCTETS: Final = 65


class NativeGroups:
    """A `GroupEngine` on the native engine, in this process.

    Args:
        seed: of the fleet.
    """

    name = "native"
    most = _MOST

    def __init__(self, library: EngineLibrary, seed: int) -> None:
        self._library = library
        self._pki = DrillPki.generate(seed)
        self._seed = home_seed(seed)
        self._devices: dict[str, list[EngineDevice]] = {}
        # By the number of a kind in memory. They stay here, so that no other one gets that number.
        self._kinds: list[FleetKind] = []
        self._factories: dict[int, NativeFactory] = {}
        self._places: dict[int, list[int]] = {}
        library.share(True, True)

    def make(self, kind: FleetKind, entities: Sequence[EntityId]) -> "NativeGroup":
        geometry = PROFILES[kind.device_type].geometry
        devices = self._of(geometry_name(geometry), len(entities))
        factory = self._factory(kind)
        factory.make(self._library, devices, entities)
        places = self._places_of(kind, entities[0], devices[0])
        keys = [
            PublicKeys(*(device.part(at, _POINT_OCTETS) for at in places)) for device in devices
        ]
        for device in devices:
            if device.power_on() != STORE_OK:
                raise BenchError("the firmware does not start from what it provisioned")
        return NativeGroup(self._library, devices, entities, keys, geometry)

    def _of(self, geometry: str, count: int) -> list[EngineDevice]:
        if geometry not in self._devices:  # as many as ever, so that a worker's start makes them
            made = (EngineDevice(self._library, geometry, is_checked=False) for _ in range(_MOST))
            self._devices[geometry] = list(made)
        return self._devices[geometry][:count]

    def _factory(self, kind: FleetKind) -> NativeFactory:
        found = self._factories.get(id(kind))
        if found is None:
            found = NativeFactory(self._pki, kind.device_type, self._seed, kind.certificates)
            self._kinds.append(kind)
            self._factories[id(kind)] = found
        return found

    def _places_of(self, kind: FleetKind, entity: EntityId, device: EngineDevice) -> list[int]:
        """Where the public keys stand on a first image: the same for all devices of a kind."""
        found = self._places.get(id(kind))
        if found is None:
            image = device.image()
            found = []
            for usage in OWN_KEY_USAGES:
                _, octets = self._pki.issue_device(entity, usage, device_type=kind.device_type)
                found.append(image.index(parse_certificate(octets).public_key))
            self._places[id(kind)] = found
        return found


class NativeGroup:
    """A `Group` of devices of the engine."""

    def __init__(
        self,
        library: EngineLibrary,
        devices: Sequence[EngineDevice],
        entities: Sequence[EntityId],
        keys: Sequence[PublicKeys],
        geometry: Geometry,
    ) -> None:
        self._library = library
        self._devices = devices
        self._entities = entities
        self._agreement = [each.agreement for each in keys]
        self._signing = [each.signing for each in keys]
        self._geometry = geometry
        self._shown: int | None = None

    def follow(self, order: CourseOrder) -> Sequence[str]:
        self._set_clocks(order.at)
        if order.command is None:
            return [self._ticked(device, order) for device in self._devices]
        batch = Batch(self._library, len(self._devices), len(order.command))
        sent = BatchOrder(order.command, order.signer, order.broker)
        batch.compose(sent, self._entities, self._agreement)
        if order.cut is not None:
            self._shown = None  # clocks are unset after the cut
            return [
                self._cut(device, order, batch.command(number), order.cut)
                for number, device in enumerate(self._devices)
            ]
        batch.receive(self._devices)
        return self._judged(order, batch)

    def image(self, number: int) -> bytes:
        return self._devices[number].image()

    def _set_clocks(self, at: int) -> None:
        if at != self._shown:
            for device in self._devices:
                device.set_clock(at, ClockReliability.RELIABLE)
            self._shown = at

    def _ticked(self, device: EngineDevice, order: CourseOrder) -> str:
        answer = device.tick()
        due = 0 if order.due_answer is None else order.due_answer.octets
        octets = sum(4 + len(each) for each in answer.messages)
        return refused_otherwise(order.reason, answer.reason) or _unlike(due, octets)

    def _cut(self, device: EngineDevice, order: CourseOrder, octets: bytes, cut: CutMoment) -> str:
        effects = NativeDevice(device, self._geometry).receive_cut(octets, cut)
        reason = 0 if effects.refusal is None else effects.refusal.reason.value
        return refused_otherwise(order.reason, reason)

    def _judged(self, order: CourseOrder, batch: Batch) -> list[str]:
        due_answer = order.due_answer
        due = 0 if due_answer is None else due_answer.octets
        found = []
        for number, entity in enumerate(self._entities):
            octets = batch.length(number) - 1
            if octets < 0:
                found.append(NO_ANSWER)
                continue
            reason, answer = batch.answer(number)
            problem = refused_otherwise(order.reason, reason) or _unlike(due, octets)
            if not problem and due_answer is not None:
                problem = "" if answer.startswith(due_answer.expected(entity)) else ANOTHER_ANSWER
            found.append(problem)
        if due_answer is None:
            return found
        genuine = self._genuine(order, due_answer, batch)
        return [
            problem or ("" if is_good else NOT_GENUINE)
            for problem, is_good in zip(found, genuine, strict=True)
        ]

    def _genuine(self, order: CourseOrder, due_answer: DueAnswer, batch: Batch) -> list[bool]:
        if due_answer.is_signed:
            return batch.verify(self._entities, self._signing)
        if order.broker is None:
            return [False] * len(self._entities)
        return batch.check_macs(self._entities, self._agreement, order.broker)


def _unlike(due: int, octets: int) -> str:
    """What is wrong about how much a device sent; empty if nothing is."""
    if due == octets:
        return ""
    return ANOTHER_ANSWER if octets else NO_ANSWER
