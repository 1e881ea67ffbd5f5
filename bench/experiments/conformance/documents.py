"""A conformance result as JUnit: a case for each message, and one for each pair."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from firmware_sim.bench.experiments.campaign import junit
from firmware_sim.bench.experiments.campaign.junit import JUnitCase
from firmware_sim.bench.experiments.conformance.result import ConformanceResult, Finding


def write_junit(result: ConformanceResult, path: Path) -> None:
    """Write it. What could not be checked or executed is left out, with ``--strict`` a failure."""
    suites = {"messages": _messages(result), "pairs": _pairs(result)}
    junit.write_junit("conformance", suites, path)


def _messages(result: ConformanceResult) -> Iterator[JUnitCase]:
    wrong, tolerated = _reasons(result.wrong), _reasons(result.tolerated)
    names = dict.fromkeys((*result.names, *wrong))
    for name in names:
        case = JUnitCase(name, "conformance.messages")
        if name in wrong:
            yield case._replace(failure=wrong[name])
        elif name in tolerated:
            yield _open(case, tolerated[name], result)
        else:
            yield case


def _pairs(result: ConformanceResult) -> Iterator[JUnitCase]:
    replay, target = result.replay, result.context.get("target", "memory")
    not_der = _reasons(replay.not_der)

    def case(name: str) -> JUnitCase:
        return JUnitCase(name, f"conformance.pairs.{target}")

    for name in replay.matched:
        if name in not_der and result.strict:
            yield case(name)._replace(failure=not_der[name])
        else:
            yield case(name)
    for name, why in (*replay.differ, *replay.stale):
        yield case(name)._replace(failure=why)
    for name, why in replay.broken:
        yield case(name)._replace(failure=f"bench: {why}")
    for name, why in replay.expected:
        yield case(name)._replace(skipped=f"failed as expected: {why}")
    for name, why in replay.unsupported:
        yield _open(case(name), f"not executed: {why}", result)


def _open(case: JUnitCase, why: str, result: ConformanceResult) -> JUnitCase:
    return case._replace(failure=why) if result.strict else case._replace(skipped=why)


def _reasons(findings: Iterable[Finding]) -> dict[str, str]:
    found = dict[str, str]()
    for name, why in findings:
        found[name] = f"{found[name]}; {why}" if name in found else why
    return found
