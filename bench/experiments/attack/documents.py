"""An exploration as JSON and as JUnit, and how it compares with one that was written down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.attack.link.running import LinkResult
from firmware_sim.bench.experiments.attack.running import Exploration
from firmware_sim.bench.experiments.campaign import junit
from firmware_sim.bench.experiments.campaign.junit import JUnitCase
from firmware_sim.bench.files.whole_files import read_bounded

_MAX_OCTETS: Final = 2**24

Written = Mapping[str, Mapping[str, object]]
"""Powers by target and stolen keys, as JSON holds them."""


class _Document(BaseModel):
    """What is read of a document; its counts are not."""

    powers: Written


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
        UsageError: it is no such file, or over 16 MiB.
    """
    octets = read_bounded(path, _MAX_OCTETS, "file of powers")
    try:
        return _Document.model_validate_json(octets).powers
    except ValidationError:
        raise UsageError(f"{path} holds no powers", "write it with attack explore --json") from None


def departures(exploration: Exploration, written: Written) -> list[str]:
    """In what an exploration differs from what was written down: one line an attacker."""
    lines = []
    for target, by_stolen in exploration.powers.items():
        for stolen, found in by_stolen.items():
            due = written.get(target, {}).get(stolen)
            if found != due:
                lines.append(f"{stolen} before {target}: {_differing(found, due)}")
    return lines


def write_junit(
    exploration: Exploration, link: LinkResult, departed: list[str], path: Path
) -> None:
    """A suite for each target with a case for each attacker, and one suite for the link."""
    suites = {
        target: [_case(target, stolen, departed) for stolen in by_stolen]
        for target, by_stolen in exploration.powers.items()
    }
    suites["the link"] = [
        JUnitCase(f"no key, before {target}", "the link", failure="; ".join(map(str, failures)))
        for target, failures in link.by_target.items()
    ]
    junit.write_junit("attack", suites, path)


def _case(target: str, stolen: str, departed: list[str]) -> JUnitCase:
    lines = (line for line in departed if line.startswith(f"{stolen} before {target}: "))
    return JUnitCase(stolen, target, failure=next(lines, ""))


def _differing(found: object, due: object) -> str:
    if not isinstance(found, Mapping) or not isinstance(due, Mapping):
        return "was not written down"
    names = sorted(name for name in found.keys() | due.keys() if found.get(name) != due.get(name))
    return ", ".join(f"{name} is {found.get(name)}, not {due.get(name)}" for name in names)
