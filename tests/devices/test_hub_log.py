"""The device log of a hub: as the published answer has it, and back to the devices in it."""

import pytest

from firmware_sim.devices.hub_log import device_log, devices_in_log
from firmware_sim.gbcs.dlms_access import AccessResponse
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from tests.requirements import reference_set

ONE, OTHER = (EntityId(bytes(7) + bytes((number,))) for number in (1, 2))
TIMES = ("07de0c1f03173200008000ff", "07de0c1f03172800008000ff")
"""When the devices of the published answer were last heard."""
SIGNALS = ("0fdd0fce0f9c1102112711f7", "0fde0fca0fb31101116011cd")
"""How well, which is not a matter of this log."""


def test_a_log_has_the_form_of_the_published_answer() -> None:
    file = "messages/8.9_CCS05CCS04/CCS05CCS04_8.9_SUCCESS_RESPONSE_GBCS.HEX"
    message = parse_message(bytes.fromhex((reference_set() / file).read_text("ascii")))
    [published] = AccessResponse.decode(message.payload).outcomes
    devices = [EntityId.parse(each) for each in ("00DB1234567890A0", "00DB1234567890A1")]
    ours = device_log(devices).hex()
    assert devices_in_log(bytes.fromhex(ours)) == tuple(devices)
    text = published.data.hex()
    for time, signal in zip(TIMES, SIGNALS, strict=True):
        text = text.replace(time, "ff" * 9 + "8000ff").replace(signal, SIGNALS[0])
    assert ours == text


@pytest.mark.parametrize("devices", [(), (ONE,), (ONE, OTHER)])
def test_a_log_names_its_devices(devices: tuple[EntityId, ...]) -> None:
    assert devices_in_log(device_log(devices)) == devices


def test_a_log_of_more_than_a_device_stores_is_not_made() -> None:
    with pytest.raises(LocalError):
        device_log([ONE] * 3)


NO_LOGS = (
    b"", b"\x01", b"\x01\x01", device_log([ONE])[:-1], device_log([ONE]) + b"\x00",
    b"\x02" + device_log([ONE])[1:],
)  # fmt: skip


@pytest.mark.parametrize("log", NO_LOGS)
def test_what_is_no_log_is_refused(log: bytes) -> None:
    with pytest.raises(RemoteError):
        devices_in_log(log)
