"""The words of --target."""

import pytest

from firmware_sim.bench.dut import opening
from firmware_sim.bench.dut.board.kind import EmulatedBoards, SerialBoard
from firmware_sim.bench.dut.board.names import EmulatedName, SerialName
from firmware_sim.bench.dut.kind import Kind
from firmware_sim.bench.dut.mqtt import broker, gateway_kind
from firmware_sim.bench.dut.mqtt.kind import BehindBroker
from firmware_sim.bench.dut.opening import (
    KINDS,
    broker_options,
    named_device,
    named_target,
    open_target,
)
from firmware_sim.bench.dut.simulated.kind import SimulatedDevices
from firmware_sim.bench.dut.simulated.target import MemoryTarget
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.files.extras import how_to_get
from firmware_sim.gbcs.policy import Policy


def test_each_kind_has_its_words() -> None:
    assert isinstance(named_target("memory"), SimulatedDevices)
    assert named_target("mqtt") == BehindBroker(None)
    broker = named_target("mqtt://broker.example")
    assert isinstance(broker, BehindBroker)
    assert broker.options is not None
    assert named_target("board:mps2-an385") == EmulatedBoards(EmulatedName("mps2-an385"))
    assert named_target("serial:/dev/ttyACM0") == SerialBoard(SerialName("/dev/ttyACM0"))


def test_a_serial_port_may_be_a_url() -> None:
    named = named_target("serial:socket://127.0.0.1:1234")
    assert named == SerialBoard(SerialName("socket://127.0.0.1:1234"))


@pytest.mark.parametrize("target", ["", "memoryx", "MQTT", "natively"])
def test_what_no_kind_knows_is_refused_with_the_words_of_all(target: str) -> None:
    with pytest.raises(UsageError) as caught:
        named_target(target)
    assert all(kind.words in str(caught.value) for kind in KINDS)


@pytest.mark.parametrize(
    ("target", "package", "extra"), [("mqtt", "amqtt", "broker"), ("gateway", "mqtt5", "gateway")]
)
def test_a_package_that_is_missing_is_told_before_anything_begins(
    target: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what installs it from any index: of ours, under that name, there is none."""
    for module in (broker, gateway_kind):
        monkeypatch.setattr(module, "find_spec", lambda name: None if name == package else name)
    with pytest.raises(BenchError) as caught:
        named_target(target)
    assert f"needs the package {package}; {how_to_get(extra)}" in str(caught.value)
    assert f"pip install '{package}" in str(caught.value)


@pytest.mark.parametrize("target", ["natve", "mqtt", "gfi://hub"])
def test_where_one_device_is_wanted_the_advice_names_no_other(target: str) -> None:
    with pytest.raises(UsageError, match="use memory, native, board:NAME or serial:URL"):
        named_device(target)


@pytest.mark.parametrize("target", ["board:mps2", "bord:mps2-an385"])
def test_a_board_that_there_is_not_is_a_typing_error_as_any_other(target: str) -> None:
    with pytest.raises(UsageError, match=r"mps2-an385|board:NAME"):
        named_target(target)


async def test_a_further_kind_is_one_more_row(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimulatedDevices()
    row = Kind("other", lambda target: other if target == "other" else None)
    monkeypatch.setattr(opening, "KINDS", (*KINDS, row))
    assert named_target("other") is other
    async with open_target("other", ()) as target:
        assert isinstance(target, MemoryTarget)


def test_no_device_behind_a_broker_is_had_by_itself() -> None:
    named = named_target("mqtt")
    assert not named.is_one_device
    with pytest.raises(UsageError, match="use memory, native, board:NAME or serial:URL"):
        named.device()


@pytest.mark.parametrize(
    ("target", "follows"),
    [("memory", True), ("mqtt", True), ("board:mps2-an385", False), ("serial:", False)],
)
def test_only_simulated_devices_follow_another_policy(target: str, *, follows: bool) -> None:
    other = Policy.from_choices({"refusal_alerts": "silence"})
    named_target(target).check_policy(Policy())
    if follows:
        named_target(target).check_policy(other)
        return
    with pytest.raises(UsageError, match="refusal_alerts=silence"):
        named_target(target).check_policy(other)


@pytest.mark.parametrize("target", ["memory", "mqtt"])
def test_what_needs_no_broker_names_none(target: str) -> None:
    assert broker_options(target) is None


def test_a_broker_is_named_by_its_url() -> None:
    options = broker_options("mqtts://meters@broker.example:9883")
    assert options is not None
    assert (options.host, options.port, options.tls) == ("broker.example", 9883, True)
    assert options.username == "meters"


@pytest.mark.parametrize(
    "target", ["", "MQTT", "http://x", "mqtt://", "mqtt://h:port", "board:mps2-an385", "serial:x"]
)
def test_anything_else_is_a_usage_error(target: str) -> None:
    with pytest.raises(UsageError, match="mqtt://"):
        broker_options(target)


async def test_a_broker_that_is_not_there_is_told_in_one_line() -> None:
    with pytest.raises(BenchError) as caught:
        async with open_target("mqtt://127.0.0.1:1", ()):
            pass
    assert "an MQTT broker at mqtt://127.0.0.1:1" in str(caught.value)
    assert "\n" not in str(caught.value)
