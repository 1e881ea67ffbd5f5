"""Drills with a population or an inventory as a user runs them, verifies them and gets refused."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.home_seed import SEED_OCTETS, home_seed_of
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.drbg import HmacDrbg

FULL = Path(__file__).parents[1] / "drills" / "stories" / "two-suppliers.yaml"
NEGATIVE = ("beta-refused", "attacker-refused")
HEADER = "device,type,smi status,responsible supplier,supplier"


def esme(home: int) -> str:
    """The Entity Identifier of the ESME of a home, with the mark of seed 1."""
    mark = HmacDrbg(home_seed_of((1).to_bytes(SEED_OCTETS)), b"run").generate(2)
    return str(device_entity_id(DeviceType.ESME, home, mark))


def written(folder: Path, edit: Callable[[dict[str, Any]], object] = lambda _story: None) -> str:
    """A story with two homes, as a file; both suppliers have one."""
    story = yaml.safe_load(FULL.read_text("utf-8"))
    story["devices"] = ["ESME"]
    story["steps"] = [each for each in story["steps"] if each["name"] not in NEGATIVE]
    story["population"] = {"premises": 2, "suppliers": {"alpha": "50%", "beta": "50%"}}
    edit(story)
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(story, sort_keys=False), "utf-8")
    return str(path)


def with_inventory(folder: Path, *lines: str) -> str:
    (folder / "estate.csv").write_text("\n".join((HEADER, *lines)) + "\n", "utf-8")
    return written(folder, lambda story: story.update(inventory="estate.csv"))


def refusal(story: str, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What a refused run says, with exit code 4; nothing is made."""
    assert run(["drill", "run", story, "--out", str(folder / "run"), *more]) == 4
    assert not (folder / "run").exists()
    text = capsys.readouterr().err
    assert "Traceback" not in text
    return text


def test_premises_beside_a_population_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = refusal(written(tmp_path), tmp_path, capsys, "--premises", "2")
    assert "the population of two-suppliers says how many premises there are: 2" in text


def test_entries_that_together_take_more_devices_than_there_are_make_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"at": "alpha", "hold": "beta", "count": 1}

    def take_twice(story: dict[str, Any]) -> None:
        story["population"]["misheld"] = [entry, entry]

    text = refusal(written(tmp_path, take_twice), tmp_path, capsys)
    assert "misheld takes 1 device, and 0 are left" in text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([f"{esme(0)},ESME,commissioned,alpha,"] * 2, f"line 3, device: {esme(0)} stands here"),
        ([f"{esme(7)},ESME,commissioned,alpha,"], "line 2, device: "),
        (["0246530011,ESME,commissioned,alpha,"], "'0246530011' is no Entity Identifier"),
        ([f"{esme(0)},GSME,commissioned,alpha,"], "is of type ESME, not GSME"),
        ([f"{esme(0)},ESME,commissioned,alfa,"], "'alfa' is no supplier of this population; did"),
        ([f"{esme(0)},ESME,comissioned,alpha,"], "did you mean 'commissioned'?"),
    ],
)  # fmt: skip
def test_a_wrong_inventory_is_refused_with_its_line(
    lines: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = refusal(with_inventory(tmp_path, *lines), tmp_path, capsys)
    assert said in text
    assert f"{tmp_path}/estate.csv, line " in text


def test_an_inventory_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = written(tmp_path, lambda each: each.update(inventory="estate.csv"))
    assert "estate.csv" in refusal(story, tmp_path, capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which beta's meter is believed to hold alpha's certificates, and alpha's nothing."""
    place = tmp_path_factory.mktemp("inventory")
    homes = [f"{esme(home)},ESME,commissioned,beta,alpha" for home in range(2)]
    assert run(["drill", "run", with_inventory(place, *homes), "--out", str(place / "run")]) == 0
    (place / "estate.csv").unlink()
    return place / "run"


def test_the_inventory_decides_who_is_responsible_and_what_is_believed(folder: Path) -> None:
    """Both homes are beta's by the inventory. One holds alpha's certificates, both are said to."""
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert record["relevant_devices"]["total"] == 2
    assert record["relevant_devices"]["populated"] == 1
    estates = [device["estate"] for device in record["devices"]]
    assert {each["responsible_supplier"] for each in estates} == {"beta"}
    assert sorted(each["relevant"] for each in estates) == ["believed", "populated"]
    assert all(each["affected"] == ["supplier.DS"] for each in estates)


def test_tables_and_report_say_whose_each_device_is(folder: Path) -> None:
    text = (folder / "csv" / "devices.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["device"] for row in rows] == [esme(0), esme(1)]
    assert {row["smi status"] for row in rows} == {"commissioned"}
    assert {row["network operator"] for row in rows} == {"network-operator"}
    assert sorted(row["relevant"] for row in rows) == ["believed", "populated"]
    page = (folder / "report.html").read_text("utf-8")
    line = re.search(r'<th scope="row">beta</th>(.*?)</tr>', page)
    assert line is not None
    assert re.findall(r">(\d+)<", line[1]) == ["2", "0", "2", "1", "1"]


def test_a_run_is_played_again_with_the_inventory_that_it_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evidence", "verify", str(folder), "--replay", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["replayed"], told["agree"]) == ("intact", 1, 1)


def test_an_inventory_alone_says_what_is_commissioned(tmp_path: Path) -> None:
    """Two homes of the only supplier; Recovery leaves out the meter that is suspended."""
    known = [
        f"{esme(0)},ESME,commissioned,supplier,",
        f"{esme(1)},ESME,suspended,supplier,",
    ]
    (tmp_path / "estate.csv").write_text("\n".join((HEADER, *known)) + "\n", "utf-8")

    def alone(story: dict[str, Any]) -> None:
        del story["population"]
        story["inventory"] = "estate.csv"
        for step in story["steps"]:
            step.pop("party", None)
        next(each for each in story["steps"] if each["name"] == "fall")["reporter"] = "Party"

    story = written(tmp_path, alone)
    assert run(["drill", "run", story, "--premises", "2", "--out", str(tmp_path / "run")]) == 0
    record = json.loads((tmp_path / "run" / "record.json").read_text("utf-8"))
    assert (record["relevant_devices"]["total"], record["relevant_devices"]["populated"]) == (1, 1)
    assert [device["estate"]["relevant"] for device in record["devices"]] == ["populated", None]
