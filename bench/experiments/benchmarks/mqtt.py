"""How many commands a second go to devices and come back answered, through a real Mosquitto.

Party, broker and gateway are three processes. A rate depends on what else the machine does, so
CPU time is measured beside it, and put in relation to a floor of the same run: what the broker
takes and the codec alone; with cryptography, the bare signatures of both sides too.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, thread_time
from typing import Final, NamedTuple

from firmware_sim.bench.dut.mqtt.mosquitto import Mosquitto, own_mosquitto
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.benchmarks.device import medians, raw_costs
from firmware_sim.bench.experiments.benchmarks.mqtt_gateway import GatewayProcess, Served
from firmware_sim.bench.experiments.benchmarks.mqtt_party import (
    Commands,
    PlainCommands,
    SignedCommands,
    exchange,
    one_at_a_time,
)
from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.bench.smki.parameters import entity_id_of
from firmware_sim.devices.links.gateway.outbox import FIRST_NUMBER, Letter, Outbox
from firmware_sim.devices.links.gateway.packets import PacketStream
from firmware_sim.devices.links.gateway.party import GatewayPartyLink
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.hw.engine.finding import engine_file
from firmware_sim.hw.engine.library import engine_at

TRANSPORT, CRYPTOGRAPHY = "transport only", "both sides' cryptography"
AIMS: Final = {TRANSPORT: 13_000, CRYPTOGRAPHY: 4_500}
"""Answered commands a second, on two cores that do nothing else."""

_MICRO: Final = 1e6
_PACKETS: Final = 4
"""PUBLISH packets that are made and read outside the broker for one command and its answer."""

_ALONE: Final = 200
_CODEC_REPEATS: Final = 500


class MeasuredExchange(NamedTuple):
    """What one kind of exchange took; times are medians of the rounds.

    Attributes:
        per_second: answered commands.
        cpu: microseconds of CPU time a command, by process.
        floor: microseconds a command, by what it is for.
    """

    name: str
    per_second: float
    cpu: dict[str, float]
    floor: dict[str, float]

    @property
    def ratio(self) -> float:
        """CPU time of all processes as a multiple of the floor."""
        return sum(self.cpu.values()) / sum(self.floor.values())

    @property
    def if_alone(self) -> float:
        """Calculated: commands a second, if these processes had two cores to themselves."""
        return 2 * _MICRO / sum(self.cpu.values())


class MqttMeasured(NamedTuple):
    """Result of a run.

    Attributes:
        alone: microseconds of one round trip with nothing else under way, median.
        load: processes that waited for a core when it began, as the system counts them.
    """

    devices: int
    rounds: int
    load: float
    alone: float
    exchanged: tuple[MeasuredExchange, ...]


def measure_mqtt(
    devices: int, rounds: int, on_round: Callable[[int], None] = lambda _: None
) -> MqttMeasured:
    """Measure; one round more comes first and does not count.

    Raises:
        BenchError: no Mosquitto, no engine, no codec; or an answer was wrong.
    """
    with board_trouble_as_bench_error():
        library = engine_at(engine_file())
    load = os.getloadavg()[0]
    workload = Workload.prepare(devices)
    entities, party = tuple(workload.entities), entity_id_of(RemotePartyRole.RECOVERY)
    raw: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, cost in raw_costs(workload):
            raw.setdefault(name, []).append(cost)
    costs = medians(raw)
    signatures = 2 * (costs["sign"] + costs["verify"])
    plain, signed = PlainCommands(entities, party), SignedCommands(library, workload)
    codec = _codec_cost(plain)

    async def run() -> MqttMeasured:
        async with own_mosquitto() as broker:
            of = _Measurement(broker, entities, party, rounds, on_round)
            transport, alone = await of.exchanged(TRANSPORT, plain, {"codec": codec})
            floor = {"codec": codec, "signatures": signatures}
            crypto, _ = await of.exchanged(CRYPTOGRAPHY, signed, floor)
        return MqttMeasured(devices, rounds, load, alone, (transport, crypto))

    try:
        return asyncio.run(run())
    except LinkError as error:
        raise BenchError(str(error)) from error


class _Measurement(NamedTuple):
    broker: Mosquitto
    entities: tuple[EntityId, ...]
    party: EntityId
    rounds: int
    on_round: Callable[[int], None]

    async def exchanged(
        self, name: str, commands: Commands, floor: dict[str, float]
    ) -> tuple[MeasuredExchange, float]:
        options: MqttOptions = self.broker.options
        is_native = isinstance(commands, SignedCommands)
        served = Served(options, self.entities, self.party, is_native)
        seconds: list[float] = []
        cpu: dict[str, list[float]] = {"party": [], "broker": [], "gateway": []}
        with GatewayProcess(served) as gateway:
            async with GatewayPartyLink(options) as party:
                for number in range(-1, self.rounds):
                    self.on_round(max(number, 0))
                    gateway.renew()
                    before, started = self._cpu(gateway), perf_counter()
                    await exchange(party, commands)
                    took = perf_counter() - started
                    after = self._cpu(gateway)
                    if number < 0:
                        continue
                    seconds.append(took)
                    for process, value in after.items():
                        cpu[process].append((value - before[process]) / len(self.entities) * _MICRO)
                gateway.renew()
                alone = await one_at_a_time(party, commands, _ALONE, perf_counter)
        costs = medians(cpu)
        rate = len(self.entities) / median(seconds)
        floor = {"broker": costs["broker"], **floor}
        return MeasuredExchange(name, rate, costs, floor), median(alone) * _MICRO

    def _cpu(self, gateway: GatewayProcess) -> dict[str, float]:
        return {
            "gateway": gateway.cpu(),
            "broker": _cpu_of(self.broker.pid),
            "party": process_time(),
        }


def _cpu_of(process: int) -> float:
    """CPU seconds of another process (proc(5)).

    Raises:
        BenchError: the system does not tell.
    """
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except OSError as error:
        raise BenchError("the CPU time of a broker is only known on Linux") from error
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _codec_cost(commands: PlainCommands) -> float:
    """Microseconds to make and to read what one command and its answer are published with."""
    [octets] = commands.part(0, 1)
    letter = Letter("gbcs/v1/0000000000000001/command", octets, "gbcs/v1/x/response", bytes(16))
    started = thread_time()
    for _ in range(_CODEC_REPEATS):
        outbox = Outbox()
        outbox.add(letter, lambda _: None)
        outbox.resume(1, is_resumed=False)
        for packet in outbox.due():
            PacketStream().feed(packet)
        outbox.answered(FIRST_NUMBER, 0)
    return (thread_time() - started) / _CODEC_REPEATS * _MICRO * _PACKETS / 2
