"""Whether a command can lack, or carry, what a story says."""

from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.drills.checking_rules import Found, SoFar, StepRule
from firmware_sim.bench.drills.omit_terms import LINK, omission_mistakes
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.smki.parameters import MAX_ROOTS


def _omitted(step: Step, _so_far: SoFar) -> Iterator[Found]:
    """What a command is to lack that it has not in any case."""
    if isinstance(step, UpdateStep):
        yield from omission_mistakes(step.omit, step.mode, step.cells)
        yield from omission_mistakes(step.forge, step.mode, step.cells, "forge")
        for number, what in enumerate(step.forge):
            if what in step.omit:
                yield ("forge", number), f"the {what} is left out, and cannot be forged"
        if step.under_present_root and step.under is None:
            yield ("under present root",), "say under which generation of the Issuing OCA"


def _links(step: Step, _so_far: SoFar) -> Iterator[Found]:
    """Link certificates that there are not, or in a command that has none."""
    if not isinstance(step, UpdateStep) or step.links is None:
        return
    yield from omission_mistakes((LINK,), step.mode, step.cells, "links")
    if LINK in step.omit:
        yield ("links",), f"the {LINK} is left out, and none is carried; write one of the two"
    for number, root in enumerate(step.links):
        if not 1 < root <= MAX_ROOTS:
            text = f"no root vouches for root {root}; name one from 2 to {MAX_ROOTS}"
            yield ("links", number), text


CONTENT_RULES: Final = (
    StepRule(
        "nothing-to-leave-out",
        "what a command is to lack is something that it would have",
        "GBCS 13.3",
        _omitted,
    ),
    StepRule(
        "no-such-link",
        "a link certificate is one that there is, in a command that replaces the root by a link",
        "RFC 4210 4.4",
        _links,
    ),
)
"""In the order in which they are told."""
