"""From the words of ``--target`` to a target."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from bench.errors import UsageError
from bench.targets.broker import embedded_broker
from bench.targets.broker_access import mqtt_options
from bench.targets.memory import MemoryTarget
from bench.targets.mqtt import mqtt_target
from bench.targets.target import Target
from devices.links.mqtt_options import MqttOptions
from devices.premises import Premises

MEMORY = "memory"
EMBEDDED = "mqtt"


def broker_options(target: str) -> MqttOptions | None:
    """How to reach the broker that ``--target`` names; None if it names none.

    Raises:
        UsageError: neither ``memory``, ``mqtt`` nor the URL of a broker.
    """
    if target in (MEMORY, EMBEDDED):
        return None
    if "://" not in target:
        raise UsageError(f"{target!r} is no target", "use memory, mqtt or mqtt://HOST")
    return mqtt_options(target)


@asynccontextmanager
async def open_target(target: str, premises: Iterable[Premises]) -> AsyncIterator[Target]:
    """The target, connected, for as long as the context lasts.

    Args:
        target: ``memory``; ``mqtt`` for the embedded broker; ``mqtt://HOST`` for one that runs.
        premises: the simulated devices.

    Raises:
        UsageError: no such target.
        BenchError: the broker is not there, or the embedded one is not installed.
    """
    options = broker_options(target)
    if options is not None:
        async with mqtt_target(premises, options) as connected:
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
