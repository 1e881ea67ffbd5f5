"""Whether the organisations of a story are there, and have the keys that steps want of them."""

from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.certificate_steps import IssueStep
from firmware_sim.bench.drills.checking_cells import provision_mistakes
from firmware_sim.bench.drills.checking_rules import Found, SoFar, StepRule
from firmware_sim.bench.drills.claim_steps import ReferBreachStep
from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.ownership import Holder
from firmware_sim.bench.drills.provisioning import home_plan
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.files.yaml_mistakes import Location, suggestion
from firmware_sim.bench.governance.compromise import Body
from firmware_sim.bench.population.counting import draw_mistakes
from firmware_sim.bench.population.schema import DCC, Population, population_mistakes
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import RemotePartyRole

_ROLES: Final = tuple(role.label for role in RemotePartyRole)


def estate_mistakes(story: Story, policy: Policy) -> Iterator[Found]:
    """Mistakes in the population, and in what cells hold at first."""
    if story.population is not None:
        found = list(population_mistakes(story.population))
        if not found and not any(provision_mistakes(story, policy)):
            found = list(draw_mistakes(story.population, home_plan(story, policy)))
        for path, text in found:
            yield ("population", *path), text
    for number, entry in enumerate(story.provision):
        yield from _holder(story, entry.holder, ("provision", number))


def _organisations(step: Step, so_far: SoFar) -> Iterator[Found]:
    """Organisations that a step names and that are not there, or that it must name."""
    story = so_far.story
    if "population" in so_far.unread_keys:
        return
    if isinstance(step, CompromiseStep):
        yield from _named(story, step.party, step.fallen.owners, "party")
        yield from _several(story, step.party, step.fallen.owners, "has such a key")
        yield from _generations(step.fallen.owners, step.generation, ("generation",))
        if not isinstance(step.reporter, Body):
            yield from _is_there(story, step.reporter, "reporter")
    if isinstance(step, IssueStep):
        if step.party is None:
            yield from _generations(None, step.generation, ("generation",))
        else:
            yield from _is_there(story, step.party, "party")
    if isinstance(step, ReferBreachStep) and story.population is not None and step.party != DCC:
        yield from _is_there(story, step.party, "party")
    if isinstance(step, SendingStep):
        yield from _sender(story, step)
    yield from _holders(story, step)


def _holders(story: Story, step: Step) -> Iterator[Found]:
    if isinstance(step, UpdateStep):
        yield from _holder(story, step.holder, ())
    if isinstance(step, ReadBackStep | AuditStep):
        for selector, held in step.holding.items():
            yield from _holder(story, held.holder, ("holding", selector))


def _sender(story: Story, step: SendingStep) -> Iterator[Found]:
    yield from _named(story, step.party, step.by, "party")
    if step.at is not None:
        yield from _is_there(story, step.at, "at")
    yield from _found(story, step)
    if step.stolen:
        yield from _several(story, step.party, step.by, "speaks with a stolen key")
    yield from _generations(None, step.broker or 1, ("broker",))
    if step.by not in story.effective_population.organisations:
        yield from _generations(None, step.credentials, ("credentials",))


def _found(story: Story, step: SendingStep) -> Iterator[Found]:
    named = {} if step.found is None else {
        "holds": step.found.holds, "believed": step.found.believed,
    }  # fmt: skip
    for key, name in named.items():
        if name not in (None, DCC):
            for _, text in _is_there(story, name, key):
                yield ("found", key), text


def _named(
    story: Story, name: str | None, role: RemotePartyRole | None, key: str
) -> Iterator[Found]:
    if name is None:
        return
    known = () if role is None else story.effective_population.organisations.get(role, ())
    if not known:
        yield (key,), "all of the DCC's roles are one organisation; leave it out"
    elif name not in known and role is not None:
        yield (key,), f"{name!r} is no {role.label} of this story{suggestion(name, known)}"


def _several(
    story: Story, name: str | None, role: RemotePartyRole | None, does: str
) -> Iterator[Found]:
    names = story.effective_population.organisations.get(role, ()) if role is not None else ()
    if name is None and len(names) > 1:
        yield ("party",), f"say which organisation {does}: {' or '.join(names)}"


def _holder(story: Story, holder: Holder | None, path: Location) -> Iterator[Found]:
    if isinstance(holder, str) and story.effective_population.role_of(holder) is None:
        known = (*_ROLES, *_everybody(story.effective_population))
        near = suggestion(holder, known)
        yield (*path, "holder"), f"{holder!r} is neither a role nor an organisation{near}"


def _generations(role: RemotePartyRole | None, generation: int, path: Location) -> Iterator[Found]:
    last = GENERATIONS[-1]
    if role is None and generation > last:
        yield path, f"the DCC's keys have {last} generations in a drill, not {generation}"


def _everybody(population: Population) -> tuple[str, ...]:
    return tuple(name for names in population.organisations.values() for name in names)


def _is_there(story: Story, name: str, key: str) -> Iterator[Found]:
    known = _everybody(story.effective_population)
    if name not in known:
        yield (key,), f"{name!r} is no organisation of this story{suggestion(name, known)}"


def _not_issued(step: Step, so_far: SoFar) -> Iterator[Found]:
    is_read = so_far.unread_keys.isdisjoint(("population", "provision"))
    if is_read and not so_far.may_have("compromise", "issue", "update"):
        yield from so_far.issued.mistakes(step)


ORGANISATION_RULES: Final = (
    StepRule(
        "organisation",
        "an organisation that is named is there, and it is named where there are several",
        "",
        _organisations,
    ),
    StepRule(
        "certificate-not-issued",
        "a certificate is issued before it is used",
        "SEC L3.15",
        _not_issued,
    ),
)
"""In the order in which they are told."""
