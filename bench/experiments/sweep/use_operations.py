"""Operations of the uses of keys: top-ups, states that a command sets, activations of firmware.

Of a top-up balance and spent counter must change together: apart, a loss of power would give
credit twice, or take a token for nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from firmware_sim.bench.commands.compose import Content
from firmware_sim.bench.commands.uses import (
    change_of_tenancy,
    change_supply,
    plain_reading,
    read_registers,
    sampled_data,
    top_up,
)
from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.sweep.operation import (
    Operation,
    Trigger,
    TriggerKind,
    accepted,
    named,
    own_mode,
)
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.dlms_protection import Titles
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.payloads.activation import ActivationCommand
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
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
    use_case_name,
)
from firmware_sim.gbcs.uses import USES
from firmware_sim.gbcs.utrn import COUNTER_STEP
from firmware_sim.machine.image.layout import TOP_UP_PLACES

DUE = START + timedelta(days=1)

_SUPPLIER = RemotePartyRole.SUPPLIER
_Maker = Callable[[AllParties, Device, int], Content]
"""Of what a command says, for an Originator Counter."""

_IMAGE_HASH = bytes(31) + b"\x01"
_VERSION = bytes.fromhex("00000002")


def use_operations(device_type: DeviceType) -> Iterator[Operation]:
    """Those of the uses that a device type executes."""
    for code in (CS01A, CS01B):
        if executes(device_type, code):
            for top_up_act in (_top_up, _top_up_when_full, _enter):
                yield named(device_type, f"use/{top_up_act.__name__[1:]}", top_up_act, code)
            yield named(device_type, "refuse/top_up_answered", _top_up_by_another_key, code)
            yield named(device_type, "refuse/entered", _enter_another_key)
    for code, content in _CONTENTS.items():
        if executes(device_type, code):

            def arrange(parties: AllParties, device: Device, content: _Maker = content) -> Trigger:
                counter = parties.next_counter()
                made = content(parties, device, counter)
                return _receive(parties.use(device, made, counter).build())

            name = use_case_name(code).split("/")[0]
            yield named(device_type, f"use/{name}", arrange, code)
    if executes(device_type, CS06):
        for activate in (_activate, _store, _cancel, _run_due, _void):
            yield named(device_type, f"use/activation{activate.__name__}", activate, CS06)


def _receive(octets: bytes) -> Trigger:
    return Trigger(TriggerKind.RECEIVE, octets)


def _command(parties: AllParties, device: Device, number: int, digits: str) -> bytes:
    counter = number * COUNTER_STEP
    content = top_up(device.device_type, counter, digits.encode())
    return parties.use(device, content, counter).build()


def _good(parties: AllParties, device: Device, number: int) -> bytes:
    return _command(parties, device, number, parties.token(device, number * COUNTER_STEP))


def _top_up(parties: AllParties, device: Device) -> Trigger:
    accepted(device, _good(parties, device, 1))
    return _receive(_good(parties, device, 2))


def _top_up_when_full(parties: AllParties, device: Device) -> Trigger:
    """The oldest entry of the cache gives up its place, and the floor rises to it."""
    for number in range(1, TOP_UP_PLACES + 1):
        accepted(device, _good(parties, device, number))
    return _receive(_good(parties, device, TOP_UP_PLACES + 1))


def _enter(parties: AllParties, device: Device) -> Trigger:
    return Trigger(TriggerKind.ENTER, parties.token(device, 3 * COUNTER_STEP).encode())


def _enter_another_key(parties: AllParties, device: Device) -> Trigger:
    """Counted as one more that was not authentic."""
    digits = parties.token(device, 3 * COUNTER_STEP, by_another_key=True)
    return Trigger(TriggerKind.ENTER, digits.encode())


def _top_up_by_another_key(parties: AllParties, device: Device) -> Trigger:
    """Answered, and its counter spent."""
    digits = parties.token(device, COUNTER_STEP, by_another_key=True)
    return _receive(_command(parties, device, 1, digits))


def _protected(parties: AllParties, device: Device, counter: int) -> Content:
    titles = Titles(counter, parties.originator(_SUPPLIER), device.entity_id)
    return read_registers(device.device_type, titles, _SUPPLIER)


def _plain(code: MessageCode) -> _Maker:
    sender = USES[code].askers[0]
    return lambda _parties, _device, counter: plain_reading(code, counter, sender)


_CONTENTS: Mapping[MessageCode, _Maker] = {
    **{code: _plain(code) for code in (ECS52, ECS17C, CCS05, GCS38)},
    ECS17B: _protected,
    GCS13A: _protected,
    GCS39: lambda _parties, _device, _counter: change_supply(2),
    GCS61: lambda _parties, _device, _counter: sampled_data(),
    GCS09: lambda _parties, _device, _counter: change_of_tenancy(7),
}
"""What the commands say that read or set something, by message code."""


def _activation(parties: AllParties, device: Device, execution: datetime | None) -> bytes:
    counter = parties.next_counter()
    payload = ActivationCommand(_IMAGE_HASH, counter, execution).encode()
    is_hub = device.device_type is DeviceType.CHF
    sender = RemotePartyRole.WAN_PROVIDER if is_hub else _SUPPLIER
    return parties.use(device, Content(CS06, payload, sender), counter).build()


def _hold_image(device: Device) -> None:
    """As after the transfer of an image, which is outside."""
    changes = device.machine.state.changes()
    meter = device.machine.state.meter
    changes.put(meter._replace(image_version=_VERSION, image_hash=_IMAGE_HASH, image_held=True))
    changes.commit()


def _activate(parties: AllParties, device: Device) -> Trigger:
    _hold_image(device)
    return _receive(_activation(parties, device, None))


def _store(parties: AllParties, device: Device) -> Trigger:
    accepted(device, _activation(parties, device, DUE + timedelta(hours=1)))
    return _receive(_activation(parties, device, DUE))


def _cancel(parties: AllParties, device: Device) -> Trigger:
    accepted(device, _activation(parties, device, DUE))
    return _receive(_activation(parties, device, NEVER))


def _run_due(parties: AllParties, device: Device) -> Trigger:
    _hold_image(device)
    accepted(device, _activation(parties, device, DUE))
    parties.clock.advance(int((DUE - START) / timedelta(minutes=1)))
    return Trigger(TriggerKind.TICK)


def _void(parties: AllParties, device: Device) -> Trigger:
    """The key that authorised it is taken away."""
    accepted(device, _activation(parties, device, DUE))
    mode, cells = own_mode(device.device_type)
    return _receive(parties.update(device, mode, cells).build())
