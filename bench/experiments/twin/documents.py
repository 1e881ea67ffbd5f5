"""A twin run as JUnit: a case for each device that stood beside the simulator."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from firmware_sim.bench.experiments.campaign import junit
from firmware_sim.bench.experiments.campaign.junit import JUnitCase
from firmware_sim.bench.experiments.twin.running import TwinResult


def write_junit(result: TwinResult, targets: Sequence[str], path: Path) -> None:
    """Write what came of every target; a difference is the failure of the one that differs.

    It ends the run, so the others were not compared to the end.
    """
    cases = {target: _case(target, result.seconds) for target in targets}
    for found in result.differences:
        difference, token = found.difference, found.token
        target = targets[difference.twin - 1]
        left = f"the run ended after {result.commands} commands: {target} differs"
        cases = {other: case._replace(skipped=left) for other, case in cases.items()}
        cases[target] = _case(target, result.seconds)._replace(
            failure=f"{difference.what} differs from the simulator",
            details="\n".join(
                (
                    f"simulator: {difference.one}",
                    f"{target}: {difference.other}",
                    *filter(None, (found.told,)),
                    f"firmware-sim twin replay '{token}' --target '{target}'",
                )
            ),
        )
    _write(cases.values(), path)


def write_failure(targets: Sequence[str], reason: str, path: Path) -> None:
    """Write that a device failed, which ends the run for all: none of them has passed."""
    _write([_case(target)._replace(failure=reason) for target in targets], path)


def _case(target: str, seconds: float | None = None) -> JUnitCase:
    return JUnitCase("does what the simulator does", f"twin.{target}", seconds)


def _write(cases: Iterable[JUnitCase], path: Path) -> None:
    junit.write_junit("twin run", {"twins": cases}, path)
