"""A Mosquitto of our own: on this machine and a free port, for as long as something needs it."""

import asyncio
import getpass
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

from firmware_sim.bench.dut.mqtt.broker import HOST
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.hw.emulators.child import Child

PROGRAM: Final = "mosquitto"

SETTINGS: Final = (
    # Its default leaves Nagle's algorithm on: an answer then waits 40 ms for an acknowledgement.
    "set_tcp_nodelay true",
    "max_inflight_messages 1024",
    "max_queued_messages 20000",
)
"""What a broker for many devices needs beside its defaults (docs/mqtt.md)."""

# Daemons stand in /usr/sbin, which is not on everybody's PATH.
_DAEMON_FOLDERS: Final = "/usr/local/sbin:/usr/sbin:/sbin"
_START_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.02


class Mosquitto:
    """A broker that can be killed and started again on its port. It keeps nothing over that.

    Raises:
        BenchError: it is not installed.
    """

    def __init__(self, folder: Path) -> None:
        program = shutil.which(PROGRAM, path=f"{os.environ.get('PATH', '')}:{_DAEMON_FOLDERS}")
        if program is None:
            raise BenchError(
                "a gateway needs the program mosquitto",
                "apt-get install mosquitto, or name a broker: gateway:mqtt://HOST",
            )
        port = _free_port()
        self.options = MqttOptions(HOST, port)
        configuration = folder / "mosquitto.conf"
        lines = (
            f"listener {port} {HOST}",
            "allow_anonymous true",
            f"user {getpass.getuser()}",
            "log_dest stderr",
            "log_type error",
            *SETTINGS,
        )
        configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._command = (program, "-c", str(configuration))
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """The number of its process, 0 if it does not run."""
        return 0 if self._child is None else self._child.pid

    async def start(self) -> Self:
        """Run, and listen.

        Raises:
            BenchError: it ends, or does not listen in time.
        """
        with board_trouble_as_bench_error():
            child = self._child = Child(self._command)
        loop = asyncio.get_running_loop()
        end = loop.time() + _START_SECONDS
        while child.runs and loop.time() < end:
            try:
                _, writer = await asyncio.open_connection(HOST, self.options.port)
            except OSError:
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                writer.close()
                return self
        complaint = child.complaint()
        self.kill()
        raise BenchError(f"mosquitto does not start: {complaint}", "name a broker that runs")

    def kill(self) -> None:
        """End it at once, without a farewell to anybody."""
        if self._child is not None:
            self._child.kill()
            self._child = None


@asynccontextmanager
async def own_mosquitto() -> AsyncIterator[Mosquitto]:
    """A broker that runs for as long as the context lasts.

    Raises:
        BenchError: it is not installed, or does not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder))
        try:
            yield await broker.start()
        finally:
            broker.kill()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
