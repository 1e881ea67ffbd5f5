"""``drill list``, ``drill run`` and ``drill report`` as a user types them."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.cli.taken_folder import new_run_folder

STORY = "root-compromise-contingency"


def test_drill_list_names_every_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "list"]) == 0
    out = capsys.readouterr().out
    assert STORY in out
    assert "supplier-compromise-recovery" in out


def test_drill_list_as_json_has_every_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "list", "--json"]) == 0
    names = {story["name"] for story in json.loads(capsys.readouterr().out)}
    assert names >= {STORY, "supplier-compromise-recovery"}


def test_drill_run_leaves_ledger_record_report_and_junit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert run(["drill", "run", STORY, "--seed", "3", "--out", str(folder)]) == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "run.sqlite", "record.json", "report.html", "junit.xml", "images", "messages",
        "manifest.json", "signatures", "csv", "notices",
    }  # fmt: skip
    images = sorted(path.name for path in (folder / "images").iterdir())
    assert len(images) == 8
    assert len([name for name in images if name.endswith(".before.bin")]) == 4
    out = capsys.readouterr().out
    assert out.startswith("Passed.")
    assert f"Report {folder}/report.html" in out


def test_the_record_tells_how_to_repeat_the_run(tmp_path: Path) -> None:
    run(["drill", "run", STORY, "--seed", "3", "--out", str(tmp_path / "run")])
    record = json.loads((tmp_path / "run" / "record.json").read_text("utf-8"))
    assert record["run"]["command_line"] == (
        f"firmware-sim drill run {STORY} --target memory --premises 1 --seed 3"
    )
    assert record["versions"]["firmware-sim"]
    assert len(record["policy"]) > 10
    assert all(device["image_after"] for device in record["devices"])


def test_drill_runs_with_one_seed_have_the_same_octets(tmp_path: Path) -> None:
    octets = []
    for name in ("first", "second"):
        run(["drill", "run", STORY, "--seed", "9", "--out", str(tmp_path / name)])
        record = json.loads((tmp_path / name / "record.json").read_text("utf-8"))
        octets.append([message["octets"] for message in record["messages"]])
    assert octets[0] == octets[1]
    assert len(octets[0]) > 50


def test_json_of_a_drill_is_alone_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "run", STORY, "--json", "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr()
    summary = json.loads(out.out)
    assert summary["outcome"] == "passed"
    assert summary["exit_code"] == 0
    assert summary["verdicts"]["devices"] == "right"
    assert summary["counts"]["devices"] == 4
    assert Path(summary["report"]).is_file()
    assert "Passed." in out.err


def test_drill_run_without_out_makes_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(["drill", "run", STORY])
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(rf"\d{{8}}T\d{{6}}Z-{STORY}", folder.name)


def test_a_report_is_made_again_from_the_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    run(["drill", "run", STORY, "--out", str(folder)])
    page = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    capsys.readouterr()
    assert run(["drill", "report", str(folder)]) == 0
    assert (folder / "report.html").read_bytes() == page
    told = capsys.readouterr()
    assert (told.out, told.err) == (f"Report: {folder}/report.html\n", "")
    rmtree(folder / "notices")
    assert run(["drill", "report", str(folder)]) == 0
    assert "notices/ is not there: only a run that comes to its end writes it." in " ".join(
        capsys.readouterr().err.split()
    )


def test_a_drill_that_will_take_long_asks_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    command = ["drill", "run", STORY, "--premises", "1000000", "--out", str(folder)]
    assert run(command) == 4
    error = " ".join(capsys.readouterr().err.split())
    assert re.search(
        r"1,000,000 homes take about [\d,]+ h \d\d min and [\d,.]+ GB of memory", error
    )
    assert "give fewer --premises, or --yes to go on" in error
    assert re.search(rf"; firmware-sim fleet run {STORY} --devices \d+000000 takes a", error)
    assert not folder.exists()
    # Neither a board nor another policy can be played as a fleet.
    assert run([*command, "--target", "mqtt"]) == 4
    assert "fleet run" not in capsys.readouterr().err


def test_two_runs_of_one_second_each_have_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folders = [new_run_folder(datetime(2027, 2, 1, 8, tzinfo=UTC), "a-story") for _ in range(3)]
    assert [str(folder) for folder in folders] == [
        "runs/20270201T080000Z-a-story",
        "runs/20270201T080000Z-a-story-2",
        "runs/20270201T080000Z-a-story-3",
    ]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
