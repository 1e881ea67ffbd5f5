"""An audit of devices that others serve: they answer through a broker, or are unreachable."""

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.bench.audit.asking import Readers
from firmware_sim.bench.audit.auditing import Audit, run_audit
from firmware_sim.bench.audit.importing import EstateFile
from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.cli.main import run
from firmware_sim.bench.dut.mqtt.broker import embedded_broker
from firmware_sim.bench.dut.mqtt.strangers import strangers_target
from firmware_sim.bench.dut.mqtt.target import mqtt_target
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from tests.bench.audit.estates import opened, should_hold, story, write

ABSENT = EntityId.parse("00db1234567890a0")


async def test_what_nobody_serves_is_unreachable_and_the_others_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = opened(story(tmp_path, 1), monkeypatch, {})
    rows = [should_hold(each) for each in estate.setup.estate]
    meter = next(row for row in rows if row["type"] == DeviceType.ESME.name)
    file = EstateFile(write(tmp_path / "e.csv", [*rows, {**meter, "device": str(ABSENT)}]))
    number = file.check(estate.check)
    known = next(each for each in estate.setup.contacts if each.device_type is DeviceType.ESME)
    estate.contacts[ABSENT] = replace(known, entity_id=ABSENT)
    devices = frozenset(estate.contacts)
    async with (
        embedded_broker() as options,
        mqtt_target(estate.setup.premises, options, at_once=1),
        strangers_target(options, devices) as target,
    ):
        audit = Audit(
            target,
            Readers(estate.setup.pki, P256Suite(), estate.setup.clock),
            estate.register,
            lambda entry: estate.contacts.get(entry.device),
            Policy(),
            seconds=1,
        )
        entries = (row.entry for row in file.rows(estate.check))
        result = await run_audit(audit, entries, number, Silent())
    assert {(each.device, each.sort) for each in result.findings} == {(ABSENT, Sort.UNREACHABLE)}
    assert result.answered == len(rows)


def test_without_a_broker_the_bench_has_failed_and_no_device(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pki", "new", str(tmp_path / "pki")]) == 0
    file = tmp_path / "estate.csv"
    file.write_text("device,type,supplier\n0246531100000000,ESME,supplier\n", "utf-8")
    more = ["--pki", str(tmp_path / "pki"), "--inventory", str(file)]
    assert run(["audit", "run", "--target", "mqtt://localhost:1", *more]) == 3
    assert "Traceback" not in capsys.readouterr().err
    assert run(["audit", "run", "--target", "memory", *more]) == 4
    assert "served by others" in capsys.readouterr().err
