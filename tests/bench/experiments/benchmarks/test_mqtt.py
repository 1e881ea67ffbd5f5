"""The MQTT benchmark runs, counts every process, and does not count a wrong answer."""

import pytest

from firmware_sim.bench.cli.benchmark_mqtt import document
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.benchmarks.device import MODES
from firmware_sim.bench.experiments.benchmarks.mqtt import CRYPTOGRAPHY, TRANSPORT, measure_mqtt
from firmware_sim.bench.experiments.benchmarks.mqtt_party import (
    COMMAND_OCTETS,
    SignedCommands,
    plain_command,
)
from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.hw.engine.library import engine_at
from tests.requirements import require_engine, require_tool


@pytest.mark.slow
def test_every_process_and_both_kinds_are_measured() -> None:
    require_tool("mosquitto")
    require_engine()
    found = document(measure_mqtt(200, 1))
    transport, crypto = found["exchanged"]
    assert (transport["what"], crypto["what"]) == (TRANSPORT, CRYPTOGRAPHY)
    assert set(transport["cpu"]) == {"party", "broker", "gateway"}
    assert set(crypto["floor"]) == {"broker", "codec", "signatures"}
    assert crypto["cpu"]["party"] > transport["cpu"]["party"]
    assert all(each["per_second"] > 0 for each in found["exchanged"])
    assert found["round_trip_alone_microseconds"] > 0


def test_an_answer_of_another_device_ends_the_measurement() -> None:
    workload = Workload.prepare(2)
    commands = SignedCommands(engine_at(require_engine()), workload)
    first, second = commands.part(0, 2)
    assert first != second
    commands.heard(0, first)
    with pytest.raises(BenchError, match="is not its own"):
        commands.heard(1, second)


def test_a_command_without_meters_is_as_long_as_one_for_a_meter() -> None:
    workload = Workload.prepare(1)
    entity = workload.entities[0]
    assert len(plain_command(entity, entity)) == COMMAND_OCTETS
    assert abs(len(workload.commands[MODES[0]][0]) - COMMAND_OCTETS) < 200
