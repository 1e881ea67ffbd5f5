"""What the steps of a run were meant to be, by what was checked in them.

A step that goes well may have refusals in it: a device refuses the second copy of a message, and a
command that is sent again after its answer was lost.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import is_attack
from firmware_sim.bench.evidence.step_words import REFUSED, REFUSED_IN_ANSWER

_REFUSALS: Final = frozenset({REFUSED, REFUSED_IN_ANSWER})


class Meant(IntEnum):
    """Who acts in a step, if it goes as it should."""

    PEOPLE = 0
    ANSWER = 1
    REFUSE = 2


def meant(record: RunRecord) -> Iterator[Meant]:
    """Of each step, in order: a device was sent something, and was to refuse it or not.

    An attacker tries what devices take and what they refuse in one step: it counts as to be refused
    if a device refused some of it.
    """
    checked = {check.step for check in record.checks if check.name in _REFUSALS}
    refusing = {refusal.step for refusal in record.refusals}
    talking = {message.step for message in record.messages}
    for step in record.steps:
        if step.id in checked or (is_attack(step.name) and step.id in refusing):
            yield Meant.REFUSE
        else:
            yield Meant.ANSWER if step.id in talking else Meant.PEOPLE
