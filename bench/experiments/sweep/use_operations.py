"""Operations of the uses of keys: top-ups by command and by hand, activations, readings, changes.

A top-up that is cut must leave both balance and cache entry, or neither: else the customer has the
credit twice, or has lost it.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256

from firmware_sim.bench.commands.compose import Content
from firmware_sim.bench.commands.use_requests import (
    activate_firmware,
    arm_supply,
    change_tenancy,
    reading,
)
from firmware_sim.bench.commands.uses import top_up
from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.sweep.operation import (
    Operation,
    Trigger,
    TriggerKind,
    accepted,
    named,
)
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.dlms_protection import Titles
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import (
    CCS05,
    CS01A,
    CS01B,
    CS06,
    ECS17B,
    ECS17C,
    ECS52,
    GCS09,
    GCS13A,
    GCS38,
    GCS39,
    GCS61,
)
from firmware_sim.gbcs.uses import USES
from firmware_sim.gbcs.utrn import COUNTER_STEP
from firmware_sim.machine.image.layout import TOP_UP_PLACES
from firmware_sim.machine.image.records import Record
from firmware_sim.machine.image.use_records import TopUp, TopUpFlag
from firmware_sim.machine.ports import ClockReading, ClockReliability

_READINGS = (ECS52, ECS17B, ECS17C, GCS38, GCS13A, GCS61, CCS05)
_IMAGE_HASH = sha256(b"a firmware image").digest()
_VERSION = bytes.fromhex("00000002")
_DUE = START + timedelta(days=1)
_COUNTER = 200 * COUNTER_STEP
_Arrange = Callable[[AllParties, Device], Trigger]


def use_operations(device_type: DeviceType) -> Iterator[Operation]:
    """Every use of keys that such a device carries out."""
    for code in _READINGS:
        if executes(device_type, code):
            yield named(device_type, f"use/read-{code:04x}", _reading(code), code)
    yield from _changes(device_type)
    for code in (CS01A, CS01B):
        if executes(device_type, code):
            yield from _top_ups(device_type, code)
    if executes(device_type, CS06):
        yield from _activations(device_type)


def _sent(parties: AllParties, device: Device, content: Content, counter: int) -> Trigger:
    return Trigger(TriggerKind.RECEIVE, parties.use(device, content, counter).build())


def _reading(code: MessageCode) -> _Arrange:
    def arrange(parties: AllParties, device: Device) -> Trigger:
        counter, sender = parties.next_counter(), USES[code].askers[0]
        titles = Titles(counter, parties.originator(sender), device.entity_id)
        return _sent(parties, device, reading(code, sender, titles, device.device_type), counter)

    return arrange


def _changes(device_type: DeviceType) -> Iterator[Operation]:
    for code, name, content in (
        (GCS39, "arm-supply", arm_supply()),
        (GCS09, "change-tenancy", change_tenancy(1)),
    ):

        def arrange(parties: AllParties, device: Device, content: Content = content) -> Trigger:
            return _sent(parties, device, content, parties.next_counter())

        if executes(device_type, code):
            yield named(device_type, f"use/{name}", arrange, code)


def _top_ups(device_type: DeviceType, code: MessageCode) -> Iterator[Operation]:
    def credited(parties: AllParties, device: Device) -> Trigger:
        digits = parties.utrn(device, _COUNTER)
        return _sent(parties, device, top_up(device_type, _COUNTER, digits), _COUNTER)

    def credited_with_a_full_cache(parties: AllParties, device: Device) -> Trigger:
        flags = TopUpFlag.CREDITED | TopUpFlag.ANSWERED
        entries = (TopUp(place, 1 + place, flags) for place in range(TOP_UP_PLACES))
        _store(device, *entries)
        return credited(parties, device)

    def entered(parties: AllParties, device: Device) -> Trigger:
        digits = parties.utrn(device, COUNTER_STEP)
        return Trigger(TriggerKind.ENTER, digits)

    def refused(parties: AllParties, device: Device) -> Trigger:
        digits = parties.utrn(device, _COUNTER + COUNTER_STEP)
        return _sent(parties, device, top_up(device_type, _COUNTER, digits), _COUNTER)

    def entry_refused(parties: AllParties, device: Device) -> Trigger:
        return Trigger(TriggerKind.ENTER, parties.utrn(device, 2000 * COUNTER_STEP))

    yield named(device_type, "use/top-up", credited, code)
    yield named(device_type, "use/top-up-full-cache", credited_with_a_full_cache, code)
    yield named(device_type, "use/enter-utrn", entered, code)
    yield named(device_type, "refuse/top-up", refused, code)
    yield named(device_type, "refuse/enter-utrn", entry_refused, code)


def _activations(device_type: DeviceType) -> Iterator[Operation]:
    def asked(parties: AllParties, device: Device, *, is_later: bool = False) -> Trigger:
        counter = parties.next_counter()
        due = _DUE if is_later else None
        content = activate_firmware(device_type, _IMAGE_HASH, counter, due)
        return _sent(parties, device, content, counter)

    def now(parties: AllParties, device: Device) -> Trigger:
        _hold_image(device)
        return asked(parties, device)

    def later(parties: AllParties, device: Device) -> Trigger:
        return asked(parties, device, is_later=True)

    def cancelled(parties: AllParties, device: Device) -> Trigger:
        accepted(device, later(parties, device).octets)
        counter = parties.next_counter()
        content = activate_firmware(device_type, _IMAGE_HASH, counter, NEVER)
        return _sent(parties, device, content, counter)

    def due(parties: AllParties, device: Device) -> Trigger:
        _hold_image(device)
        accepted(device, later(parties, device).octets)
        parties.clock.put(ClockReading(_DUE, ClockReliability.RELIABLE))
        return Trigger(TriggerKind.TICK)

    for name, arrange in (("now", now), ("later", later), ("cancel", cancelled), ("due", due)):
        yield named(device_type, f"use/activate-{name}", arrange, CS06)


def _hold_image(device: Device) -> None:
    meter = device.machine.state.meter
    image = meter._replace(image_version=_VERSION, image_hash=_IMAGE_HASH, image_held=True)
    _store(device, image)


def _store(device: Device, *records: Record) -> None:
    """Records that the device would come to hold in a longer life."""
    changes = device.machine.state.changes()
    changes.put(*records)
    changes.commit()
