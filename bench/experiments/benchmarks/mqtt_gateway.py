"""The gateway of the MQTT benchmark: a process of its own, with native meters or none.

Whatever it is asked over its pipe, it answers with the CPU time that it has taken so far.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from time import process_time
from typing import Final, NamedTuple, Self

from firmware_sim.bench.dut.clock import StillClock, posix_seconds
from firmware_sim.bench.dut.native.device import geometry_name
from firmware_sim.bench.dut.native.factory import NativeFactory
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.benchmarks.workload import AT, NAME, SEED
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.links.gateway.hub import GatewayDeviceLink
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.engine.device import STORE_OK, EngineDevice
from firmware_sim.hw.engine.finding import engine_file
from firmware_sim.hw.engine.library import engine_at

_START_SECONDS: Final = 300.0
_END_SECONDS: Final = 10.0
ANSWER_OCTETS: Final = 530
"""Of the payload of a response without meters: a whole one then has as many as a meter's."""

CODE: Final = MessageCode(0x0008)
"""Of commands and responses without meters; nobody looks at it."""


class Served(NamedTuple):
    """What the gateway is to serve.

    Attributes:
        is_native: by meters of the engine; otherwise every command has a ready answer.
    """

    options: MqttOptions
    entities: tuple[EntityId, ...]
    party: EntityId
    is_native: bool


class GatewayProcess:
    """The process, for as long as its context lasts.

    Raises:
        BenchError: it does not start.
    """

    def __init__(self, served: Served) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(theirs, served), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        try:
            self.cpu()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def cpu(self) -> float:
        """CPU seconds that it has taken."""
        return float(self._ask("cpu"))

    def renew(self) -> None:
        """Give every meter its first image again, and power."""
        self._ask("renew")

    def _ask(self, what: str) -> float:
        try:
            self._line.send(what)
            if not self._line.poll(_START_SECONDS):
                raise BenchError("the gateway of the benchmark does not answer")
            answer = self._line.recv()
        except (EOFError, OSError) as error:
            raise BenchError("the gateway of the benchmark has ended") from error
        if isinstance(answer, BenchError):
            raise answer
        return float(answer)

    def _end(self) -> None:
        self._line.close()
        self._process.join(_END_SECONDS)
        if self._process.is_alive():
            self._process.kill()


class NativeMeters:
    """Meters of the engine in this process, as a handler of the link."""

    def __init__(self, entities: Sequence[EntityId]) -> None:
        with board_trouble_as_bench_error():
            library = engine_at(engine_file())
        name = geometry_name(PROFILES[DeviceType.ESME].geometry)
        self._devices = {
            entity: EngineDevice(library, name, is_checked=False) for entity in entities
        }
        factory = NativeFactory(DrillPki.generate(NAME), DeviceType.ESME, SEED)
        factory.make(library, list(self._devices.values()), entities)
        library.share(True, True)
        self._images = {entity: device.image() for entity, device in self._devices.items()}
        self.renew()

    def renew(self) -> None:
        """As they left the factory, with power and the time."""
        now = StillClock(AT).now()
        for entity, device in self._devices.items():
            device.load(self._images[entity])
            if device.power_on() != STORE_OK:
                raise BenchError("the firmware does not start from its first image")
            device.set_clock(posix_seconds(now), now.reliability)

    def __call__(self, entity: EntityId, octets: bytes) -> Sequence[bytes]:
        return self._devices[entity].receive(octets).messages


class ReadyAnswers:
    """A response for each device that was made before, whatever it is sent."""

    def __init__(self, entities: Sequence[EntityId], party: EntityId) -> None:
        payload = b"\x30" + bytes(ANSWER_OCTETS - 1)
        self._answers = {
            entity: (Message(CraFlag.RESPONSE, 1, entity, party, CODE, payload).build(),)
            for entity in entities
        }

    def renew(self) -> None:
        """There is nothing to renew."""

    def __call__(self, entity: EntityId, octets: bytes) -> Sequence[bytes]:  # noqa: ARG002
        return self._answers[entity]


def _run(line: Connection, served: Served) -> None:
    """Serve until the other end is closed. Ctrl-C is the parent's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_serve(line, served))
    except (BenchError, LinkError) as error:
        with suppress(OSError):
            line.recv()
            line.send(error if isinstance(error, BenchError) else BenchError(str(error)))


async def _serve(line: Connection, served: Served) -> None:
    entities = served.entities
    meters: NativeMeters | ReadyAnswers
    meters = NativeMeters(entities) if served.is_native else ReadyAnswers(entities, served.party)
    link = GatewayDeviceLink(entities[0], entities, served.options, lasting=False)
    async with link:
        closed = _answered(line, meters.renew)
        serving = asyncio.create_task(link.serve(meters))
        await asyncio.wait({closed, serving}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def _answered(line: Connection, renew: Callable[[], None]) -> asyncio.Future[None]:
    """Answer what is asked over the pipe; the future is done when it is closed."""
    loop = asyncio.get_running_loop()
    closed: asyncio.Future[None] = loop.create_future()

    def answer() -> None:
        try:
            if line.recv() == "renew":
                renew()
            line.send(process_time())
        except (EOFError, OSError):
            loop.remove_reader(line.fileno())
            closed.set_result(None)

    loop.add_reader(line.fileno(), answer)
    return closed
