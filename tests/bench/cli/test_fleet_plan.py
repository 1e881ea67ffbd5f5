"""``fleet plan``: its documents, its picture and its exit codes."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.outcome import ExitCode
from tests.bench.drills.wave_stories import text_of
from tests.bench.experiments.country.test_checking import SUMMARY, folder_with


@pytest.mark.slow
def test_the_curve_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "plan", "--example"]) == ExitCode.PASSED
    estate, picture = tmp_path / "estate.yaml", tmp_path / "curve.svg"
    estate.write_text(capsys.readouterr().out)
    assert run(["fleet", "plan", str(estate), "--picture", str(picture)]) == ExitCode.PASSED
    assert ET.parse(picture).getroot().tag.endswith("svg")


def test_the_example_is_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "plan", "--example"]) == ExitCode.PASSED
    estate = tmp_path / "estate.yaml"
    estate.write_text(capsys.readouterr().out)
    assert run(["fleet", "plan", str(estate), "--json"]) == ExitCode.PASSED
    plan = json.loads(capsys.readouterr().out)
    assert plan["days_to"]["50%"] < plan["days_to"]["95%"]
    assert plan["curve"][-1]["recovered"] == plan["recovered"]
    assert run(["fleet", "plan", str(estate)]) == ExitCode.PASSED
    shown = capsys.readouterr().out
    assert "Assumed:" in shown
    assert "away.for-days.share: 3%" in shown


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "plan", "--schema"]) == ExitCode.PASSED
    assert "regions" in json.loads(capsys.readouterr().out)["properties"]


def test_an_estate_that_contradicts_itself_is_one_line_and_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fleet", "plan", "--example"]) == ExitCode.PASSED
    estate = tmp_path / "estate.yaml"
    estate.write_text(capsys.readouterr().out.replace("share: 30%", "share: 20%"))
    assert run(["fleet", "plan", str(estate)]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert "line 12, regions: the shares of all regions make 90%, not 100%" in said.err


@pytest.mark.parametrize("arguments", [[], ["nowhere.yaml"], ["--check", "nowhere"]])
def test_what_is_missing_is_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "plan", *arguments]) == ExitCode.USAGE
    assert "Traceback" not in capsys.readouterr().err


def test_a_prediction_that_is_off_ends_with_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.mkdir()
    large.mkdir()
    folder_with(small, SUMMARY)
    folder_with(large, SUMMARY | {"devices": 4000})
    arguments = ["fleet", "plan", "--check", str(small), "--check", str(large), "--json"]
    assert run(arguments) == ExitCode.DEVICE_FAILED
    found = json.loads(capsys.readouterr().out)
    assert not found["is_within"]
    assert {each["run"] for each in found["compared"]} == {"large"}


WAVES = """\
    waves: [{share: 5%, name: canary}, {share: rest}]
    retry: {attempts: 3, back off: 30m}
"""
IN_SHARES = text_of(WAVES, "links: {unreachable: {share: 10%}, loss: 10%}\n", after="")


@pytest.mark.slow
def test_a_fleet_predicts_one_five_times_as_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but CPU time, which on so few devices is that of the machine more than theirs."""
    story = tmp_path / "story.yaml"
    story.write_text(IN_SHARES)
    folders = [tmp_path / "small", tmp_path / "large"]
    for number, (folder, devices) in enumerate(zip(folders, ("1500", "7500"), strict=True), 1):
        words = ["--devices", devices, "--seed", str(number), "--workers", "2", "--out"]
        run(["fleet", "run", str(story), *words, str(folder)])
    capsys.readouterr()
    checked = [word for folder in folders for word in ("--check", str(folder))]
    run(["fleet", "plan", *checked, "--json"])
    found = {each["what"]: each for each in json.loads(capsys.readouterr().out)["compared"]}
    assert found.pop("CPU seconds")["predicted"] > 0
    assert [what for what, each in found.items() if not each["is_within"]] == []
    assert sum(each["is_judged"] for each in found.values()) >= 10
