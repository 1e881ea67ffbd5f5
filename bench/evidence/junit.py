"""``junit.xml``: a suite for every step, a case for every check of a device.

Every suite names seed, target and policy; the digests of all images stand in the first.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from firmware_sim.bench.evidence.record import CheckRow, RunRecord, StepRow
from firmware_sim.bench.outcome import Verdict

BENCH = "bench"
"""Class name of checks that concern no single device."""

# What XML 1.0 can hold (section 2.2, Char); the text of a device may hold any character.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_KINDS = {Verdict.FAILED: Failure, Verdict.ERROR: Error, Verdict.SKIPPED: Skipped}


def write_junit(record: RunRecord, path: Path) -> None:
    """Write the document for a record."""
    checks = defaultdict(list)
    for check in record.checks:
        checks[check.step].append(check)
    document = JUnitXml(legal(record.run.story))
    for number, step in enumerate(record.steps):
        suite = _suite(step, checks[step.id])
        for name, value in _properties(record, with_images=number == 0):
            suite.add_property(legal(name), legal(value))
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    document.write(str(path), pretty=True)


def legal(text: str) -> str:
    """The text with U+FFFD for every character that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)


def _suite(step: StepRow, checks: list[CheckRow]) -> TestSuite:
    suite = TestSuite(legal(f"{step.name}: {step.title}"))
    suite.timestamp = step.started
    cases = [_case(check) for check in checks]
    if step.verdict is not Verdict.PASSED:
        cases.append(_step_case(step))
    suite.add_testcases(cases)
    return suite


def _properties(record: RunRecord, *, with_images: bool) -> Iterator[tuple[str, str]]:
    yield "seed", str(record.run.seed)
    yield "target", record.run.target
    yield "replay", record.run.command_line
    for row in record.policy:
        yield f"policy.{row.name}", row.choice
    for device in record.devices if with_images else ():
        yield f"image.{device.entity}.before", device.image_before
        yield f"image.{device.entity}.after", device.image_after or ""


def _case(check: CheckRow) -> TestCase:
    case = TestCase(legal(check.name), legal(check.device or BENCH))
    kind = _KINDS.get(check.verdict)
    if kind is not None:
        result = kind(legal(check.reason or check.verdict))
        result.text = legal(f"expected: {check.expected}\nactual: {check.actual}")
        case.result = result
    return case


def _step_case(step: StepRow) -> TestCase:
    """A step that did not pass is a case of its own: its checks may all have passed before."""
    case = TestCase("the step as a whole", BENCH)
    kind = Error if step.verdict is None else _KINDS[step.verdict]
    case.result = kind(legal(step.reason or "the step never ended"))
    return case
