"""What would happen in a story, step by step, as far as the story alone tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from firmware_sim.bench.drills.authoring.device_words import said_to_devices
from firmware_sim.bench.drills.authoring.people_words import said_of_people
from firmware_sim.bench.drills.concerned import Cells, addressed_cells, present_cells
from firmware_sim.bench.drills.fallen_keys import touched_cells
from firmware_sim.bench.drills.ownership import Holder
from firmware_sim.bench.drills.people_steps import CompromiseStep
from firmware_sim.bench.drills.provisioning import home_plan
from firmware_sim.bench.drills.selection import cell_order
from firmware_sim.bench.drills.story import (
    RefusalExpected,
    ReplayStep,
    SendingStep,
    Step,
    Story,
    UpdateStep,
    UseStep,
)
from firmware_sim.bench.drills.use_terms import BESIDE_DEVICES
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId

_TOLD: Final = frozenset({
    "about", "act", "acting", "against", "alternate", "applied", "asked", "broker", "by",
    "cells", "certainty", "commands", "copied", "credentials", "days", "determined", "devices",
    "do", "expect", "factors", "finding", "floors", "found", "generation", "grounds", "holder",
    "holding", "hours", "how", "install", "instructed", "invited", "keep", "kept", "key",
    "methods", "minutes", "mode", "name", "notified", "of", "outcome", "overheard", "party",
    "pence", "present", "relevant", "reporter", "requests", "role", "sender", "stolen", "title",
    "to", "token", "use", "usual", "what", "why",
})  # fmt: skip
"""The keys of steps that are told in words here, or say nothing beside the others."""


_MUST_FAIL: Final = ("refused", "no quorum", "unreadable")


class Moment(NamedTuple):
    """One step as it would happen.

    Attributes:
        at: on the drill's clock.
        cells: the devices of a home that it concerns; of each the cells that it replaces, or that
            hold what falls.
        expected: what must come of it; empty if nothing is checked.
        must_fail: it shows that something does not work.
    """

    at: datetime
    step: Step
    who: str
    what: str
    cells: Mapping[DeviceType, tuple[TrustAnchorCellId, ...]]
    expected: str
    must_fail: bool


def timeline(story: Story, policy: Policy) -> Iterator[Moment]:
    """Every step of a sound story, in order.

    Args:
        policy: decides with others which cells devices have.
    """
    estate, at = _Homes.of(story, policy), story.start
    for step in story.steps:
        if isinstance(step, SendingStep | ReplayStep):
            said = said_to_devices(step)
        else:
            said = said_of_people(step)
        what, cells = said.what + _untold(step), estate.concerned(step)
        yield Moment(at, step, said.who, what, cells, said.expected, must_fail(step))
        estate.take(step)
        at += timedelta(minutes=step.minutes)


def must_fail(step: Step) -> bool:
    """Whether a step shows that something does not work: a negative one."""
    expect = getattr(step, "expect", None)
    if isinstance(expect, dict):
        return any(status is not StatusCode.SUCCESS for status in expect.values())
    refused = isinstance(expect, RefusalExpected) or expect in _MUST_FAIL
    return refused or step.do == "ask custody"


def _untold(step: Step) -> str:
    """A key that a later version added is not passed over in silence."""
    keys = sorted(step.model_fields_set - _TOLD)
    return f" (and what it says under {', '.join(keys)})" if keys else ""


@dataclass(slots=True)
class _Homes:
    """What the devices of a home would hold, if all goes as the story tells."""

    story: Story
    policy: Policy
    held: dict[DeviceType, dict[TrustAnchorCellId, Credential]]
    kept: dict[str, Cells] = field(default_factory=dict)

    @classmethod
    def of(cls, story: Story, policy: Policy) -> "_Homes":
        filled = home_plan(story, policy).filled
        held = {kind: {cell: Credential(cell) for cell in cells}
                for kind, cells in present_cells(story, policy).items()}  # fmt: skip
        for kind, cells in held.items():
            others = filled.get(kind, {})
            cells.update({cell: Credential(*others[cell]) for cell in cells if cell in others})
        return cls(story, policy, held)

    def concerned(self, step: Step) -> Mapping[DeviceType, tuple[TrustAnchorCellId, ...]]:
        cells: Cells = {}
        if isinstance(step, UpdateStep):
            cells = addressed_cells(self.story, step, self.policy)
        elif isinstance(step, UseStep) and step.what in BESIDE_DEVICES:
            pass  # it is between people: no device hears of it
        elif isinstance(step, SendingStep):
            cells = dict.fromkeys(addressed_cells(self.story, step, self.policy), frozenset())
        elif isinstance(step, ReplayStep):
            cells = dict.fromkeys(self.kept.get(step.kept, {}), frozenset())
        elif isinstance(step, CompromiseStep):
            touched = {
                # In a home of the party whose key it is.
                kind: touched_cells(step.fallen.key(step.generation), held)
                for kind, held in self.held.items()
            }
            cells = {kind: each for kind, each in touched.items() if each}
        return {kind: tuple(sorted(each, key=cell_order)) for kind, each in cells.items()}

    def take(self, step: Step) -> None:
        """What devices hold after a step that goes as it should."""
        if not isinstance(step, SendingStep):
            return
        cells = addressed_cells(self.story, step, self.policy)
        if step.keep is not None:
            self.kept[step.keep] = {**self.kept.get(step.keep, {}), **cells}
        if isinstance(step, UpdateStep) and not isinstance(step.expect, RefusalExpected):
            for kind, each in cells.items():
                for cell in each:
                    if step.status_of(cell) is StatusCode.SUCCESS:
                        role = self._role(step.holder)
                        self.held[kind][cell] = Credential.in_cell(cell, step.install, role)

    def _role(self, holder: Holder | None) -> RemotePartyRole | None:
        if isinstance(holder, str):
            return self.story.effective_population.role_of(holder)
        return holder
