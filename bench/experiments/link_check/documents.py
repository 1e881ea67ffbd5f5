"""The result of a check of a link, as JSON and as JUnit."""

from collections.abc import Sequence
from pathlib import Path

from firmware_sim.bench.experiments.campaign.junit import JUnitCase
from firmware_sim.bench.experiments.campaign.junit import write_junit as write_campaign
from firmware_sim.bench.experiments.link_check.finding import LinkFinding
from firmware_sim.bench.outcome import Outcome, Verdict

_SUITE = "hw/PROTOCOL.md"


def outcome_of(findings: Sequence[LinkFinding]) -> Outcome:
    """How the whole ended; rules that could not be tried are no failure."""
    return Outcome.of_checks(finding.verdict for finding in findings)


def as_json(findings: Sequence[LinkFinding], where: str) -> dict[str, object]:
    """The document of ``--json``."""
    return {
        "port": where,
        "outcome": outcome_of(findings).value,
        "checks": [_document(finding) for finding in findings],
    }


def _document(finding: LinkFinding) -> dict[str, object]:
    seconds = round(finding.seconds, 3)
    return {**finding._asdict(), "verdict": finding.verdict.value, "seconds": seconds}


def write_junit(findings: Sequence[LinkFinding], path: Path) -> None:
    """Write a case for each rule."""
    write_campaign("board check-link", {_SUITE: map(_case, findings)}, path)


def _case(finding: LinkFinding) -> JUnitCase:
    case = JUnitCase(finding.name, f"link.section {finding.section}", finding.seconds)
    if finding.verdict is Verdict.SKIPPED:
        return case._replace(skipped=finding.text)
    if finding.verdict is Verdict.PASSED:
        return case
    failure = finding.text if finding.verdict is Verdict.FAILED else f"bench: {finding.text}"
    return case._replace(failure=failure, details="\n".join(details(finding)))


def details(finding: LinkFinding) -> list[str]:
    """What was sent, what came, what the section says, what to do: the last frames of each."""
    return [
        *(f"sent: {words}" for words in _last(finding.sent)),
        *(f"came: {words}" for words in _last(finding.came)),
        f"section {finding.section}: {finding.says}",
        f"to do: {finding.mend}",
    ]


_SHOWN = 4


def _last(frames: Sequence[str]) -> Sequence[str]:
    return frames[-_SHOWN:] or ("nothing",)
