"""Whether steps about a failed supplier name suppliers of the story, in an order that can be."""

from collections.abc import Iterator
from typing import Final, get_args

from firmware_sim.bench.drills.checking_rules import Found, SoFar, StepRule
from firmware_sim.bench.drills.failure_steps import FailureStep, SupplierFailsStep, TransferStep
from firmware_sim.bench.drills.served import NOT_SERVED
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.gbcs.roles import RemotePartyRole

_STEPS: Final = get_args(FailureStep)


def _no_supplier(step: StoryStep, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, _STEPS) or "population" in so_far.unread_keys:
        return
    population = so_far.story.effective_population
    known = population.organisations[RemotePartyRole.SUPPLIER]
    named = {"party": step.party} | ({"to": step.to} if isinstance(step, TransferStep) else {})
    for key, name in named.items():
        if name not in known:
            yield (key,), f"{name!r} is no supplier of this story{suggestion(name, known)}"
    if isinstance(step, TransferStep) and step.to == step.party:
        yield ("to",), "identifiers go to another supplier"


def _not_failed(step: StoryStep, so_far: SoFar) -> Iterator[Found]:
    if so_far.may_have("supplier fails"):
        return
    if isinstance(step, _STEPS) and not isinstance(step, SupplierFailsStep):
        if step.party not in so_far.failed:
            text = f"{step.party!r} has not failed before it; put a step `supplier fails` first"
            yield ("party",), text
    elif getattr(step, "expect", None) == NOT_SERVED and not so_far.failed:
        text = "no supplier has failed before it, so the DCC passes everything on"
        yield ("expect",), text


FAILURE_RULES: Final = (
    StepRule("failed-supplier", "who fails, and who takes over, is a supplier", "", _no_supplier),
    StepRule(
        "failure-before-consequences",
        "a supplier has failed before people act on it",
        "MP134A",
        _not_failed,
    ),
)
"""In the order in which they are told."""
