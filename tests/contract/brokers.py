"""Real brokers for tests: amqtt in this process, and Mosquitto as a process of its own."""

import asyncio
import getpass
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from firmware_sim.bench.dut.mqtt.broker import EmbeddedBroker
from firmware_sim.devices.links.mqtt_options import MqttOptions

HOST = "127.0.0.1"
_START_SECONDS = 60.0


class Broker(Protocol):
    """A broker that a test may cut down and bring back."""

    @property
    def options(self) -> MqttOptions: ...

    async def start(self) -> None: ...

    async def die(self) -> None:
        """Stop without a farewell to anybody."""


class AmqttBroker:
    """Ours. It has no process to kill, and remembers nothing over a stop."""

    def __init__(self) -> None:
        self._broker = EmbeddedBroker()

    @property
    def options(self) -> MqttOptions:
        return self._broker.options

    async def start(self) -> None:
        await self._broker.start()

    async def die(self) -> None:
        await self._broker.stop()


class MosquittoBroker:
    """A Mosquitto that saves every change, so that it remembers what it knew before SIGKILL.

    Args:
        saved_after: so many changes; None for one that has forgotten everything after it.
    """

    def __init__(
        self,
        program: Path,
        folder: Path,
        settings: Sequence[str] = (),
        *,
        saved_after: int | None = 1,
    ) -> None:
        self._saved_after = saved_after
        self._program = program
        self._folder = folder
        self._settings = tuple(settings) or ("allow_anonymous true",)
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def options(self) -> MqttOptions:
        return MqttOptions(HOST, self._port)

    async def start(self) -> None:
        saving = (
            "persistence true",
            f"persistence_location {self._folder}/",
            f"autosave_interval {self._saved_after}",
            "autosave_on_changes true",
        )
        lines = (
            f"listener {self._port} {HOST}",
            f"user {getpass.getuser()}",
            *(saving if self._saved_after else ()),
            "log_dest stderr",
            *self._settings,
        )
        configuration = self._folder / "mosquitto.conf"
        configuration.write_text("\n".join(lines) + "\n")
        self._process = self._spawn(configuration)
        await self._listening()

    async def die(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)

    def _spawn(self, configuration: Path) -> subprocess.Popen[bytes]:
        with (self._folder / "mosquitto.log").open("ab") as log:
            command: list[str | Path] = [*_die_with_us(), self._program, "-c", configuration]
            return subprocess.Popen(command, stdout=log, stderr=log)

    async def _listening(self) -> None:
        async with asyncio.timeout(_START_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection(HOST, self._port)
                except OSError:
                    assert self._process is not None
                    log = self._folder / "mosquitto.log"
                    assert self._process.poll() is None, log.read_text()
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    await writer.wait_closed()
                    return


def _die_with_us() -> list[str]:
    """A test run that is killed leaves no broker behind, where util-linux can see to it."""
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "KILL"]


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
