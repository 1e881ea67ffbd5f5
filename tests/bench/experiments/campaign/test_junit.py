"""The JUnit document of a campaign, read by the library that pipelines read it with."""

from pathlib import Path

from junitparser import Failure, JUnitXml, Skipped

from firmware_sim.bench.experiments.campaign.junit import JUnitCase, write_junit


def test_document_holds_suites_cases_verdicts_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "campaign.xml"
    passed = JUnitCase("one", "about", 1.5)
    failed = JUnitCase("two", "about", failure="in one line", details="in\nfull")
    left_out = JUnitCase("three", "about", skipped="does not fit")
    write_junit("campaign", {"first": [passed, failed], "second": [left_out]}, path)
    document = JUnitXml.fromfile(str(path))
    assert (document.name, document.tests, document.failures) == ("campaign", 3, 1)
    first, second = document
    assert (first.skipped, second.skipped) == (0, 1)
    assert [(case.name, case.classname) for case in first] == [("one", "about"), ("two", "about")]
    one, two = first
    assert one.is_passed
    assert one.time == 1.5
    [failure] = two.result
    assert isinstance(failure, Failure)
    assert (failure.message, failure.text) == ("in one line", "in\nfull")
    [[skipped]] = [case.result for case in second]
    assert isinstance(skipped, Skipped)
    assert skipped.message == "does not fit"


def test_characters_that_xml_cannot_hold_are_written_out(tmp_path: Path) -> None:
    path = tmp_path / "campaign.xml"
    write_junit("a\x00", {"b\x1b": [JUnitCase("c\x08", "d", failure="e\x0b", details="f\0")]}, path)
    [[case]] = JUnitXml.fromfile(str(path))
    assert case.name == "c\\x08"
    assert case.result[0].text == "f\\x00"
