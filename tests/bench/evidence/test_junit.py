"""``junit.xml`` as a pipeline reads it: with another XML library than the one that wrote it."""

import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence.accounts.procedure import ProcedureFault
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.junit import write_junit
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.outcome import Outcome, ProcedureVerdict, Verdict
from tests.bench.evidence.rehearsal import BROKER, Rehearsal, run_info


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
    steps = {step.id: step.name for step in passed.steps}
    assert names == {f"{steps[check.step]}.{check.device}" for check in passed.checks}


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
    assert (root.get("failures"), root.get("errors")) == ("1", "2")
    assert sum(int(each.get("skipped", "0")) for each in root.iter("testsuite")) == 1


def test_characters_that_xml_cannot_hold_are_written_out(tmp_path: Path) -> None:
    root = broken(tmp_path / "run")
    (failure,) = root.iter("failure")
    assert failure.get("message") == "why \\x08"
    assert "\\x1b[0m" in (failure.text or "")


@pytest.mark.parametrize("each", "\u202e\u2066\u200b\ufeff\u2028\ufffe\x1b")
def test_no_text_of_a_device_turns_or_hides_what_stands_beside_it(
    tmp_path: Path, each: str
) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        step = ledger.step("one", f"title {each}")
        ledger.check(
            step, BROKER, f"name {each}", Verdict.FAILED, f"a {each}", f"b {each}", f"c {each}"
        )
        ledger.finish_step(step, Verdict.FAILED, f"reason {each}")
    export(tmp_path / "run")
    for name in ("junit.xml", "report.html", "record.json"):
        assert each not in (tmp_path / "run" / name).read_text(encoding="utf-8"), name


def test_a_step_that_never_ended_is_an_error(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.step("one", "The first step")
    write_junit(read_record(tmp_path / "run"), tmp_path / "junit.xml")
    (error,) = parsed(tmp_path).iter("error")
    assert error.get("message") == "the step never ended"


def test_every_step_is_a_suite_with_its_checks(passed: RunRecord, passed_folder: Path) -> None:
    suites = [suite.get("name") for suite in parsed(passed_folder).iter("testsuite")]
    assert suites == [f"{step.name}: {step.title}" for step in passed.steps]


def test_no_two_cases_of_a_drill_are_alike_and_all_took_their_time(tmp_path: Path) -> None:
    story = "supplier-compromise-recovery"
    before = datetime.now(UTC) - timedelta(milliseconds=1)  # to which times are written
    assert run(["drill", "run", story, "--out", str(tmp_path / "run")]) == 0
    elapsed = (datetime.now(UTC) - before).total_seconds()
    root = parsed(tmp_path / "run")
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(cases) == len(set(cases)) > 50
    suites = [suite for suite in root.iter("testsuite") if suite.get("name") != "procedure"]
    for suite in suites:
        assert before <= datetime.fromisoformat(str(suite.get("timestamp"))) <= datetime.now(UTC)
        spent = sum(float(case.get("time", 0)) for case in suite.iter("testcase"))
        assert 0 < spent <= float(suite.get("time", 0)) + 1e-3
    assert 0 < sum(float(suite.get("time", 0)) for suite in suites) < elapsed


def test_checks_that_are_alike_in_one_step_are_numbered(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        step = ledger.step("one", "One")
        for _ in range(2):
            ledger.check(step, BROKER, "is well", Verdict.PASSED)
        ledger.finish_step(step, Verdict.PASSED)
    export(tmp_path / "run")
    names = [case.get("name") for case in parsed(tmp_path / "run").iter("testcase")]
    assert names == ["is well", "is well (2)"]


def test_a_ledger_without_real_times_is_exported(unchained_folder: Path) -> None:
    with closing(sqlite3.connect(unchained_folder / "run.sqlite")) as database:
        database.execute("DROP TABLE wall_clock")
    record = export(unchained_folder)
    assert {check.seconds for check in record.checks} == {None}
    (suite, *_) = parsed(unchained_folder).iter("testsuite")
    assert suite.get("timestamp") == record.steps[0].started


@pytest.mark.parametrize(
    ("verdict", "failures"),
    [
        (ProcedureVerdict.FOLLOWED, 0),
        (ProcedureVerdict.NOT_FOLLOWED, 1),
        (ProcedureVerdict.NOTHING_TO_FOLLOW, None),
        (None, None),
    ],
)
def test_the_procedure_is_a_suite_of_its_own_if_it_was_judged(
    verdict: ProcedureVerdict | None, failures: int | None, tmp_path: Path
) -> None:
    at = "2026-03-02T09:00:00.000+00:00"
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        Rehearsal(ledger).play(finish=False)
        if verdict is ProcedureVerdict.NOT_FOLLOWED:
            fault = ProcedureFault(rule="I4", clause="SEC L10.3", reason="not told", at=at)
            ledger.account(fault)
        ledger.finish(Outcome.PASSED, procedure=verdict)
    export(tmp_path / "run")
    suites = {each.get("name"): each for each in parsed(tmp_path / "run").iter("testsuite")}
    suite = suites.get("procedure")
    assert (suite is None) == (failures is None)
    if suite is not None and failures is not None:
        assert int(suite.get("failures", "")) == failures
        told = [failure.text for failure in suite.iter("failure")]
        assert told == ["I4 (SEC L10.3): not told"] * failures
    (first, *_) = suites.values()
    found = {each.get("name"): each.get("value") for each in first.iter("property")}
    assert found["verdict.devices"] == "right"
    assert found["verdict.procedure"] == (verdict or "not judged")
