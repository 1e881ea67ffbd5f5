"""A sweep's result as JSON, as JUnit and as the table of the documentation."""

from collections import defaultdict
from pathlib import Path

from junitparser import Failure as JUnitFailure
from junitparser import JUnitXml, Skipped, TestCase, TestSuite

from firmware_sim.bench.experiments.sweep.result import SceneResult, SweepResult


def as_json(result: SweepResult) -> dict[str, object]:
    """Counts first, then what failed and what was left out."""
    return {
        **result.counts,
        "cpu_seconds": round(result.seconds, 3),
        "failures": [failure._asdict() for failure in result.failures],
        "left_out": {scene.scene: scene.skipped for scene in result.scenes if scene.skipped},
    }


def write_junit(result: SweepResult, path: Path) -> None:
    """A suite for each operation, a case for each scene; a failure starts with its token."""
    suites: dict[str, list[SceneResult]] = defaultdict(list)
    for scene in result.scenes:
        suites[scene.operation].append(scene)
    document = JUnitXml("sweep")
    for name, scenes in suites.items():
        suite = TestSuite(name)
        suite.add_testcases([_case(scene) for scene in scenes])
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    document.write(str(path), pretty=True)


def _case(scene: SceneResult) -> TestCase:
    case = TestCase(scene.scene, scene.operation, scene.seconds)
    if scene.skipped:
        case.result = Skipped(scene.skipped)
    elif scene.failures:
        first = scene.failures[0]
        failure = JUnitFailure(f"{first.token}: {first.check}: {first.text}")
        failure.text = "\n".join(" ".join(each) for each in scene.failures)
        case.result = failure
    return case
