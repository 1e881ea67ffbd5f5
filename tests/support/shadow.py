"""Beside every simulated device that a test makes runs the firmware, and must do the same.

Each input that the simulated device gets, the firmware gets too: its messages, its reason for a
refusal and its whole flash must then be equal. A device that the firmware cannot be set beside is
left alone: another policy than the default, faults, a suite or flash of the test's own, a clock
that shows a year before 1970 or a status of its own.
"""

import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.records import RecordKey, RecordKind
from firmware_sim.machine.machine import Effects, Machine
from firmware_sim.machine.ports import Clock, ClockReading
from firmware_sim.machine.store import open_image
from tests.support.host_device import EngineAnswer, HostDevice
from tests.support.sanitized_device import SanitizedDevice

Firmware = HostDevice | SanitizedDevice

_SHOWN_RECORDS = 3
_FIRST_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Difference(AssertionError):
    """The firmware did something else."""


class Shadow:
    """The firmware beside the simulated devices.

    Attributes:
        counts: how often both powered on, received, ticked; how many devices were left alone.
    """

    def __init__(self, make: Callable[[Geometry], Firmware] = HostDevice) -> None:
        self.counts: Counter[str] = Counter()
        self._make = make
        self._beside: weakref.WeakKeyDictionary[Machine, tuple[NorFlash, Clock, Firmware]] = (
            weakref.WeakKeyDictionary()
        )
        self._idle: dict[Geometry, list[Firmware]] = {}
        self._devices: list[Firmware] = []

    def power_on(self, machine: Machine, flash: NorFlash, clock: Clock, before: bytes) -> None:
        """Set the firmware beside a machine that has just powered on over a flash image."""
        idle = self._idle.setdefault(flash.geometry, [])
        device = idle.pop() if idle else self._made(flash.geometry)
        weakref.finalize(machine, idle.append, device)
        device.load(before)
        if not device.power_on():
            raise Difference("the firmware does not run over this flash")
        self._compare_flash(flash, device, "power_on")
        self._beside[machine] = flash, clock, device

    def act(
        self, machine: Machine, what: str, act: Callable[..., Effects], *octets: bytes | str
    ) -> Any:
        """Let both do something: ``receive`` octets, ``enter`` digits, or ``tick``."""
        flash, clock, device = self._beside.get(machine, (None, None, None))
        if flash is None or clock is None or device is None or not _can_be_told(clock.now()):
            self._beside.pop(machine, None)
            return act(machine, *octets)
        if flash.image() != device.image():
            # A test has changed it past the machine.
            device.load(flash.image())
            device.reopen()
        device.set_clock(clock.now())
        effects = act(machine, *octets)
        self._compare(_answers(effects), getattr(device, what)(*octets))
        self._compare_flash(flash, device, what)
        return effects

    def close(self) -> None:
        """End what has a process of its own."""
        for device in self._devices:
            if isinstance(device, SanitizedDevice):
                device.close()

    def _made(self, geometry: Geometry) -> Firmware:
        self._devices.append(self._make(geometry))
        return self._devices[-1]

    def _compare(self, simulated: EngineAnswer, firmware: EngineAnswer) -> None:
        if simulated != firmware:
            raise Difference(f"simulated: {_shown(simulated)}\nfirmware:  {_shown(firmware)}")

    def _compare_flash(self, flash: NorFlash, device: Firmware, what: str) -> None:
        self.counts[what] += 1
        simulated, firmware = flash.image(), device.image()
        if simulated != firmware:
            raise Difference(f"another flash after {what}: {_records(simulated, firmware)}")
        if device.misuses:
            raise Difference(f"{device.misuses} flash operations that no part allows")


@contextmanager
def shadowed(make: Callable[[Geometry], Firmware] = HostDevice) -> Iterator[Shadow]:
    """While it lasts, the firmware runs beside every machine that is made."""
    shadow = Shadow(make)
    init, receive, tick = Machine.__init__, Machine.receive, Machine.tick
    enter = Machine.enter

    def power_on(machine: Machine, flash: Any, **ports: Any) -> None:
        before = flash.image() if type(flash) is NorFlash else b""
        init(machine, flash, **ports)
        if _can_be_shadowed(flash, ports):
            shadow.power_on(machine, flash, ports["clock"], before)
        else:
            shadow.counts["left alone"] += 1

    with (
        patch.object(Machine, "__init__", power_on),
        patch.object(
            Machine, "receive", lambda *given: shadow.act(given[0], "receive", receive, *given[1:])
        ),
        patch.object(
            Machine, "enter", lambda *given: shadow.act(given[0], "enter", enter, *given[1:])
        ),
        patch.object(Machine, "tick", lambda machine: shadow.act(machine, "tick", tick)),
    ):
        yield shadow
    shadow.close()


def _can_be_told(reading: ClockReading) -> bool:
    """Whether the firmware's clock can show it: a status octet of its own it cannot."""
    return reading.time >= _FIRST_TIME and reading.status is None


def _can_be_shadowed(flash: object, ports: dict[str, Any]) -> bool:
    return (
        type(flash) is NorFlash
        and flash.geometry in NAMED.values()
        and _is_default(ports.get("policy") or Policy())
        and not ports.get("faults")
        and type(ports["suite"]) is P256Suite
        and _can_be_told(ports["clock"].now())
    )


def _is_default(policy: Policy) -> bool:
    """Which cells a device holds is decided when it is provisioned."""
    cells = ("chf_transitional_cos", "gpf_wan_provider", "esme_load_controller")
    return replace(policy, **{name: getattr(Policy(), name) for name in cells}) == Policy()


def _answers(effects: Effects) -> EngineAnswer:
    refusal = effects.refusal
    return EngineAnswer(effects.messages, 0 if refusal is None else int(refusal.reason))


def _shown(answers: EngineAnswer) -> str:
    return f"reason {answers.reason}, {[octets.hex() for octets in answers.messages]}"


def _records(simulated: bytes, firmware: bytes) -> str:
    """The first records that differ, by key; there are no secrets but those of tests."""
    one, other = _live(simulated), _live(firmware)
    keys = [key for key in sorted(one | other) if one.get(key) != other.get(key)]
    shown = (
        f"{key}: {one.get(key, b'').hex()} / {other.get(key, b'').hex()}"
        for key in keys[:_SHOWN_RECORDS]
    )
    return "; ".join(shown) or "the same records, stored otherwise"


def _live(image: bytes) -> dict[RecordKey, bytes]:
    _, store = open_image(image)
    return {key: body for kind in RecordKind for key, body in store.items(kind)}
