"""One order for many devices: composed, received and verified as Python does it for each."""

import pytest

from firmware_sim.bench.experiments.benchmarks.engine_fleet import EngineFleet
from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.protection import with_mac
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.hw.engine.batch import Batch, Order
from firmware_sim.hw.engine.device import EngineDevice
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.library import EngineLibrary
from tests.engine.test_turns import powered

MODE = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
SUITE = P256Suite()
BROKER = bytes(31) + b"\x07"
DEVICE_KEYS = [bytes(31) + bytes((number,)) for number in (11, 12, 13)]


@pytest.fixture
def batch(library: EngineLibrary, workload: Workload) -> Batch:
    """Every meter's command, from that of the first."""
    first = workload.commands[MODE][0]
    made = Batch(library, workload.devices, len(first))
    made.compose(Order(first, workload.scalar), workload.entities)
    return made


def test_commands_are_those_that_python_makes(batch: Batch, workload: Workload) -> None:
    made = [batch.command(number) for number in range(workload.devices)]
    assert made == list(workload.commands[MODE])


def test_a_mac_is_the_one_that_python_makes(library: EngineLibrary, workload: Workload) -> None:
    signed = parse_message(workload.commands[MODE][0])
    points = [SUITE.public_key(key) for key in DEVICE_KEYS]
    template = with_mac(signed, SUITE.agree(BROKER, points[0]), SUITE).build()
    batch = Batch(library, workload.devices, len(template))
    batch.compose(Order(template, workload.scalar, BROKER), workload.entities, points)
    for number, (octets, point) in enumerate(zip(workload.commands[MODE], points, strict=True)):
        expected = with_mac(parse_message(octets), SUITE.agree(BROKER, point), SUITE)
        assert batch.command(number) == expected.build()


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        (Order(bytes(200), b"\x01" * 32), "no command"),
        (Order(b"", b"\x01" * 32), "no command"),
    ],
)
def test_what_is_no_command_is_no_order(library: EngineLibrary, order: Order, problem: str) -> None:
    batch = Batch(library, 1, max(len(order.command), 1))
    with pytest.raises(EngineError, match=problem):
        batch.compose(order, [bytes(8)])


def test_an_order_without_a_mac_gets_none(library: EngineLibrary, workload: Workload) -> None:
    command = workload.commands[MODE][0]
    batch = Batch(library, 1, len(command))
    with pytest.raises(EngineError, match="no command"):
        batch.compose(
            Order(command, workload.scalar, BROKER),
            workload.entities[:1],
            [SUITE.public_key(DEVICE_KEYS[0])],
        )


def test_an_order_keeps_its_keys_to_itself(workload: Workload) -> None:
    assert workload.scalar.hex() not in repr(Order(b"", workload.scalar))
    assert repr(workload.scalar) not in repr(Order(b"", workload.scalar))


def signing_keys(workload: Workload) -> list[bytes]:
    return [workload.signing_key(number) for number in range(workload.devices)]


def test_answers_verify_by_each_devices_own_key_alone(
    library: EngineLibrary, workload: Workload, batch: Batch
) -> None:
    devices: list[EngineDevice] = [
        powered(library, workload, number) for number in range(workload.devices)
    ]
    batch.receive(devices)
    keys = signing_keys(workload)
    assert batch.verify(workload.entities, keys) == [True, True, True]
    assert batch.verify(workload.entities, [keys[1], keys[1], keys[1]]) == [False, True, False]
    others = [workload.entities[1], *workload.entities[1:]]
    assert batch.verify(others, keys) == [False, True, True]


def test_the_benchmarks_fleet_is_equal_to_python(
    library: EngineLibrary, workload: Workload
) -> None:
    EngineFleet(library, workload).check_equal()
