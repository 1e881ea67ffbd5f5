"""Wrong values of a device: with each, the answer to a use of keys must be another one."""

from collections.abc import Iterator
from dataclasses import replace

from firmware_sim.bench.experiments.conformance.use_state import UseState
from firmware_sim.devices.meter_values import MeterValues
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.use_cases import CS01A, CS01B

_OTHER_VALUE = bytes.fromhex("1100")


def other_uses(use: UseState | None) -> Iterator[tuple[str, UseState]]:
    """One value wrong at a time, in words and as a state; every one of them must show."""
    if use is None or not use.given:
        return
    for wrong, values in _other_values(use.values):
        yield wrong, replace(use, values=values)
    if use.faults:
        yield "no fault", replace(use, faults=frozenset())


def after_command(use: UseState | None, command: Message) -> UseState | None:
    """The values of a meter that has answered this very top-up before."""
    if use is None or command.code not in (CS01A, CS01B):
        return use
    counters = (command.counter,)
    values = replace(use.values, spent_counters=(), answered_counters=counters)
    return replace(use, values=values)


def is_spent(use: UseState | None) -> bool:
    """Whether the state says that the UTRN was credited before."""
    return use is not None and bool(use.values.spent_counters)


def _other_values(values: MeterValues) -> Iterator[tuple[str, MeterValues]]:
    for name in values.registers:
        registers = {**values.registers, name: _OTHER_VALUE}
        yield "another register value", replace(values, registers=registers)
    for name in values.failing:
        failing = {each: result for each, result in values.failing.items() if each != name}
        registers = {**values.registers, name: _OTHER_VALUE}
        yield "no failing object", replace(values, registers=registers, failing=failing)
    if values.balance:
        yield "another balance", replace(values, balance=values.balance + 1)
    if values.spent_counters:
        yield "an unspent UTRN", replace(values, spent_counters=())
    yield from _other_firmware(values)


def _other_firmware(values: MeterValues) -> Iterator[tuple[str, MeterValues]]:
    if values.firmware_version != MeterValues().firmware_version:
        version = bytes(octet ^ 1 for octet in values.firmware_version)
        yield "another firmware version", replace(values, firmware_version=version)
    if values.image is not None:
        version, digest = values.image
        other = bytes(octet ^ 1 for octet in digest)
        yield "another image", replace(values, image=(version, other))
        yield "no image", replace(values, image=None)
