"""Drills in which devices use their keys: the new key works, the old one does not."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.drills.use_terms import USE_CASES, provable_by_use
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.accounts.uses import Prepayment
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.spreadsheets import write_spreadsheets
from firmware_sim.bench.files.strict_yaml import MistakesError
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.use_cases import GCS61
from tests.bench.drills.rehearsal import Rehearsal, rehearse

Fields = dict[str, Any]
NOT_AUTHENTIC = {"refused": ["top up not authentic"]}
METERS = ["ESME", "GSME"]


def use(name: str, what: str, by: str = "supplier", **fields: Any) -> Fields:
    return {"name": name, "title": name, "do": "use", "what": what, "by": by} | fields


def falls(cell: str) -> Fields:
    return {"name": f"{cell.lower().replace('.', '-')}-falls", "title": cell, "do": "compromise",
            "cell": cell, "reporter": "Party"}  # fmt: skip


RENEWED: Fields = {
    "name": "renewed", "title": "New keys", "do": "update", "by": "supplier",
    "mode": "supplierBySupplier", "cells": ["supplier"], "install": 2,
}  # fmt: skip
NEW: Fields = {"credentials": 2}
STOLEN: Fields = {"stolen": True}
FALLEN = [falls(f"supplier.{key}") for key in ("DS", "KA", "KA.PP")]

BEFORE = [
    use("sold", "sell token", token="before"),
    use("read", "read register", keep="old"),
    use("read-by-operator", "read register", "networkOperator"),
    use("version", "read firmware version"),
    use("hub-log", "read log", "accessControlBroker"),
    use("armed", "arm supply"),
    use("hub-activates", "activate firmware", "wanProvider"),
]
AFTER = [
    use("new-read", "read register", keep="new", **NEW),
    use("new-sold", "sell token", token="after", **NEW),
    use("credited", "top up", token="after", **NEW),
    use("spent", "top up", token="after", expect={"refused": ["duplicate top up"]}, **NEW),
    use("loss", "top up", token="before", expect=NOT_AUTHENTIC, **NEW),
    use("printed-in-vain", "top up", expect=NOT_AUTHENTIC, **STOLEN),
    use("activated", "activate firmware", **NEW),
    use("old-activates", "activate firmware", expect={"refused": ["bad signature"]}, **STOLEN),
    use("old-arms", "arm supply", expect={"refused": ["bad signature"]}, **STOLEN),
    use("thief-asks", "read register", expect="unreadable", **STOLEN),
    use("thief-listens", "open recorded", kept="new", expect="unreadable", **STOLEN),
    use("thief-remembers", "open recorded", kept="old", **STOLEN),
]
PRINTED = use("printed", "top up", pence=8191, **STOLEN)


def story_of(*steps: Fields, **fields: Any) -> Story:
    start = "2026-05-11T08:00:00Z"
    return Story.model_validate({"name": "uses", "start": start, "steps": list(steps)} | fields)


WHOLE = story_of(*BEFORE, *FALLEN, PRINTED, RENEWED, *AFTER)


@pytest.mark.parametrize("target", ["memory", "native", "mqtt"])
async def test_new_keys_work_and_old_keys_do_not_in_every_use(target: str, tmp_path: Path) -> None:
    played = await rehearse(WHOLE, tmp_path, target=target)
    assert played.devices is DevicesVerdict.RIGHT, played.reasons()
    assert set(played.steps().values()) == {"passed"}, played.reasons()
    [(refused,)] = played.rows(
        "SELECT count(*) FROM refusal JOIN step ON step = step.id WHERE name IN"
        " ('spent', 'loss', 'printed-in-vain', 'old-activates', 'old-arms')"
    )
    assert refused == 2 + 2 + 2 + 2 + 1


async def outcome_of_last(tmp_path: Path, *steps: Fields, **fields: Any) -> tuple[str, Rehearsal]:
    played = await rehearse(story_of(*steps, **fields), tmp_path)
    return played.steps()[steps[-1]["name"]], played


@pytest.mark.parametrize("what", ["read register", "read firmware version"])
async def test_a_key_that_reads_the_answer_fails_a_step_that_says_it_cannot(
    what: str, tmp_path: Path
) -> None:
    step = use("reads", what, expect="unreadable")
    verdict, played = await outcome_of_last(tmp_path, step, devices=METERS)
    assert verdict == "failed"
    assert "the key verifies the answer" in played.reasons()


async def test_a_good_token_fails_a_step_that_says_it_is_refused(tmp_path: Path) -> None:
    step = use("credited", "top up", expect=NOT_AUTHENTIC)
    verdict, played = await outcome_of_last(tmp_path, step, devices=METERS)
    assert verdict == "failed"
    assert "the device took it" in played.reasons()


async def test_a_token_refused_for_another_reason_fails_its_step(tmp_path: Path) -> None:
    steps = use("sold", "sell token", token="x"), {**RENEWED, "devices": METERS}
    wrong = use("loss", "top up", token="x", expect={"refused": ["top up malformed"]}, **NEW)
    verdict, played = await outcome_of_last(tmp_path, *steps, wrong, devices=METERS)
    assert verdict == "failed"
    assert "refused for another reason" in played.reasons()


async def test_an_old_token_fails_a_step_that_says_it_is_credited(tmp_path: Path) -> None:
    steps = use("sold", "sell token", token="x"), RENEWED
    verdict, played = await outcome_of_last(
        tmp_path, *steps, use("late", "top up", token="x", **NEW), devices=METERS
    )
    assert verdict == "failed"
    assert "the device did not do it" in played.reasons()


async def test_who_reads_with_the_key_before_is_not_answered_readably(tmp_path: Path) -> None:
    late = use("late", "read register")
    verdict, played = await outcome_of_last(tmp_path, RENEWED, late, devices=["ESME"])
    assert verdict == "failed"
    assert "the MAC of ESME" in played.reasons()


async def test_a_new_key_opens_no_answer_of_before(tmp_path: Path) -> None:
    steps = use("read", "read register", keep="old"), RENEWED
    late = use("late", "open recorded", kept="old", expect="unreadable", **NEW)
    verdict, _ = await outcome_of_last(tmp_path, *steps, late, devices=["ESME"])
    assert verdict == "passed"


SAMPLED: Fields = {"sample": 2}


async def test_a_sample_is_of_each_type_and_the_same_devices_in_each_step(tmp_path: Path) -> None:
    steps = [
        use("sold", "sell token", token="before", **SAMPLED),
        use("read", "read register", **SAMPLED),
        use("credited", "top up", token="before", **SAMPLED),
    ]
    played = await rehearse(story_of(*steps), tmp_path, premises=4)
    assert played.devices is DevicesVerdict.RIGHT, played.reasons()
    asked: dict[tuple[str, str], set[str]] = {}
    for step, kind, device in played.rows(
        "SELECT step.name, device.type, message.device FROM message"
        " JOIN step ON step.id = message.step JOIN device ON device.entity = message.device"
        " WHERE direction = 'to device'"
    ):
        asked.setdefault((step, kind), set()).add(device)
    assert {key: len(devices) for key, devices in asked.items()} == {
        ("read", "ESME"): 2, ("read", "GSME"): 2, ("read", "GPF"): 2,
        ("credited", "ESME"): 2, ("credited", "GSME"): 2,
    }  # fmt: skip
    for kind in METERS:
        assert asked["read", kind] == asked["credited", kind]


async def test_the_broker_tops_up_with_its_own_key_where_it_stands_in_the_suppliers_cells(
    tmp_path: Path,
) -> None:
    """In the supplier's place its key agreement key for management makes the tokens."""
    own = {"by": "accessControlBroker", "as": "supplier"}
    step = use("by-broker", "top up", **own)
    held = {"cells": ["supplier"], "holder": "accessControlBroker"}
    verdict, played = await outcome_of_last(tmp_path, step, devices=["ESME"], provision=[held])
    assert verdict == "passed", played.reasons()


REFUSED = {
    "sample-of-what-was-kept": (use("x", "open recorded", kept="t", sample=1), "was asked"),
    "a-token-to-read": (use("x", "read register", token="t"), "has none"),
    "nameless-tokens": (use("x", "sell token"), "need a name"),
    "nothing-kept": (use("x", "open recorded"), "kept"),
    "unreadable-supply": (use("x", "arm supply", expect="unreadable"), "is no reading"),
    "refusing-customer": (use("x", "sell token", token="t", expect=NOT_AUTHENTIC), "no device"),
    "no-such-use": (use("x", "read tariff"), "read tariff"),
    "penniless": (use("x", "top up", pence=8192), "8191"),
    "never-sold": (use("x", "top up", token="t"), "no step before it sells"),
    "never-kept": (use("x", "open recorded", kept="t"), "no use before it keeps"),
    "never-stolen": (use("x", "top up", stolen=True), "supplier.KA.PP"),
    "never-his": (use("x", "top up", by="networkOperator"), "no device concerned does"),
    "no-meter": (use("x", "top up", devices=["GPF"]), "no device concerned does"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_use_that_cannot_be_is_refused_before_it_is_played(name: str) -> None:
    step, text = REFUSED[name]
    content = {"name": "own", "start": "2026-05-11T08:00:00Z", "steps": [step]}
    with pytest.raises((UsageError, MistakesError), match=text):
        read_story(json.dumps(content), "own.yaml")


def test_every_use_of_the_table_is_of_a_cell_of_its_device() -> None:
    """The GPF's signing, operator's and prepayment cells have no public use."""
    cells = {str(cell) for cell in provable_by_use(DeviceType.GPF)}
    assert cells == {"supplier.KA", "accessControlBroker.KA"}
    assert USE_CASES["read log"][DeviceType.GPF] == GCS61


LOOK: Fields = {
    "name": "look", "title": "Cells are read", "do": "read back", "by": "accessControlBroker",
}  # fmt: skip
LAST: Fields = {**LOOK, "name": "last"}


async def record_of(tmp_path: Path, *steps: Fields, **fields: Any) -> RunRecord:
    await rehearse(story_of(*steps, **fields), tmp_path)
    return read_record(tmp_path)


def proven(record: RunRecord, kind: str) -> dict[str, str | None]:
    [device] = [each for each in record.devices if each.type == kind]
    return {cell.cell: cell.proven for cell in device.cells}


async def test_each_cell_is_said_to_be_proven_by_use_by_command_or_not(tmp_path: Path) -> None:
    record = await record_of(tmp_path, LOOK, RENEWED, *AFTER[:3], LAST)
    assert proven(record, "ESME") == {
        "root.CS": "not proven",
        "recovery.DS": "not proven",
        "supplier.DS": "not proven",
        "supplier.KA": "by use",
        "supplier.KA.PP": "by use",
        "networkOperator.DS": "not proven",
        "networkOperator.KA": "not proven",
        "accessControlBroker.KA": "by use",
        "transitionalCoS.DS": "not proven",
    }
    again = {**RENEWED, "name": "again", "credentials": 2}
    record = await record_of(tmp_path / "again", LOOK, RENEWED, again, LAST)
    assert proven(record, "GPF")["supplier.DS"] == "by credential command only"
    assert proven(record, "GPF")["supplier.KA"] == "not proven"
    assert record.as_json()["replaced_keys_proven"] == {
        "by_use": 0, "by_credential_command_only": 3, "not_proven": 6,
        "could_be_used_and_was_not": 2 * 3 + 1,
    }  # fmt: skip


async def test_a_use_of_the_key_before_proves_nothing_of_the_new_one(tmp_path: Path) -> None:
    record = await record_of(tmp_path, LOOK, *BEFORE, RENEWED, LAST)
    assert proven(record, "GSME")["supplier.KA"] == "not proven"
    assert proven(record, "ESME")["networkOperator.KA"] == "by use"


async def test_what_a_thief_does_proves_no_key(tmp_path: Path) -> None:
    record = await record_of(tmp_path, LOOK, *FALLEN, PRINTED, LAST)
    assert proven(record, "ESME")["supplier.KA.PP"] == "not proven"


async def test_only_proof_by_use_is_green_and_the_rest_is_explained(tmp_path: Path) -> None:
    again = {**RENEWED, "name": "again", "credentials": 2}
    record = await record_of(tmp_path, LOOK, RENEWED, again, *AFTER[:3], LAST, devices=["GPF"])
    page = render(record)
    assert '<span class="mark passed">by use</span>' in page
    assert '<span class="mark skipped">by credential command only</span>' in page
    assert "no public use" in page
    assert 'passed">by credential' not in page
    write_spreadsheets(record, tmp_path)
    table = (tmp_path / "csv" / "cells.csv").read_text("utf-8-sig")
    rows = {row["cell"]: row for row in csv.DictReader(table.splitlines())}
    assert rows["supplier.KA"]["proven"] == "by use"
    assert rows["supplier.DS"]["proven"] == "by credential command only"
    assert rows["supplier.DS"]["has a public use"] == "False"


async def test_the_report_tells_what_customers_lost_and_what_a_thief_could_print(
    tmp_path: Path,
) -> None:
    printing = use("prints", "top up", pence=8191, **STOLEN)
    waits = {**LOOK, "minutes": 58}
    record = await record_of(tmp_path, *BEFORE[:1], *FALLEN, waits, printing, RENEWED, *AFTER[4:5])
    told = record.accounts.last(Prepayment)
    assert told is not None
    assert (told.sold, told.sold_pence, told.lost, told.lost_pence) == (2, 2000, 2, 2000)
    assert (told.printed, told.printed_pence) == (2, 2 * 8191)
    # From the Compromise, then 58 minutes and one: 60 minutes. 2**31 - 1 thousandths of a penny.
    assert (told.thief_seconds, told.thief_meters, told.thief_has_still) == (3600, 2, 0)
    assert told.thief_limit_pence == 2 * ((2**31 - 1) // 1000)
    page = render(record)
    assert "could print money for 2 meters for 60 min: up to £42,949.66" in page
    assert "the customers&#39; loss" in page


async def test_a_thief_whose_key_is_still_there_is_told(tmp_path: Path) -> None:
    record = await record_of(tmp_path, *FALLEN, {**LOOK, "minutes": 10}, LAST)
    told = record.accounts.last(Prepayment)
    assert told is not None
    assert told.thief_has_still == 2
