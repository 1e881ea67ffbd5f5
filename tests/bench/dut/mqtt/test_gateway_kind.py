"""The words of ``--target gateway``, and what is missing where it cannot run."""

import shutil

import pytest

from firmware_sim.bench.dut.mqtt import gateway_kind
from firmware_sim.bench.dut.mqtt.gateway_kind import BehindGateway
from firmware_sim.bench.dut.mqtt.mosquitto import own_mosquitto
from firmware_sim.bench.dut.opening import named_target, open_target
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.devices.links.mqtt_options import MqttOptions


def test_words_name_a_broker_and_a_kind_of_devices() -> None:
    assert named_target("gateway") == BehindGateway(None, is_native=False)
    assert named_target("gateway?devices=native") == BehindGateway(None, is_native=True)
    options = MqttOptions("broker", 1884)
    assert named_target("gateway:mqtt://broker:1884") == BehindGateway(options, is_native=False)


@pytest.mark.parametrize(
    "words",
    [
        "gateway?native",
        "gateway?devices=board",
        "gateway?type=esme",
        "gateway:",
        "gateway:localhost",
        "gateway:http://x",
    ],
)
def test_other_words_are_refused(words: str) -> None:
    with pytest.raises(UsageError):
        named_target(words)


async def test_without_its_codec_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_kind, "find_spec", lambda _: None)
    with pytest.raises(BenchError, match="pip install 'mqtt5"):
        async with open_target("gateway", ()):
            pass


async def test_without_mosquitto_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(BenchError, match="apt-get install mosquitto"):
        async with own_mosquitto():
            pass
