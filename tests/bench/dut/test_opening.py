"""The words of --target."""

import pytest

from firmware_sim.bench.dut.opening import broker_options, open_target
from firmware_sim.bench.errors import BenchError, UsageError


@pytest.mark.parametrize("target", ["memory", "mqtt"])
def test_what_needs_no_broker_names_none(target: str) -> None:
    assert broker_options(target) is None


def test_a_broker_is_named_by_its_url() -> None:
    options = broker_options("mqtts://meters@broker.example:9883")
    assert options is not None
    assert (options.host, options.port, options.tls) == ("broker.example", 9883, True)
    assert options.username == "meters"


@pytest.mark.parametrize("target", ["", "MQTT", "http://x", "mqtt://", "mqtt://h:port", "board:x"])
def test_anything_else_is_a_usage_error(target: str) -> None:
    with pytest.raises(UsageError, match="mqtt://"):
        broker_options(target)


async def test_a_broker_that_is_not_there_is_told_in_one_line() -> None:
    with pytest.raises(BenchError) as caught:
        async with open_target("mqtt://127.0.0.1:1", ()):
            pass
    assert "an MQTT broker at mqtt://127.0.0.1:1" in str(caught.value)
    assert "\n" not in str(caught.value)
