"""Failures that are known: each with its reason, and each must still be one.

The file is a YAML mapping of a pair's name, as the report has it, to the reason why it differs.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import RootModel

from firmware_sim.bench.experiments.conformance.result import Finding, ReplayResult
from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import read_model, read_text


class ExpectedFailures(RootModel[dict[str, str]]):
    """Reason by name of a pair."""


def read_expected(path: Path | None) -> Mapping[str, str]:
    """The failures that a file names; none without a file.

    Raises:
        UsageError: it cannot be read, or is no such mapping.
    """
    if path is None:
        return {}
    text = read_text(path, "expected-failures")
    return read_model(text, str(path), ExpectedFailures, page("conformance")).root


def set_apart(result: ReplayResult, expected: Mapping[str, str]) -> None:
    """Take the expected failures out of those that count; an entry that is none counts itself."""
    differ = {finding.name: finding for finding in result.differ}
    not_run = {finding.name for finding in result.unsupported}
    for name, reason in expected.items():
        if name in differ:
            result.differ.remove(differ[name])
            result.expected.append(Finding(name, f"{reason} ({differ[name].reason})"))
        elif name in result.matched:
            result.stale.append(Finding(name, f"it matches now: take the entry out ({reason})"))
        elif name in not_run:
            result.stale.append(Finding(name, f"it was not executed: who knows? ({reason})"))
        else:
            result.stale.append(Finding(name, f"there is no such pair ({reason})"))
