"""``junit.xml``: a suite for every step, a case for every check of a device; one for the procedure.

Of a run with more than 50 devices, those that `in_full` names have their cases; of the others there
is one for each check and verdict of a step, which says how many checks it stands for.

A case is named by its check, and its class by step and device, so that no two are alike. Times are
real: when a step began, and how long each check took since the one before it. The drill's own time
stands in the suite's properties.

Every suite names seed, target and policy; the digests of all images stand in the first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from firmware_sim.bench.evidence.accounts.procedure import ProcedureFault
from firmware_sim.bench.evidence.in_full import WHOLE_LIMIT, devices_in_full
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import CheckRow, StepRow
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.files.foreign_text import visible
from firmware_sim.bench.files.junit_shape import fit_for_servers
from firmware_sim.bench.files.whole_files import new_file
from firmware_sim.bench.outcome import ProcedureVerdict, Verdict

BENCH = "bench"
"""In the place of a device, of checks that concern no single one."""

OTHERS = "others"
"""In the place of devices that have no cases of their own."""

_JUDGED = (ProcedureVerdict.FOLLOWED, ProcedureVerdict.NOT_FOLLOWED)
_KINDS = {Verdict.FAILED: Failure, Verdict.ERROR: Error, Verdict.SKIPPED: Skipped}


def write_junit(record: RunRecord, path: Path) -> None:
    """Write the document for a record."""
    full = devices_in_full(record)
    is_small = len(record.devices) <= WHOLE_LIMIT
    checks: defaultdict[int, list[CheckRow]] = defaultdict(list)
    alike: defaultdict[int, list[CheckRow]] = defaultdict(list)
    for check in record.checks:
        is_shown = is_small or check.device is None or check.device in full
        (checks if is_shown else alike)[check.step].append(check)
    document = JUnitXml(legal(record.run.story))
    for number, step in enumerate(record.steps):
        suite = _suite(step, checks[step.id], alike[step.id])
        for name, value in _properties(record, with_images=number == 0):
            suite.add_property(legal(name), legal(value))
        document.add_testsuite(suite)
    if record.procedure_verdict in _JUDGED:
        document.add_testsuite(_procedure(record))
    document.update_statistics()  # type: ignore[no-untyped-call]
    for step, suite in zip(record.steps, document, strict=False):
        # Of a step, what comes after its last check counts too.
        suite.time = step.seconds or 0.0
    document.time = round(sum(step.seconds or 0.0 for step in record.steps), 6)
    fit_for_servers(document)
    with new_file(path) as file:
        document.write(file, pretty=True)


def legal(text: str) -> str:
    """The text as a reader sees it; what XML cannot hold (section 2.2, Char) is written out."""
    return visible(text)


def _suite(step: StepRow, checks: list[CheckRow], alike: list[CheckRow]) -> TestSuite:
    suite = TestSuite(legal(f"{step.name}: {step.title}"))
    suite.timestamp = step.really_started or step.started
    suite.add_property("drill time", step.started)
    times_seen = Counter[tuple[str | None, str]]()
    cases = []
    for check in checks:
        times_seen[check.device, check.name] += 1
        cases.append(_case(step, check, times_seen[check.device, check.name]))
    cases += _cases_of_others(step, alike)
    if step.verdict is not Verdict.PASSED:
        cases.append(_step_case(step))
    suite.add_testcases(cases)
    return suite


def _procedure(record: RunRecord) -> TestSuite:
    """The verdict on the people: one case, with every fault in its text."""
    suite = TestSuite("procedure")
    suite.timestamp = record.run.started
    case = TestCase("SEC Section L", "procedure")
    if record.procedure_verdict is ProcedureVerdict.NOT_FOLLOWED:
        faults = record.accounts.all(ProcedureFault)
        result = Failure(legal(faults[0].reason if faults else "not followed"))
        lines = (f"{each.rule} ({each.clause}): {each.reason}" for each in faults)
        result.text = legal("\n".join(lines))
        case.result = result
    suite.add_testcase(case)
    return suite


def _properties(record: RunRecord, *, with_images: bool) -> Iterator[tuple[str, str]]:
    yield "seed", str(record.run.seed)
    yield "target", record.run.target
    yield "replay", record.run.command_line
    yield "verdict.procedure", record.procedure_verdict or "not judged"
    yield "verdict.devices", record.devices_verdict
    for row in record.policy:
        yield f"policy.{row.name}", row.choice
    full = devices_in_full(record) if with_images else frozenset()
    for device in record.devices if with_images else ():
        if device.entity not in full:
            continue
        yield f"image.{device.entity}.before", device.image_before
        yield f"image.{device.entity}.after", device.image_after or ""


def _case(step: StepRow, check: CheckRow, number: int) -> TestCase:
    """One check; `number` counts those alike in the step, as attempts are."""
    name = check.name if number == 1 else f"{check.name} ({number})"
    case = TestCase(legal(name), legal(f"{step.name}.{check.device or BENCH}"), check.seconds)
    kind = _KINDS.get(check.verdict)
    if kind is not None:
        result = kind(legal(check.reason or check.verdict))
        result.text = legal(f"expected: {check.expected}\nactual: {check.actual}")
        case.result = result
    return case


def _cases_of_others(step: StepRow, checks: list[CheckRow]) -> Iterator[TestCase]:
    """A case for each check and verdict, whatever the number of devices; the first one's words."""
    groups = defaultdict(list)
    for check in checks:
        groups[check.name, check.verdict].append(check)
    for (name, verdict), alike in groups.items():
        seconds = sum(check.seconds or 0.0 for check in alike)
        told = f"{name}, {verdict}: {count(len(alike), 'check')} of other devices"
        yield _case(step, replace(alike[0], name=told, device=OTHERS, seconds=seconds), 1)


def _step_case(step: StepRow) -> TestCase:
    """A step that did not pass is a case of its own: its checks may all have passed before."""
    case = TestCase("the step as a whole", legal(f"{step.name}.{BENCH}"))
    kind = Error if step.verdict is None else _KINDS[step.verdict]
    case.result = kind(legal(step.reason or "the step never ended"))
    return case
