"""The JUnit document of a campaign: suites of cases, each passed, failed or left out."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from firmware_sim.bench.evidence.junit import legal
from firmware_sim.bench.files.junit_shape import fit_for_servers
from firmware_sim.bench.files.whole_files import named_in_errors


class JUnitCase(NamedTuple):
    """One case; it passed if neither `failure` nor `skipped` says anything.

    Attributes:
        class_name: what it is about.
        seconds: how long it took, if that was measured.
        failure, details: what is wrong in one line, and in full.
        skipped: why it did not run.
    """

    name: str
    class_name: str
    seconds: float | None = None
    failure: str = ""
    details: str = ""
    skipped: str = ""


def write_junit(name: str, suites: Mapping[str, Iterable[JUnitCase]], path: Path) -> None:
    """Write the document of a campaign: its suites by their names."""
    document = JUnitXml(legal(name))
    for title, cases in suites.items():
        suite = TestSuite(legal(title))
        suite.add_testcases([_written(case) for case in cases])
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    fit_for_servers(document)
    with named_in_errors(path):
        document.write(str(path), pretty=True)


def _written(case: JUnitCase) -> TestCase:
    written = TestCase(legal(case.name), legal(case.class_name), case.seconds)
    if case.skipped:
        written.result = Skipped(legal(case.skipped))
    elif case.failure:
        failure = Failure(legal(case.failure))
        if case.details:
            failure.text = legal(case.details)
        written.result = failure
    return written
