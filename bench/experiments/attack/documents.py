"""An exploration as JSON and as JUnit, and how it compares with one that was written down."""

import json
from collections.abc import Mapping
from pathlib import Path

from junitparser import Failure as JUnitFailure
from junitparser import JUnitXml, TestCase, TestSuite

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.attack.link.result import LinkResult
from firmware_sim.bench.experiments.attack.running import Exploration

Written = Mapping[str, Mapping[str, object]]
"""Powers by target and loot, as JSON holds them."""


def as_json(exploration: Exploration, link: LinkResult) -> dict[str, object]:
    """Counts first, then what each attacker can do."""
    return {
        **exploration.counts,
        "effort": exploration.effort.value,
        "link": link.as_json(),
        "powers": exploration.powers,
    }


def read_powers(path: Path) -> Written:
    """The powers that a file written with ``--json`` holds.

    Raises:
        UsageError: it is no such file.
    """
    try:
        powers: Written = json.loads(path.read_text(encoding="utf-8"))["powers"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{path} holds no powers", "write it with attack explore --json") from None
    return powers


def departures(exploration: Exploration, written: Written) -> list[str]:
    """In what an exploration differs from what was written down: one line an attacker."""
    lines = []
    for target, by_loot in exploration.powers.items():
        for loot, found in by_loot.items():
            due = written.get(target, {}).get(loot)
            if found != due:
                lines.append(f"{loot} before {target}: {_differing(found, due)}")
    return lines


def write_junit(
    exploration: Exploration, link: LinkResult, departed: list[str], path: Path
) -> None:
    """A suite for each target with a case for each attacker, and one suite for the link."""
    document = JUnitXml("attack")
    for target, by_loot in exploration.powers.items():
        suite = TestSuite(target)
        suite.add_testcases([_case(target, loot, departed) for loot in by_loot])
        document.add_testsuite(suite)
    suite = TestSuite("the link")
    for target, failures in link.by_target.items():
        case = TestCase(f"no key, before {target}", "the link")
        if failures:
            case.result = JUnitFailure("; ".join(map(str, failures)))
        suite.add_testcase(case)
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    document.write(str(path), pretty=True)


def _case(target: str, loot: str, departed: list[str]) -> TestCase:
    case = TestCase(loot, target)
    mine = [line for line in departed if line.startswith(f"{loot} before {target}: ")]
    if mine:
        case.result = JUnitFailure(mine[0])
    return case


def _differing(found: object, due: object) -> str:
    if not isinstance(found, Mapping) or not isinstance(due, Mapping):
        return "was not written down"
    names = sorted(name for name in found.keys() | due.keys() if found.get(name) != due.get(name))
    return ", ".join(f"{name} is {found.get(name)}, not {due.get(name)}" for name in names)
