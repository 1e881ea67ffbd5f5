"""``message build``: what the description says is what stands in the command."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.device_certificates import KeyUsageQuery
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.times import NEVER

_SEED = 6
_ESME = {"type": "esme", "entity": "0246531100000000"}
_UPDATE = {"use_case": "CS02b", "mode": "supplierBySupplier", "device": _ESME, "counter": 9}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build") / "pki"
    DrillPki.generate(_SEED).save(folder)
    return folder


def build(pki: Path, text: str) -> Result:
    file = pki.parent / "order.yaml"
    file.write_text(text)
    return CliRunner().invoke(app, ["build", str(file), "--pki", str(pki)])


def built(pki: Path, **order: Any) -> Message:
    result = build(pki, json.dumps(order))
    assert result.exception is None, result.exception
    return parse_message(bytes.fromhex(result.stdout))


def refused(pki: Path, **order: Any) -> str:
    error = build(pki, json.dumps(order)).exception
    assert isinstance(error, UsageError)
    return str(error)


def cell(name: str) -> TrustAnchorCellId:
    return TrustAnchorCellId.parse(name)


def test_an_update_takes_its_certificates_and_keys_from_the_pki(pki: Path) -> None:
    message = built(pki, **_UPDATE, cells=["supplier"], floors="now", time_checks=False)
    held = DrillPki.load(pki)
    assert message.originator == held.party(RemotePartyRole.SUPPLIER).entity_id
    assert message.target == EntityId.parse("0246531100000000")
    assert (message.counter, int(message.code)) == (9, 0x0102)
    assert message.signature
    assert message.mac
    update = UpdateCommand.decode(message.payload)
    names = ("supplier.DS", "supplier.KA", "supplier.KA.PP")
    expected = {cell(name): held.cell_certificate(cell(name), 2, 1).octets for name in names}
    assert {each.cell: each.certificate for each in update.replacements} == expected
    assert update.path == (held.issuing(1).octets,)
    assert update.control.counter == update.control.floor == 9
    top_up = (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 9),)
    assert update.control.specialist_floors == top_up
    assert update.control.time_checks is False
    assert update.execution is None


def test_an_update_takes_certificates_from_files_and_an_execution_time(pki: Path) -> None:
    new = pki / "generation-2" / "under-generation-1" / "supplier" / "DS.pem"
    path = pki / "generation-1" / "issuing-oca" / "certificate.pem"
    files = {"certificates": {"supplier.DS": str(new)}, "path": [str(path)]}
    wanted = {"2030-01-01T01:00:00+01:00": datetime(2030, 1, 1, tzinfo=UTC), "never": NEVER}
    from_pki = UpdateCommand.decode(built(pki, **_UPDATE, cells=["supplier.DS"]).payload)
    for text, execution in wanted.items():
        message = built(pki, **_UPDATE, **files, execution=text)
        update = UpdateCommand.decode(message.payload)
        assert update._replace(execution=None) == from_pki
        assert update.execution == execution


def test_the_change_of_supplier_moves_the_suppliers_floor(pki: Path) -> None:
    order = {**_UPDATE, "mode": "supplierByTransCoS", "cells": ["supplier.DS"], "floors": "zero"}
    message = built(pki, **order)
    assert (
        message.originator == DrillPki.load(pki).party(RemotePartyRole.TRANSITIONAL_COS).entity_id
    )
    control = UpdateCommand.decode(message.payload).control
    assert control.authorising_cell == cell("transitionalCoS.DS")
    assert control.floor == 0
    assert control.other_changes == (FloorChange(RemotePartyRole.SUPPLIER, 0),)


@pytest.mark.parametrize(("device", "signed"), [("esme", False), ("chf", True)])
def test_the_brokers_own_update_is_signed_for_a_hub_only(
    pki: Path, device: str, signed: bool
) -> None:
    order = {**_UPDATE, "mode": "accessControlBrokerByACB", "cells": ["accessControlBroker.KA"]}
    order["device"] = {"type": device, "entity": "0246531100000000"}
    message = built(pki, **order)
    assert bool(message.signature) is signed
    assert message.mac


def test_queries_are_built_as_described(pki: Path) -> None:
    asked = built(pki, use_case="CS02a", device=_ESME, roles=["recovery", "root"])
    assert CredentialsQuery.decode(asked.payload) == CredentialsQuery(
        cell("accessControlBroker.KA"), (RemotePartyRole.RECOVERY, RemotePartyRole.ROOT)
    )
    assert asked.mac
    assert not asked.signature
    by_supplier = built(pki, use_case="CS02f", device=_ESME, by="supplier")
    assert int(by_supplier.code) == 0x011B
    assert by_supplier.signature
    assert by_supplier.mac is None
    usage = built(pki, use_case="CS02e", device=_ESME, key_usage="keyAgreement")
    assert KeyUsageQuery.decode(usage.payload).usage is KeyUsage.KEY_AGREEMENT
    assert usage.counter > 1_700_000_000_000


def test_commands_that_need_a_custody_key_are_refused(pki: Path) -> None:
    for mode in ("anyExceptAbnormalRootByRecovery", "anyByContingency"):
        text = refused(pki, **{**_UPDATE, "mode": mode}, cells=["supplier"])
        assert text == f"the key for {mode} is in custody; use drill run, where SMKI PMA decides"


def test_a_file_without_a_certificate_is_a_usage_error(pki: Path) -> None:
    for file in ("generation-1/supplier/DS.key.pem", "manifest.json", "none.pem"):
        text = refused(pki, **_UPDATE, certificates={"supplier.DS": str(pki / file)})
        assert file in text


def test_wrong_descriptions_are_reported_with_line_and_field(pki: Path) -> None:
    device = 'device: {type: esme, entity: "0246531100000000"}\n'
    update = f"use_case: CS02b\nmode: supplierBySupplier\n{device}"
    wrong = {
        f"{update}cell: [supplier]\n": "line 4, cell: there is no such key; did you mean 'cells'?",
        f"{update}rolls: 2\n": "rolls: there is no such key; did you mean 'cells'?; the keys",
        f"{update}zzz: 2\n": "zzz: there is no such key; the keys here are device, cred",
        update.replace("type:", "typ:"): "device.typ: there is no such key; did you mean 'type'?",
        update.replace(
            "type:", "zz:"
        ): "device.zz: there is no such key; the keys here are type, e",
        f"{update}cells: [supplyer]\n": "line 4, cells[1]: 'supplyer' is neither",
        f"{update}mode: x\n": "line 4: the key 'mode' is written twice",
        update.replace('"', ""): "line 3, device.entity: an Entity Identifier stands in quotation",
        update.replace("esme", "toaster"): "line 3, device.type: 'toaster' is none of",
        update.replace("CS02b", "CS03"): "CS03",
        update: "the description replaces no cell",
        f"{update}cells: [supplier]\ninstall: 7\n": "order.yaml: the PKI has no supplier.DS "
        "Certificate of generation 7 that generation 1 of its authority issued; it has 1 (issued",
        "- 1\n": "order.yaml, line 1",
    }
    for text, words in wrong.items():
        error = build(pki, text).exception
        assert isinstance(error, UsageError), text
        assert words in str(error)
        assert "\n" not in str(error)
