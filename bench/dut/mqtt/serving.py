"""Running a device behind a broker until it is stopped."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firmware_sim.bench.dut.mqtt.broker import embedded_broker
from firmware_sim.bench.dut.mqtt.device_host import DeviceHost
from firmware_sim.devices.links.mqtt_options import MqttOptions


@asynccontextmanager
async def reached_broker(options: MqttOptions | None) -> AsyncIterator[MqttOptions]:
    """The broker that is named, or one of our own for as long as the context lasts.

    Raises:
        BenchError: the embedded one is not installed.
    """
    if options is not None:
        yield options
        return
    async with embedded_broker() as own:
        yield own


def stopped_by_signal() -> asyncio.Event:
    """Set by SIGINT or SIGTERM, from now on and as long as the loop runs."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def serve_until(stopped: asyncio.Event, host: DeviceHost) -> None:
    """Serve until the event is set.

    Raises:
        LinkError, BenchError: as `DeviceHost.run`.
    """
    running, stopping = asyncio.create_task(host.run()), asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        running.cancel()
        stopping.cancel()
        await asyncio.gather(running, stopping, return_exceptions=True)


def url_of(options: MqttOptions) -> str:
    """The broker as others are to name it."""
    name = "" if options.username is None else f"{options.username}@"
    return str(options).replace("://", f"://{name}", 1)
