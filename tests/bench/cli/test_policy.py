"""``policy list``, and ``--policy`` wherever a device is made."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.cli.policy import load_policy
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.policy import OPEN_POINTS, Policy
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from tests.bench.evidence.asking import asked

_STORY = "root-compromise-contingency"


def write(folder: Path, text: str, name: str = "policy.yaml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_policy_list_has_every_open_point(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "list"]) == 0
    shown = capsys.readouterr().out
    assert run(["policy", "list", "--json"]) == 0
    rows = {row["point"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows) == [point.name for point in OPEN_POINTS]
    for point in OPEN_POINTS:
        assert point.name in shown
        row = rows[point.name]
        assert row["choice"] == row["default"] == point.default
        assert row["alternatives"] == list(point.alternatives)
        assert row["source"] == point.source


def test_policy_list_shows_the_choices_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "read_counter: ignore\n")
    assert run(["policy", "list", "--policy", str(file)]) == 0
    assert "advance* | [ignore (insecure)]" in capsys.readouterr().out
    assert run(["policy", "list", "--policy", str(file), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["point"]: row["choice"] for row in rows if row["choice"] != row["default"]} == {
        "read_counter": "ignore"
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "# mine\ntime_checks: always\ngpf_wan_provider: held\n"),
        ("a.json", '{\n\t"time_checks": "always",\n\t"gpf_wan_provider": "held"\n}\n'),
        ("b.json", '{"time_checks":"always","gpf_wan_provider":"held"}'),
    ],
)
def test_a_policy_file_is_yaml_or_json(tmp_path: Path, name: str, text: str) -> None:
    expected = Policy(time_checks="always", gpf_wan_provider="held")
    assert load_policy(write(tmp_path, text, name)) == expected


def test_no_policy_file_and_an_empty_one_give_the_default(tmp_path: Path) -> None:
    assert load_policy(None) == load_policy(write(tmp_path, "# nothing\n")) == Policy()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_checks: always\nno_such: x\n", "line 2: no policy point 'no_such'"),
        ("\ntime_checks: alwys\n", "line 2: policy time_checks is one of reliable-clock, always"),
        ("time_checks: never\ntime_checks: never\n", "line 2: the key 'time_checks' is written tw"),
        ("time_checks: [always]\n", "line 1: not of the form point: choice"),
        ("- time_checks\n", "holds no mapping"),
        ("time_checks: {\n", "line"),
    ],
)
def test_a_wrong_policy_file_is_a_usage_error_with_its_line(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load_policy(write(tmp_path, text))
    assert words in str(caught.value)
    assert "policy.yaml" in str(caught.value)


def test_a_missing_policy_file_ends_with_the_usage_code(tmp_path: Path) -> None:
    for command in (
        ["drill", "run", _STORY, "--out", str(tmp_path / "run")],
        ["device", "run", "--type", "esme", "--target", "mqtt"],
        ["conformance", "run", str(tmp_path)],
        ["policy", "list"],
    ):
        assert run([*command, "--policy", str(tmp_path / "none.yaml")]) == 4
    assert not (tmp_path / "run").exists()


def test_a_drill_follows_and_records_its_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "gpf_wan_provider: held\nread_counter: ignore\n")
    options = ["--out", str(tmp_path / "run"), "--policy", str(file)]
    assert run(["drill", "run", _STORY, *options]) == 0
    told = capsys.readouterr().err
    assert "policy: gpf_wan_provider held\n" in told
    assert "policy: read_counter ignore (insecure)\n" in told
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    chosen = {row["name"]: row["choice"] for row in record["policy"]}
    assert chosen == _choices({"gpf_wan_provider": "held", "read_counter": "ignore"})
    assert f"--policy {file}" in record["run"]["command_line"]
    query = """SELECT DISTINCT cell FROM cell JOIN device ON cell.device = device.entity
               WHERE device.type = 'GPF'"""
    cells = {cell for (cell,) in asked(tmp_path / "run", query)}
    assert "wanProvider.DS" in cells


def test_a_single_device_has_the_cells_of_its_policy(tmp_path: Path) -> None:
    DrillPki.generate(3).save(tmp_path / "pki")
    held = Policy(esme_load_controller="held")
    for policy, there in ((held, True), (Policy(), False)):
        with brought_up(
            DeviceRequest(DeviceType.ESME, pki=tmp_path / "pki", policy=policy)
        ) as running:
            cells = running.device.cells()
        assert (TrustAnchorCellId.parse("loadController.DS") in cells) is there


def test_conformance_run_replays_with_its_policy(
    rtds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`always` turns down certificates that the reference messages' clocks cannot judge."""
    file = write(tmp_path, "time_checks: always\n")
    assert run(["conformance", "run", str(rtds), "--json", "--policy", str(file)]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["policy"] == _choices({"time_checks": "always"})


def _choices(chosen: Mapping[str, str]) -> dict[str, str]:
    return {point.name: point.default for point in OPEN_POINTS} | dict(chosen)
