"""Which broker, and with which secrets: from the URL, files and the environment."""

from pathlib import Path

import pytest

from firmware_sim.bench.dut.mqtt.broker_access import BrokerAccess, mqtt_options
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.mqtt_options import MqttOptions

_SECRET = "correct horse"


def test_a_plain_broker_needs_nothing() -> None:
    assert mqtt_options("mqtt://localhost", environment={}) == MqttOptions("localhost")


def test_a_password_from_the_environment() -> None:
    variables = {"FIRMWARE_SIM_MQTT_PASSWORD": _SECRET}
    options = mqtt_options("mqtt://me@localhost", environment=variables)
    assert (options.username, options.password) == ("me", _SECRET)


def test_a_password_from_a_file_goes_before_it(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{_SECRET}\n")
    variables = {"FIRMWARE_SIM_MQTT_PASSWORD": "another"}
    access = BrokerAccess(password_file=file)
    assert mqtt_options("mqtt://me@localhost", access, variables).password == _SECRET
    variables["FIRMWARE_SIM_MQTT_PASSWORD_FILE"] = str(file)
    assert mqtt_options("mqtt://me@localhost", environment=variables).password == _SECRET


@pytest.mark.parametrize(
    ("url", "variables", "told"),
    [
        ("ftp://localhost", {}, "mqtt://"),
        ("mqtt://me:correct horse@localhost", {}, "no password in the URL"),
        ("mqtt://localhost", {"PASSWORD": _SECRET}, "a password without a name"),
        ("mqtt://me@localhost", {"PASSWORD_FILE": "/nowhere/at/all"}, "cannot read"),
        ("mqtt://me@localhost", {"PASSWORD_FILE": "/dev/zero"}, "too many for a password file"),
        ("mqtt://localhost", {"CA_FILE": "/nowhere/at/all"}, "write mqtts://localhost"),
        ("mqtts://localhost", {"CA_FILE": "/nowhere/at/all"}, "no CA certificate"),
        ("mqtts://localhost", {"KEY_FILE": "/nowhere/at/all"}, "a key without its certificate"),
        ("mqtts://localhost", {"CERTIFICATE_FILE": "/nowhere/at/all"}, "no certificate"),
    ],
)
def test_what_is_wrong_is_one_line_without_a_secret(
    url: str, variables: dict[str, str], told: str
) -> None:
    environment = {f"FIRMWARE_SIM_MQTT_{name}": value for name, value in variables.items()}
    with pytest.raises(UsageError) as caught:
        mqtt_options(url, environment=environment)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _SECRET not in str(caught.value)
