"""The attacker as a party: what it gets, what it cannot get, and what is told of it."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.cli import main
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.thief import Thief
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.findings import recoveries
from firmware_sim.bench.evidence.run_figures import figures_of
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict
from tests.bench.drills.attacker_stories import (
    AT,
    BEFORE_NOTICE,
    DOES,
    NO_CERTIFICATE,
    PREMISES,
    small_story,
    small_text,
)
from tests.bench.drills.cut_off import commands_sent, killed, rows
from tests.bench.drills.rehearsal import SUPPLIER_STORY, Rehearsal, rehearse, until
from tests.bench.drills.test_outcomes_of_devices import outcomes_of

NO_BROKER = ("    via: broker\n", "")


async def played(story: Story, folder: Path, **choices: Any) -> Rehearsal:
    return await rehearse(story, folder / "run", premises=PREMISES, **choices)


def accounts(run: Rehearsal, kind: str) -> list[dict[str, Any]]:
    rows = run.rows(f"SELECT content FROM account WHERE kind = '{kind}'")
    return [json.loads(content) for (content,) in rows]


def tries(run: Rehearsal, name: str) -> Counter[tuple[str, str, str]]:
    """Of one attempt: how often which step had which verdict, and what was seen."""
    query = (
        "SELECT step.name, verdict.verdict, actual FROM verdict JOIN step ON step.id = verdict.step"
        f" WHERE verdict.name = '{name}'"
    )
    return Counter((step, verdict, actual) for step, verdict, actual in run.rows(query))


OBEYED = "replaced supplier.DS, supplier.KA, supplier.KA.PP"
BEFORE, BETWEEN, AFTER = (
    f"attacker-1-{point}" for point in ("before-notice", "between-decision-and-wave", "after")
)


async def test_a_thief_with_everything_takes_its_devices_and_loses_them_to_recovery(
    tmp_path: Path,
) -> None:
    """5 homes of alpha with 3 devices each, 2 not commissioned, 2 at beta, 3 with the thief."""
    run = await played(small_story(smooth=False), tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()
    (relevant,) = accounts(run, "relevant devices")
    total = 5 * 3 - 2 + 2
    assert (relevant["total"], relevant["believed"]) == (total, 1 + 3)
    assert relevant["populated"] == total - 4
    waves = accounts(run, "wave")
    first_pass = [sum(each[key] for each in waves) for key in ("recovered", "failed")]
    assert first_pass == [total - 4 - 2, 2]
    assert outcomes_of(run) == {"recovered": total - 4, "unreachable": 4}
    devices = accounts(run, "attacked device")
    assert len(devices) == 3
    for each in devices:
        assert each["cells"] == ["supplier.DS", "supplier.KA", "supplier.KA.PP"]
        assert each["since"] == "2027-02-01T08:31:00.000+00:00"
        assert each["until"] >= "2027-02-01T11:23:00.000+00:00"
        assert each["lost"] == []


async def test_a_device_obeys_the_thief_exactly_where_the_mode_table_gives_it_the_power(
    tmp_path: Path,
) -> None:
    run = await played(small_story(), tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()
    own = tries(run, "rotate to own: issued by SMKI")
    assert own == {
        (BEFORE, "passed", OBEYED): 3,
        (BETWEEN, "passed", OBEYED): 3,
        (AFTER, "passed", "nothing changed"): 3,
    }
    for origin in ("own root 1", "own PKI 2", "expired", "wrong usage"):
        found = tries(run, f"rotate to own: {origin}")
        assert {(verdict, actual) for _, verdict, actual in found} == {
            ("passed", "nothing changed")
        }
    locked = tries(run, "lock out counter: recovery")
    assert {actual for _, _, actual in locked} == {"nothing changed"}
    replays = tries(run, "replay")
    assert {(verdict, actual) for _, verdict, actual in replays} == {("passed", "nothing changed")}


async def test_a_signing_key_alone_changes_no_cell(tmp_path: Path) -> None:
    """Without the Broker there is no MAC."""
    run = await played(small_story(NO_BROKER), tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()
    assert all(each["cells"] == [] for each in accounts(run, "attacked device"))
    (relevant,) = accounts(run, "relevant devices")
    assert relevant["believed"] == 1


@pytest.mark.parametrize("must", [True, False])
async def test_a_device_that_obeys_where_it_must_not_or_refuses_what_it_must_take_has_failed(
    must: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Devices do right here; what is wrong is what they must do."""
    monkeypatch.setattr(Thief, "can_act", lambda *_: must)
    broker = [NO_BROKER] if must else []
    story = small_story(*broker, BEFORE_NOTICE, (DOES, "does: [rotate to own]"))
    run = await played(story, tmp_path)
    assert run.devices is DevicesVerdict.WRONG
    assert run.steps()[BEFORE] == "failed"


async def test_without_a_certificate_of_smki_the_thief_moves_counters_and_no_cell(
    tmp_path: Path,
) -> None:
    run = await played(small_story(NO_CERTIFICATE), tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()
    assert all(each["cells"] == [] for each in accounts(run, "attacked device"))
    locked = tries(run, "lock out counter: supplier")
    assert locked[BEFORE, "passed", OBEYED] == 3
    assert locked[AFTER, "passed", "nothing changed"] == 3


async def test_a_device_that_recovery_leaves_out_is_lost_for_good(tmp_path: Path) -> None:
    """In the record, in tables and on the page; its cost falls under L10.17(b)(i)."""
    story = small_story(
        ("    waves: [{share: 10%, name: canary}, {share: 20%}, {share: rest}]\n", ""),
        ("    stop: {failed: 5%, of: wave}\n", "    devices: [ESME]\n"),
        ("    retry: {attempts: 4, back off: 30m}\n", ""),
        ("  - name: mend\n    title: Only the cells that failed\n    do: update again\n", ""),
        ("    of: recovery\n", ""),
        ("    relevant: true\n    holding: {all: 1, supplier: 2}\n", "    relevant: true\n"),
        ("devices: 3", "devices: 9"),
        BEFORE_NOTICE,
    )
    run = await played(story, tmp_path)
    told = {each["device"]: each for each in accounts(run, "attacked device")}
    kinds: dict[str, str] = dict(run.rows("SELECT entity, type FROM device"))
    lost = {device for device, each in told.items() if each["lost"]}
    assert lost == {device for device in told if kinds[device] != "ESME"}
    assert lost
    record = export(run.folder)
    assert record.attack is not None
    assert record.attack.exposure.lost == len(lost)
    written = json.loads((run.folder / "record.json").read_text())
    assert written["attack"]["won_back"] == 9 - len(lost)
    assert written["attack"]["exposure"]["max_s"] == (2 * 60 + 52) * 60
    assert {each["device"] for each in written["attacked"] if each["lost"]} == lost
    with (run.folder / "csv" / "attacked.csv").open(encoding="utf-8-sig") as table:
        assert {row["device"] for row in csv.DictReader(table) if row["won back"] == "no"} == lost
    page = (run.folder / "report.html").read_text()
    assert f"{len(lost)} devices are lost for good" in page


async def test_what_a_thief_did_to_a_device_is_no_recovery_of_it(tmp_path: Path) -> None:
    """Its command is an update too, and was answered at 08:31; Recovery came at 11:23."""
    story = small_story(BEFORE_NOTICE, (DOES, "does: [rotate to own]"))
    run = await played(story, tmp_path)
    record = export(run.folder)
    attacked = {each["device"] for each in accounts(run, "attacked device")}
    found = {each.entity: each.seconds for each in record.recoveries or ()}
    begin = (3 * 60 + 22) * 60
    assert {found[each] for each in attacked} == {begin}


async def test_an_answer_to_a_command_of_the_thief_is_no_recovery(tmp_path: Path) -> None:
    """Devices answer what they refuse, too: its own PKIs came at 08:31, Recovery at 11:23."""
    story = small_story(NO_CERTIFICATE, BEFORE_NOTICE, (DOES, "does: [rotate to own]"))
    run = await played(story, tmp_path)
    record = export(run.folder)
    attacked = {each["device"] for each in accounts(run, "attacked device")}
    (number,) = (step.id for step in record.steps if step.name == BEFORE)
    answers = {each.device for each in record.messages if each.step == number}
    assert attacked <= answers
    begin = (3 * 60 + 22) * 60
    assert min(each.seconds for each in record.recoveries or ()) == begin
    assert {each.entity for each in record.recoveries or ()} >= attacked
    found = figures_of(run.folder)
    assert (found.decision_s, found.first_device_s, found.median_s) == (6720, begin, begin)
    assert 0 not in found.curve
    # As it is if the run was cut off, or is one of a version that did not tell these times.
    rows = record.governance, record.messages, record.devices
    untold = recoveries(*rows, attacks=[number])
    assert untold is not None
    assert min(each.seconds for each in untold.found) == begin


async def test_a_device_that_the_thief_took_is_recovered_when_it_is_won_back(
    tmp_path: Path,
) -> None:
    story = small_story(BEFORE_NOTICE, (DOES, "does: [rotate to own]"))
    run = await played(story, tmp_path)
    told = {each["device"]: each for each in accounts(run, "device outcome")}
    for each in accounts(run, "attacked device"):
        assert told[each["device"]]["recovered_at"] == each["until"]
    taken = accounts(run, "taken device")
    assert {each["at"] for each in taken} == {"2027-02-01T08:31:00.000+00:00"}


@pytest.mark.parametrize("changes", [((DOES, "does: []"), (AT, "at: []"))])
async def test_a_drill_in_which_the_attacker_tried_nothing_says_so_in_its_banner(
    changes: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    run = await played(small_story(*changes), tmp_path)
    record = export(run.folder)
    page = (run.folder / "report.html").read_text()
    banners = page.split('class="banners"')[1].split("</section>")[0]
    assert record.attack is not None
    assert record.attack.tries == 0
    assert "The attacker had a key and tried nothing with it" in banners


async def test_a_copied_key_that_no_step_uses_is_told_as_well(tmp_path: Path) -> None:
    run = await rehearse(until(SUPPLIER_STORY, "supplier-falls"), tmp_path / "run")
    assert accounts(run, "attack") == [{"idle": [], "openings": 0, "tries": 0}]


async def test_a_step_with_a_stolen_key_is_a_try(tmp_path: Path) -> None:
    run = await rehearse(SUPPLIER_STORY, tmp_path / "run")
    # An update for three devices, an activation for two meters, an arming for one.
    assert accounts(run, "attack") == [{"idle": [], "openings": 0, "tries": 6}]


async def test_a_thief_comes_to_none_of_the_devices_that_stand_for_something_else(
    tmp_path: Path,
) -> None:
    run = await played(small_story(smooth=False), tmp_path)
    attacked = {each["device"] for each in accounts(run, "attacked device")}
    cut = {device for (device,) in run.rows(
        "SELECT device FROM verdict WHERE name LIKE 'power cut%'")}  # fmt: skip
    unreachable = {
        each["device"]
        for each in accounts(run, "device outcome")
        if each["outcome"] == "unreachable"
    }
    failed = {device for (device,) in run.rows(
        "SELECT device FROM verdict WHERE actual LIKE '%noTrustAnchor%'")}  # fmt: skip
    assert len(cut) == 3
    assert attacked.isdisjoint(cut | unreachable | failed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_published_example_gives_its_numbers_on_the_native_engine(
    seed: int, tmp_path: Path
) -> None:
    """600 x 3 - 12 + 7 Relevant Devices; all but 40 are recovered, 20 from the thief."""
    run = await rehearse("supplier-m3-fleet", tmp_path, target="native", premises=1000, seed=seed)
    assert run.verdicts is not None
    assert run.verdicts.procedure is ProcedureVerdict.FOLLOWED, run.reasons()
    assert run.devices is DevicesVerdict.OUTSTANDING, run.reasons()
    (relevant,) = accounts(run, "relevant devices")
    assert [relevant[key] for key in ("total", "populated", "believed")] == [1795, 1770, 25]
    waves = accounts(run, "wave")
    first = [sum(each[key] for each in waves) for key in ("recovered", "unreachable", "failed")]
    assert first == [1753, 40, 2]
    assert outcomes_of(run) == {"recovered": 1755, "unreachable": 40}
    devices = accounts(run, "attacked device")
    assert len(devices) == 20
    assert all(each["since"] and each["until"] and not each["lost"] for each in devices)


@pytest.mark.slow
def test_a_drill_that_is_killed_while_the_thief_acts_goes_on_to_the_same_end(
    tmp_path: Path,
) -> None:
    story = tmp_path / "fleet.yaml"
    story.write_text(small_text(), encoding="utf-8")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert main.run(["drill", "run", str(story), "--out", str(whole)]) == 0
    first = next(
        number
        for number, (table, row) in enumerate(rows(whole))
        if BEFORE in row and table == "step"
    )
    killed(["drill", "run", str(story), "--out", str(cut)], first + 40)
    assert main.run(["drill", "resume", str(cut)]) == 0
    mine = [each for each in rows(cut) if each[0] not in ("run", "run_end", "input")]
    assert mine == [each for each in rows(whole) if each[0] not in ("run", "run_end", "input")]
    assert commands_sent(cut) == commands_sent(whole)
