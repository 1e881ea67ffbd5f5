"""``junit.xml`` as a pipeline reads it: with another XML library than the one that wrote it."""

import xml.etree.ElementTree as ET
from pathlib import Path

from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.junit import write_junit
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.outcome import Verdict
from tests.bench.evidence.rehearsal import BROKER, run_info


def parsed(folder: Path) -> ET.Element:
    return ET.parse(folder / "junit.xml").getroot()


def broken(folder: Path) -> ET.Element:
    with RunLedger.create(folder, run_info()) as ledger:
        step = ledger.step("one", "Broken \x00 step")
        for verdict in Verdict:
            ledger.check(step, BROKER, f"is {verdict}", verdict, "\x1b[0m", "\ud800", "why \x08")
        ledger.finish_step(step, Verdict.ERROR, "the broker went away")
    export(folder)
    return parsed(folder)


def test_every_check_is_a_case(passed: RunRecord, passed_folder: Path) -> None:
    root = parsed(passed_folder)
    assert root.get("tests") == str(len(passed.checks)) == "44"
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    names = {case.get("classname") for case in root.iter("testcase")}
    assert names == {device.entity for device in passed.devices}


def test_a_failed_case_says_what_was_expected(failed_folder: Path) -> None:
    (failure,) = parsed(failed_folder).iter("failure")
    assert failure.get("message") == "the cell still holds the old key"
    text = failure.text or ""
    assert text.startswith("expected: ")
    assert "\nactual: " in text


def test_properties_of_a_suite_say_how_to_repeat_the_run(
    passed: RunRecord, passed_folder: Path
) -> None:
    (suite, *_) = parsed(passed_folder).iter("testsuite")
    values = {item.get("name"): item.get("value") for item in suite.iter("property")}
    assert values["seed"] == "7"
    assert values["policy.contingency_renewal"] == "optional"
    assert values[f"image.{passed.devices[0].entity}.before"] == passed.devices[0].image_before


def test_errors_skips_and_failures_are_distinguished(tmp_path: Path) -> None:
    root = broken(tmp_path / "run")
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("1", "2", "1")


def test_characters_that_xml_cannot_hold_are_replaced(tmp_path: Path) -> None:
    root = broken(tmp_path / "run")
    (failure,) = root.iter("failure")
    assert failure.get("message") == "why \ufffd"
    assert "\x1b" not in (failure.text or "")


def test_a_step_that_never_ended_is_an_error(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.step("one", "The first step")
    write_junit(read_record(tmp_path / "run"), tmp_path / "junit.xml")
    (error,) = parsed(tmp_path).iter("error")
    assert error.get("message") == "the step never ended"


def test_every_step_is_a_suite_with_its_checks(passed: RunRecord, passed_folder: Path) -> None:
    suites = [suite.get("name") for suite in parsed(passed_folder).iter("testsuite")]
    assert suites == [f"{step.name}: {step.title}" for step in passed.steps]
