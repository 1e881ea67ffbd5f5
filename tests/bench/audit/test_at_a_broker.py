"""An audit of devices that others serve: they answer through a broker, or are unreachable."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat

from firmware_sim.bench.audit.asking import Readers
from firmware_sim.bench.audit.auditing import Audit, run_audit
from firmware_sim.bench.audit.importing import EstateFile
from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.cli.audit.estate import DrillEstate, EstateRequest, estate_of_request
from firmware_sim.bench.cli.main import run
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.dut.mqtt.broker import embedded_broker
from firmware_sim.bench.dut.mqtt.strangers import strangers_target
from firmware_sim.bench.dut.mqtt.target import mqtt_target
from firmware_sim.bench.progress import Silent
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, DeviceType, RemotePartyRole
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


def key_store(folder: Path, pki: DrillPki, contacts: Iterable[DeviceContact]) -> Path:
    """The certificates and keys of generation 1 as files, as another tool would hand them over."""
    folder.mkdir()
    holdings = [each for each in pki.holdings if each.generation == each.issuer_generation == 1]
    for number, held in enumerate(holdings):
        (folder / f"{number}.der").write_bytes(held.certificate.octets)
        if held.private_key is not None:
            scalar = int.from_bytes(held.private_key)
            key = ec.derive_private_key(scalar, ec.SECP256R1())
            octets = key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            (folder / f"{number}.key.pem").write_bytes(octets)
    for contact in contacts:
        for usage in OWN_KEY_USAGES:
            name = f"{contact.entity_id}-{usage.name}.der"
            (folder / name).write_bytes(pki.device_certificate(contact.entity_id, usage))
    return folder


async def test_devices_of_others_are_audited_with_a_key_store_made_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(
        "name: plain\nstart: 2027-02-01T08:00:00Z\nsteps:\n"
        "  - {name: read, title: Read, do: read back, by: accessControlBroker}\n"
    )
    drill = DrillEstate(EstateRequest("memory", str(path), 1, 1, None, Policy(), 1), str(path))
    store = key_store(tmp_path / "store", drill.setup.pki, drill.setup.contacts)
    text = "device,type,accessControlBroker,supplier.DS\n" + "".join(
        f"{each.entity_id},{each.device_type.name},dcc,"
        f"{'supplier' if each.holds(RemotePartyRole.SUPPLIER) else ''}\n"
        for each in drill.setup.contacts
    )
    (tmp_path / "e.csv").write_text(text)
    async with (
        embedded_broker() as options,
        mqtt_target(drill.setup.premises, options, at_once=1),
    ):
        target = f"mqtt://{options.host}:{options.port}"
        request = EstateRequest(target, None, None, 1, None, Policy(), 5, store)
        estate, file = estate_of_request(request), EstateFile(tmp_path / "e.csv")
        monkeypatch.setattr(estate, "_options", options)  # with the broker's password
        number = file.check(estate.check)
        async with estate.opened(file) as audit:
            entries = (row.entry for row in file.rows(estate.check))
            result = await run_audit(audit, entries, number, Silent())
    assert (result.answered, result.findings) == (4, [])
    assert result.by_sort[Sort.RIGHT] > 4


@pytest.mark.parametrize("content", [b"", b"{}", b"not a key store"])
def test_what_is_no_key_store_is_refused_with_one_line(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, file = tmp_path / "keystore.json", tmp_path / "estate.csv"
    store.write_bytes(content)
    file.write_text("device,type,supplier\n0246531100000000,ESME,supplier\n", "utf-8")
    more = ["--inventory", str(file), "--target", "mqtt://localhost:1"]
    assert run(["audit", "run", "--keystore", str(store), *more]) == 4
    assert capsys.readouterr().err.count("\n") == 1
