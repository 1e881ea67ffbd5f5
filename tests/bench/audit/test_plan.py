"""The plan of an audit passes `drill check`, and mends what the audit found when it is played."""

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.runner import run_drill
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.run_info import INVENTORY, InputText, RunInfo
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.roles import DeviceType
from tests.bench.audit.estates import opened, should_hold, story, write

WRONG = """\
  misheld:
    - {at: north, hold: south, types: [ESME, GPF], count: 2}
    - {at: alpha, hold: beta, types: [GSME], count: 1}
provision:
  - {cells: [supplier], devices: [GPF], holder: accessControlBroker}
"""

Captured = pytest.CaptureFixture[str]


def audit(path: Path, inventory: Path, capsys: Captured, *more: str) -> tuple[int, dict[str, int]]:
    arguments = ["--story", str(path), "--inventory", str(inventory), "--json", *more]
    capsys.readouterr()
    code = run(["audit", "run", *arguments])
    sorts: dict[str, int] = json.loads(capsys.readouterr().out)["sorts"]
    return code, sorts


async def play(path: Path, folder: Path) -> Outcome:
    loaded = load_story(str(path))
    assert loaded.population is not None
    assert loaded.inventory is not None
    beside = path.with_name(loaded.inventory)
    info = RunInfo(
        story=loaded.name, title=loaded.title, summary="", seed=1, target="memory",
        premises=loaded.population.premises, started=loaded.start, policy=(), versions={},
        command_line=(),
    )  # fmt: skip
    text = InputText(INVENTORY, str(beside), beside.read_text("utf-8"))
    with RunLedger.create(folder, info) as ledger:
        ending = await run_drill(
            loaded, target="memory", premises=info.premises, seed=1, ledger=ledger,
            progress=Silent(), inventory=text,
        )  # fmt: skip
    return ending.outcome


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """An estate with two operators', one supplier's and every GPF's cells wrong; one is newer."""
    path = story(tmp_path)
    path.write_text(path.read_text("utf-8").replace("steps:", WRONG + "steps:"), "utf-8")
    rows = [should_hold(each) for each in opened(path, monkeypatch, {}).setup.estate]
    last = next(row for row in rows if row["type"] == DeviceType.ESME.name)
    last["supplier"] += " 2"
    monkeypatch.undo()
    return path, write(tmp_path / "estate.csv", rows)


def test_the_plan_mends_all_that_was_found(
    wrong: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    plan = tmp_path / "plan.yaml"
    code, sorts = audit(*wrong, capsys, "--plan", str(plan))
    assert code == 1
    assert {sort: number for sort, number in sorts.items() if number and sort != "right"} == {
        "wrong party": 2 * 2 + 3,
        "wrong generation": 3,
        "role mismatch": 10 * 3,
    }
    assert run(["drill", "check", str(plan)]) == 0
    assert asyncio.run(play(plan, tmp_path / "run")) is Outcome.PASSED


def test_a_plan_tells_which_devices_it_gives_to_another_organisation(
    wrong: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    """Only the inventory says that they are theirs: a mistake in it would be carried out."""
    path, inventory = wrong
    plan, arguments = tmp_path / "plan.yaml", ["audit", "run", "--story", str(path)]
    assert run([*arguments, "--inventory", str(inventory), "--plan", str(plan)]) == 1
    told = capsys.readouterr().out
    assert "supplier: 1 device from beta to alpha: " in told
    assert "networkOperator: 2 devices from " in told
    assert "remove the device's line" in told
    head = [line for line in plan.read_text("utf-8").splitlines() if line.startswith("#")]
    assert any("supplier: 1 device from beta to alpha: " in line for line in head)
    rows = list(csv.DictReader(inventory.read_text("utf-8").splitlines()))
    (given,) = [line for line in head if "supplier: 1 device from" in line]
    mine = [row for row in rows if row["device"] != given.rsplit(maxsplit=1)[-1]]
    assert len(mine) == len(rows) - 1
    again = tmp_path / "without.yaml"
    kept = write(tmp_path / "kept.csv", mine)
    assert run([*arguments, "--inventory", str(kept), "--plan", str(again)]) == 1
    assert "from beta to alpha" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["plan.yaml", "plan-inventory.csv"])
def test_a_plan_takes_no_other_files_place(
    name: str, wrong: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    path, inventory = wrong
    (tmp_path / name).write_text("mine")
    more = ["--inventory", str(inventory), "--plan", str(tmp_path / "plan.yaml")]
    assert run(["audit", "run", "--story", str(path), *more]) == 4
    assert f"{name} is there already" in "".join(capsys.readouterr().err.split("\n"))
    assert (tmp_path / name).read_text() == "mine"


LOOKS: tuple[dict[str, Any], ...] = (
    {"name": "alphas", "at": "alpha", "holding": {"supplier": {"holder": "beta"}}},
    {"name": "betas", "at": "beta", "holding": {"supplier": {"holder": "alpha"}}},
    {"name": "all", "holding": {"networkOperator": {"holder": "north"}}},
)
"""Read back at the end: not compared with what is believed, which follows each command."""


@pytest.mark.parametrize("responsible", [None, "as drawn", "as believed"])
@pytest.mark.parametrize("cells", ["supplier", "supplier.DS"])
def test_the_plan_goes_by_what_is_believed_whatever_the_inventory_says_of_owners(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, responsible: str | None,
    cells: str,
) -> None:  # fmt: skip
    """Of every ESME the inventory believes the other supplier, and one network operator for all."""
    path, other = story(tmp_path), {"alpha": "beta", "beta": "alpha"}
    lines = [f"device,type,{cells},networkOperator" + (",responsible supplier" * bool(responsible))]
    for each in opened(path, monkeypatch, {}).setup.estate:
        if each.device_type is DeviceType.ESME:
            drawn = each.responsible_supplier
            said = {"as drawn": drawn, "as believed": other[drawn]}.get(responsible or "")
            row = (str(each.entity_id), "ESME", other[drawn], "north", said)
            lines.append(",".join(text for text in row if text))
    monkeypatch.undo()
    inventory, plan = tmp_path / "estate.csv", tmp_path / "plan.yaml"
    inventory.write_text("\n".join(lines) + "\n", "utf-8")
    code, sorts = audit(path, inventory, capsys, "--plan", str(plan))
    assert code == 1
    assert sorts["wrong party"] > 10
    what = {"title": "Look", "do": "read back", "by": "accessControlBroker", "devices": ["ESME"]}
    look = [what | each for each in LOOKS]
    text = plan.read_text("utf-8")
    plan.write_text(text + yaml.safe_dump(look), "utf-8")
    assert run(["drill", "check", str(plan)]) == 0
    assert asyncio.run(play(plan, tmp_path / "run")) is Outcome.PASSED


DIVIDED: tuple[dict[str, str], ...] = (
    {"supplier.DS": "{mine}", "supplier.KA": "{other}", "networkOperator": "{operator}"},
    {"supplier": "{other}", "supplier.KA.PP": "{other} 2", "networkOperator": "{operator}"},
    {"supplier": "{mine}", "networkOperator.DS": "{across}", "networkOperator.KA": "{operator}"},
    {"supplier": "{mine}", "networkOperator.DS": "{operator}", "networkOperator.KA": "{across}"},
    {"supplier": "{mine}", "networkOperator.DS": "{across} 2", "networkOperator.KA": "{across}"},
    {"supplier.DS": "{other} 2", "supplier.KA": "{mine} 2", "networkOperator.KA": "{across}"},
)
"""What the inventory says of every ESME: of the cells of one role, two owners or generations."""


SWAPPED = {"alpha": "beta", "beta": "alpha", "north": "south", "south": "north"}


def said_of(columns: dict[str, str], supplier: str, operator: str) -> dict[str, str]:
    """The row of a device of these two."""
    names = {"mine": supplier, "other": SWAPPED[supplier]}
    names |= {"operator": operator, "across": SWAPPED[operator]}
    return {column: text.format(**names) for column, text in columns.items()}


def looks_of(columns: dict[str, str]) -> list[dict[str, Any]]:
    """Each ESME is read at the end: the last audit compares with what commands left believed."""
    what = {"title": "Look", "do": "read back", "by": "accessControlBroker", "devices": ["ESME"]}
    looks = []
    for owner, role in {"alpha": "supplier", "north": "network"}.items():
        for name in (owner, SWAPPED[owner]):
            row = said_of(columns, name if role == "supplier" else "alpha",
                          name if role == "network" else "north")  # fmt: skip
            holding = {
                cell: {"holder": text.split()[0], "generation": int([*text.split(), "1"][1])}
                for cell, text in row.items()
                if cell.startswith(role)
            }
            looks.append(what | {"name": f"look-{name}", "at": name, "holding": holding})
    return looks


@pytest.mark.parametrize("columns", DIVIDED, ids=lambda each: " ".join(each.values()))
def test_cells_of_one_role_with_two_owners_are_each_mended_by_their_own(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, columns: dict[str, str]
) -> None:
    """A command for all cells of the role would undo what the one before it mended."""
    path, plan = story(tmp_path), tmp_path / "plan.yaml"
    lines = [f"device,type,{','.join(columns)}"]
    for each in opened(path, monkeypatch, {}).setup.estate:
        if each.device_type is DeviceType.ESME:
            said = said_of(columns, each.responsible_supplier, each.network_operator)
            lines.append(",".join((str(each.entity_id), "ESME", *said.values())))
    monkeypatch.undo()
    inventory = tmp_path / "estate.csv"
    inventory.write_text("\n".join(lines) + "\n", "utf-8")
    code, sorts = audit(path, inventory, capsys, "--plan", str(plan))
    assert (code, sum(sorts.values()) - sorts["right"] > 0) == (1, True)
    text = plan.read_text("utf-8")
    assert "Cells that no step mends: 0." in text
    plan.write_text(text + yaml.safe_dump(looks_of(columns)), "utf-8")
    assert run(["drill", "check", str(plan)]) == 0
    assert asyncio.run(play(plan, tmp_path / "run")) is Outcome.PASSED


def test_who_holds_the_signing_cell_sends_whoever_is_in_the_other(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other operator's key stands in one cell, and cannot sign: its own operator mends it."""
    path, plan = story(tmp_path), tmp_path / "plan.yaml"
    strange = "provision:\n  - {cells: [networkOperator.KA], devices: [ESME], holder: south}\n"
    path.write_text(path.read_text("utf-8").replace("steps:", strange + "steps:"), "utf-8")
    rows = [should_hold(each) for each in opened(path, monkeypatch, {}).setup.estate]
    monkeypatch.undo()
    inventory = write(tmp_path / "estate.csv", rows)
    code, sorts = audit(path, inventory, capsys, "--plan", str(plan))
    assert (code, sorts["wrong party"]) == (1, 5)
    assert "Cells that no step mends: 0." in plan.read_text("utf-8")
    assert asyncio.run(play(plan, tmp_path / "run")) is Outcome.PASSED


def test_a_cell_of_which_the_inventory_believes_another_roles_organisation_is_left(
    tmp_path: Path, capsys: Captured
) -> None:
    inventory, plan = tmp_path / "estate.csv", tmp_path / "plan.yaml"
    inventory.write_text("device,type,supplier\n0246271123000000,ESME,north\n", "utf-8")
    code, sorts = audit(story(tmp_path), inventory, capsys, "--plan", str(plan))
    assert (code, sorts["wrong party"]) == (1, 3)
    assert "Cells that no step mends: 3." in plan.read_text("utf-8")
    assert asyncio.run(play(plan, tmp_path / "run")) is Outcome.PASSED


def test_a_plan_without_its_repairs_is_no_repair(
    wrong: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    """Planted: the steps that mend are left out, and the last audit finds everything again."""
    plan = tmp_path / "plan.yaml"
    audit(*wrong, capsys, "--plan", str(plan))
    text = plan.read_text("utf-8")
    first, last = text.index("- name: mend-1"), text.index("- name: audit-after")
    plan.write_text(text[:first] + text[last:], "utf-8")
    assert asyncio.run(play(plan, tmp_path / "run")) is Outcome.FAILED


def test_a_plan_for_devices_of_others_is_refused_before_they_are_asked(
    tmp_path: Path, capsys: Captured
) -> None:
    assert run(["pki", "new", str(tmp_path / "pki")]) == 0
    file = tmp_path / "estate.csv"
    file.write_text("device,type,supplier\n0246271123000000,ESME,supplier\n", "utf-8")
    capsys.readouterr()
    plan = tmp_path / "plan.yaml"
    code = run(
        ["audit", "run", "--pki", str(tmp_path / "pki"), "--target", "mqtt://localhost:1",
         "--inventory", str(file), "--plan", str(plan)]
    )  # fmt: skip
    assert code == 4
    assert "give --story for it" in capsys.readouterr().err
    assert not plan.exists()
