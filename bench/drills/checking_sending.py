"""Whether waves and times of an update can be as a story says."""

from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.drills.checking_rules import Found, SoFar, StepRule
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.execute_terms import execution_mistakes
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.wave_terms import wave_mistakes


def _waves(step: Step, _so_far: SoFar) -> Iterator[Found]:
    if isinstance(step, UpdateStep):
        yield from wave_mistakes(step.waves, step.stop, is_refused=step.is_to_fail)


def _execution(step: Step, so_far: SoFar) -> Iterator[Found]:
    if isinstance(step, UpdateStep) and "start" not in so_far.unread_keys:
        has_statuses = isinstance(step.expect, dict)
        yield from execution_mistakes(step.execute, so_far.story.start, has_statuses=has_statuses)


def _not_custodys(step: Step, _so_far: SoFar) -> Iterator[Found]:
    if isinstance(step, UpdateStep) and step.expect == "not signed":
        if step.role not in IN_CUSTODY:
            yield ("expect",), f"{step.role.label} signs with a key of its own"
        elif step.stolen:
            yield ("expect",), "the attacker asks nobody for a signature"


SENDING_RULES: Final = (
    StepRule(
        "not-signed-by-custody",
        "a command that is not signed is one of Recovery or Contingency",
        "SEC L10.2(a)",
        _not_custodys,
    ),
    StepRule("waves", "waves make one whole, and something stops them that can", "", _waves),
    StepRule(
        "execution-time", "a command for later is for a time that comes", "GBCS 13.3", _execution
    ),
)
"""In the order in which they are told."""
