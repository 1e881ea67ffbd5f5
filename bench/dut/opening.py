"""From the words of ``--target`` to a device under test, or to the devices of a drill."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from firmware_sim.bench.dut.board.kind import EmulatedBoards, SerialBoard
from firmware_sim.bench.dut.hub_line.kind import BehindHub
from firmware_sim.bench.dut.hub_line.names import WORDS
from firmware_sim.bench.dut.kind import Kind, NamedTarget
from firmware_sim.bench.dut.mqtt.gateway_kind import GATEWAY, BehindGateway
from firmware_sim.bench.dut.mqtt.kind import EMBEDDED, BehindBroker
from firmware_sim.bench.dut.native.kind import NATIVE, NativeDevices
from firmware_sim.bench.dut.simulated.kind import MEMORY, SimulatedDevices
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.premises import Premises

KINDS: Final = (
    Kind(MEMORY, SimulatedDevices.read, gives_new_device=True),
    Kind(NATIVE, NativeDevices.read, gives_new_device=True),
    Kind(EMBEDDED, BehindBroker.read_embedded),
    Kind(GATEWAY, BehindGateway.read),  # before those of a broker, whose URL it may have
    Kind(WORDS, BehindHub.read),  # its words have :// too, and no broker is meant
    Kind("mqtt://HOST", BehindBroker.read_url),
    Kind("board:NAME", EmulatedBoards.read, gives_new_device=True),
    Kind("serial:URL", SerialBoard.read, gives_new_device=True),
)
"""Every kind of device under test. A further one is a row here, and a file that has its class."""


def named_target(target: str) -> NamedTarget:
    """What the words of ``--target`` name.

    Raises:
        UsageError: no such target, or a mistake in its words.
    """
    return _named(target, KINDS, "is no target")


def named_device(target: str) -> NamedTarget:
    """The target that a name means; its ``device()`` is a context that gives one new device.

    Raises:
        UsageError: no such target, or a mistake in its words.
    """
    kinds = [kind for kind in KINDS if kind.gives_new_device]
    return _named(target, kinds, "is no target here")


def named_firmware(target: str) -> NamedTarget:
    """The same where the device is to run firmware: no simulated one will do.

    Raises:
        UsageError: no such target, or a mistake in its words.
    """
    kinds = [kind for kind in KINDS if kind.gives_new_device and kind.words != MEMORY]
    return _named(target, kinds, "runs no firmware")


def _named(target: str, kinds: Sequence[Kind], problem: str) -> NamedTarget:
    for kind in kinds:
        named = kind.read(target)
        if named is not None:
            return named
    *words, last = (kind.words for kind in kinds)
    raise UsageError(f"{target!r} {problem}", f"use {', '.join(words)} or {last}")


def broker_options(target: str) -> MqttOptions | None:
    """How to reach the broker that ``--target`` names; None if it names none.

    Raises:
        UsageError: neither ``memory``, ``mqtt`` nor the URL of a broker.
    """
    named = named_target(target)
    if isinstance(named, EmulatedBoards | SerialBoard | NativeDevices | BehindHub | BehindGateway):
        raise UsageError(f"{target!r} is behind no broker", "use mqtt or mqtt://HOST")
    return named.options if isinstance(named, BehindBroker) else None


@asynccontextmanager
async def open_target(target: str, premises: Iterable[Premises]) -> AsyncIterator[Target]:
    """The devices of a drill; see `NamedTarget.devices`.

    Args:
        target: ``memory``; ``native`` for the firmware in this computer; ``mqtt`` for the embedded
            broker; ``mqtt://HOST`` for one that runs; ``gateway`` for one connection that all
            devices share; ``board:NAME`` for emulated boards;
            ``serial:URL`` for one at the end of a line; ``gfi:…`` for those behind a hub.

    Raises:
        UsageError: no such target.
        BenchError: the broker or board is not there, or something is not installed.
    """
    async with named_target(target).devices(premises) as opened:
        yield opened
