"""From the words of ``--target`` to a target."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from firmware_sim.bench.dut.board.emulated import emulated_target
from firmware_sim.bench.dut.board.names import (
    EmulatedName,
    SerialName,
    board_target,
    check_default_policy,
)
from firmware_sim.bench.dut.board.serial_line import device_type_at, serial_target
from firmware_sim.bench.dut.mqtt.broker import embedded_broker
from firmware_sim.bench.dut.mqtt.broker_access import mqtt_options
from firmware_sim.bench.dut.mqtt.target import mqtt_target
from firmware_sim.bench.dut.simulated.target import MemoryTarget
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

MEMORY = "memory"
EMBEDDED = "mqtt"


def check_target(target: str, policy: Policy) -> None:
    """Refuse what can be seen to be wrong before anything is connected.

    Raises:
        UsageError: no such target, or one that cannot follow the policy.
    """
    if board_target(target) is not None:
        check_default_policy(policy)
    else:
        broker_options(target)


def device_types_at(target: str) -> frozenset[DeviceType] | None:
    """The device types that a target has; None if it takes any that it is given.

    Raises:
        BenchError: no board answers there.
    """
    name = board_target(target)
    return frozenset((device_type_at(name),)) if isinstance(name, SerialName) else None


def broker_options(target: str) -> MqttOptions | None:
    """How to reach the broker that ``--target`` names; None if it names none.

    Raises:
        UsageError: neither ``memory``, ``mqtt`` nor the URL of a broker.
    """
    if target in (MEMORY, EMBEDDED):
        return None
    if "://" not in target:
        raise UsageError(
            f"{target!r} is no target", "use memory, mqtt, mqtt://HOST, board:NAME or serial:URL"
        )
    return mqtt_options(target)


@asynccontextmanager
async def open_target(target: str, premises: Iterable[Premises]) -> AsyncIterator[Target]:
    """The target, connected, for as long as the context lasts.

    Args:
        target: ``memory``; ``mqtt`` for the embedded broker; ``mqtt://HOST`` for one that runs;
            ``board:NAME`` for emulated boards; ``serial:URL`` for one at the end of a line.
        premises: the simulated devices. A board is provisioned as the one it stands for.

    Raises:
        UsageError: no such target.
        BenchError: the broker or board is not there, or something is not installed.
    """
    name = board_target(target)
    if isinstance(name, EmulatedName):
        async with emulated_target(premises, name) as boards:
            yield boards
        return
    if isinstance(name, SerialName):
        async with serial_target(premises, name) as board:
            yield board
        return
    options = broker_options(target)
    if options is not None:
        async with mqtt_target(premises, options, welcomes_guests=True) as connected:
            yield connected
    elif target == MEMORY:
        async with MemoryTarget(premises) as local:
            yield local
    else:
        # amqtt drops a connection that subscribes while another one does.
        async with (
            embedded_broker() as embedded,
            mqtt_target(premises, embedded, at_once=1) as connected,
        ):
            yield connected
