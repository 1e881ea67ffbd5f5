"""The party of the MQTT benchmark: sends every device one command, and hears every answer."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.benchmarks.device import MODES
from firmware_sim.bench.experiments.benchmarks.mqtt_gateway import CODE
from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.devices.links.gateway.party import GatewayPartyLink
from firmware_sim.devices.links.link import Channel
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.hw.engine.batch import Batch, Order
from firmware_sim.hw.engine.library import EngineLibrary

_AT_ONCE: Final = 50
"""Commands that are signed in one call, and answers that are verified in one."""

_SECONDS: Final = 120.0
COMMAND_OCTETS: Final = 3986
"""Of a command without meters: as many as a mode 8 command to a meter has."""


def plain_command(entity: EntityId, party: EntityId) -> bytes:
    """A message of that size that means nothing."""
    short = Message(CraFlag.COMMAND, 1, party, entity, CODE, bytes(300)).build()
    room = COMMAND_OCTETS - len(short) + 300
    return Message(CraFlag.COMMAND, 1, party, entity, CODE, bytes(room)).build()


class PlainCommands:
    """One ready command for each device; any answer is right."""

    def __init__(self, entities: Sequence[EntityId], party: EntityId) -> None:
        self.entities = entities
        self._commands = [plain_command(entity, party) for entity in entities]

    def part(self, start: int, end: int) -> list[bytes]:
        """The commands to these devices."""
        return self._commands[start:end]

    def heard(self, number: int, answer: bytes) -> None:
        """A device answered."""


class SignedCommands:
    """A mode 8 command for each device, signed when it is asked for; answers are verified.

    Raises:
        BenchError: from `heard`, if an answer is not its device's.
    """

    def __init__(self, library: EngineLibrary, workload: Workload) -> None:
        self.entities: Sequence[EntityId] = workload.entities
        self._library = library
        self._order = Order(workload.commands[MODES[0]][0], workload.scalar)
        self._keys = [workload.signing_key(index) for index in range(workload.devices)]
        self._batches: dict[int, tuple[Batch, int]] = {}

    def part(self, start: int, end: int) -> list[bytes]:
        """The commands to these devices; at most `_AT_ONCE`, from a multiple of it on."""
        batch = Batch(self._library, end - start, len(self._order.command))
        batch.compose(self._order, self.entities[start:end])
        self._batches[start // _AT_ONCE] = batch, end - start
        return [batch.command(number) for number in range(end - start)]

    def heard(self, number: int, answer: bytes) -> None:
        """A device answered."""
        part, index = divmod(number, _AT_ONCE)
        batch, missing = self._batches[part]
        batch.heard(index, answer)
        if missing > 1:
            self._batches[part] = batch, missing - 1
            return
        del self._batches[part]
        start = part * _AT_ONCE
        end = min(start + _AT_ONCE, len(self.entities))
        if not all(batch.verify(self.entities[start:end], self._keys[start:end])):
            raise BenchError("a meter's answer is not its own: nothing was measured")


Commands = PlainCommands | SignedCommands


async def exchange(party: GatewayPartyLink, commands: Commands) -> None:
    """Every device gets its command and answers.

    Raises:
        BenchError: an answer is wrong, or does not come.
    """
    entities = commands.entities
    reading = asyncio.create_task(_read(party, commands))
    try:
        async with asyncio.timeout(_SECONDS):
            for start in range(0, len(entities), _AT_ONCE):
                end = min(start + _AT_ONCE, len(entities))
                for entity, octets in zip(
                    entities[start:end], commands.part(start, end), strict=True
                ):
                    await party.post(entity, octets)
                await asyncio.sleep(0)
            await reading
    except TimeoutError as error:
        raise BenchError(f"the devices have not answered in {_SECONDS:g} s") from error
    finally:
        reading.cancel()


async def one_at_a_time(
    party: GatewayPartyLink, commands: Commands, count: int, now: Callable[[], float]
) -> list[float]:
    """Seconds that each of some round trips took, one behind the other."""
    took = []
    messages = aiter(party.messages())
    for entity, octets in zip(commands.entities[:count], commands.part(0, count), strict=False):
        started = now()
        await party.post(entity, octets)
        while (await anext(messages)).channel is not Channel.RESPONSE:
            pass
        took.append(now() - started)
    return took


async def _read(party: GatewayPartyLink, commands: Commands) -> None:
    numbers = {entity: number for number, entity in enumerate(commands.entities)}
    async for arrival in party.messages():
        if arrival.channel is Channel.RESPONSE and arrival.device in numbers:
            commands.heard(numbers.pop(arrival.device), arrival.octets)
        if not numbers:
            return
