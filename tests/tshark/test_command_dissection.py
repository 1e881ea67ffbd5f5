"""Stock tshark reads the use cases that no drill has, as we do."""

from datetime import UTC, datetime
from pathlib import Path

from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.evidence.pcap import Captured, write_pcap
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.use_cases import CS02B_FUTURE_DATED_ALERT, use_case_name
from tests.tshark.commands import ENTITY, built
from tests.tshark.comparison import differences
from tests.tshark.dissection import dissect
from tests.tshark.typed_trees import tree_of

_AT = datetime(2026, 3, 2, tzinfo=UTC)
_ORDERS = {
    "CS02a": "by: supplier",
    "CS02f": "by: networkOperator",
    "CS02c": "key_usage: keyAgreement",
    "CS02d": "certificate: CERTIFICATE",
    "CS02e": "key_usage: digitalSignature",
    "CS02b": "mode: supplierBySupplier\ncells: [supplier]\nfloors: now\ntime_checks: false",
}


def test_commands_and_answers_of_a_device_are_dissected_alike(pki: Path, tmp_path: Path) -> None:
    exchanged = []
    with brought_up(DeviceRequest(DeviceType.ESME, pki=pki)) as running:
        for use_case, order in _ORDERS.items():
            command = built(pki, tmp_path, use_case, order)
            effects = running.device.receive(command)
            assert effects.refusal is None, (use_case, effects.refusal)
            exchanged += [command, *effects.messages]
    messages = [parse_message(octets) for octets in exchanged]
    write_pcap(tmp_path / "all.pcap", [Captured(_AT, octets) for octets in exchanged])
    frames = dissect(tmp_path / "all.pcap", tmp_path)
    for message, frame in zip(messages, frames, strict=True):
        assert differences(message, frame) == []
        assert tree_of(message) is not None
    answered = {use_case_name(each.code)[:5] for each in messages if each.cra is CraFlag.RESPONSE}
    assert answered == set(_ORDERS)


def test_alert_after_a_future_dated_command_is_dissected_alike(pki: Path, tmp_path: Path) -> None:
    order = f"{_ORDERS['CS02b']}\nexecution: 2030-01-01T00:10:00Z"
    octets = built(pki, tmp_path, "CS02b", order)
    clock = StillClock(datetime(2030, 1, 1, tzinfo=UTC))
    flash = manufacture(
        DrillPki.load(pki), DeviceType.ESME, ENTITY, seed=bytes(32), policy=Policy()
    )
    device = Device(flash, clock=clock, suite=P256Suite(), policy=Policy())
    device.power_on()
    answers = device.receive(octets).messages
    clock.advance(11)
    exchanged = [octets, *answers, *device.tick().messages]
    write_pcap(tmp_path / "alert.pcap", [Captured(_AT, each) for each in exchanged])
    messages = [parse_message(each) for each in exchanged]
    for message, frame in zip(messages, dissect(tmp_path / "alert.pcap", tmp_path), strict=True):
        assert differences(message, frame) == []
    assert [each.cra for each in messages] == list(CraFlag)
    assert messages[-1].code == CS02B_FUTURE_DATED_ALERT
