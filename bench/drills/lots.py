"""Which devices of a drill chance takes for what its story says, before the first step.

They are drawn from the devices that the story is about: the Relevant ones of its first Compromise,
as they stand at the beginning; without one, those of its first update.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Protocol

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.attacker_terms import AttackerTerm
from firmware_sim.bench.drills.checking_rules import Found
from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.conditions import DrillConditions
from firmware_sim.bench.drills.drill_estate import Filled, estate_now
from firmware_sim.bench.drills.fault_terms import BadCertificateTerm, FaultTerm
from firmware_sim.bench.drills.faults import faulty_updates, in_turn
from firmware_sim.bench.drills.governing import organisation_of
from firmware_sim.bench.drills.home_seed import drill_seed
from firmware_sim.bench.drills.ownership import Ownership
from firmware_sim.bench.drills.planned_faults import BadCertificate, PlannedCut
from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_terms import TOP_UP, USE_CASES
from firmware_sim.bench.drills.victims import Victim
from firmware_sim.bench.drills.wan import Wan
from firmware_sim.bench.drills.wave_terms import empty_waves
from firmware_sim.bench.dut.power_cuts import CutMoment, CutsPower
from firmware_sim.bench.dut.target import Reach, Target
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.governance.relevant_devices import Ground, relevant_devices
from firmware_sim.bench.population.estate import Estate
from firmware_sim.bench.population.schema import DrawnDevices
from firmware_sim.bench.population.shares import per_cent
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId


class TooFewToDrawError(UsageError):
    """A story draws more devices than there are."""


class Drawing(Protocol):
    """What is drawn from, and what was drawn: a drill's state, or the devices of a fleet."""

    conditions: DrillConditions

    @property
    def contacts(self) -> Sequence[DeviceContact]:
        """The devices, as parties know them."""

    @property
    def estate(self) -> Estate:
        """The same, before the first step."""

    @property
    def target(self) -> Target:
        """The devices."""

    @property
    def ownership(self) -> Ownership:
        """Whose they are."""

    @property
    def held(self) -> Mapping[EntityId, Filled]:
        """What the cells of each hold."""

    @property
    def believed(self) -> Mapping[EntityId, Filled]:
        """What the parties think that they hold."""


def prepare(state: DrillState, story: Story, seed: int) -> None:
    """Draw what the story leaves to chance, and put its links between parties and devices.

    Raises:
        UsageError: there are fewer devices than it asks for, or a share gives none.
    """
    draw(state, story, seed)
    lay_links(state, story)


def draw(state: Drawing, story: Story, seed: int) -> None:
    """Draw what the story leaves to chance, into `conditions`; raises as `prepare`."""
    for _, drawn_now in _lots(state, story, seed):
        drawn_now()


def draw_mistakes(state: Drawing, story: Story, seed: int) -> Iterator[Found]:
    """Everything in a story for which `draw` raises, by its place; what can be drawn is drawn."""
    for path, drawn_now in _lots(state, story, seed):
        try:
            drawn_now()
        except UsageError as error:
            yield path, str(error)


def _lots(state: Drawing, story: Story, seed: int) -> Iterator[tuple[Location, Callable[[], None]]]:
    """Every draw in its order, with its place in the story."""
    state.conditions = conditions = DrillConditions(drill_seed(seed), set(state.estate.drawn))
    for number, step in enumerate(story.steps):
        if isinstance(step, UpdateStep) and step.waves:
            devices = sum(1 for _ in concerned(state.contacts, step))
            yield ("steps", number, "waves"), partial(_check_waves, step, devices)
    if story.links is not None and story.links.unreachable is not None:
        yield ("links", "unreachable"), partial(_cut_off, state, story, story.links.unreachable)
    for number, fault in enumerate(story.faults):
        yield ("faults", number), partial(_plan_fault, state, story, fault, f"fault {number + 1}")
    for number, term in enumerate(story.attacker):

        def find_victims(number: int = number, term: AttackerTerm = term) -> None:
            found = _victims(state, story, term, f"attacker {number + 1}")
            conditions.victims[number] = found

        yield ("attacker", number, "devices"), find_victims


def _cut_off(state: Drawing, story: Story, wanted: DrawnDevices) -> None:
    state.conditions.unreachable = frozenset(_drawn(state, story, wanted, "unreachable"))


def lay_links(state: DrillState, story: Story) -> None:
    """Let the target do what was drawn: cut the power of devices, and lose messages."""
    conditions = state.conditions
    if story.links is not None:
        state.target = Wan(
            state.target,
            story.links,
            conditions.unreachable,
            conditions.seed,
            lambda: state.clock.time,
        )
    if isinstance(state.target, CutsPower):
        conditions.cuts.cut = state.target.cut_power


def has_shares(story: Story) -> bool:
    """Whether a share of homes or devices is drawn, which may give part of one."""
    people = story.population
    drawn = [story.links.unreachable if story.links else None, *story.faults]
    organisations = () if people is None else people.organisations.values()
    return any(len(names) > 1 for names in organisations) or any(
        each is not None and each.share is not None for each in drawn
    )


def leaves_to_chance(story: Story) -> bool:
    """Whether what happens to one device of a story depends on which others there are."""
    updates = [step for step in story.steps if isinstance(step, UpdateStep)]
    has_waves = any(each.waves or each.retry for each in updates)
    return bool(story.population or story.links or story.faults or story.attacker or has_waves)


def concerned(contacts: Iterable[DeviceContact], step: UpdateStep) -> Iterator[DeviceContact]:
    """The devices that an update addresses: they have its authorising cell and one of its cells."""

    @cache  # a fleet has millions of devices, and a handful of types
    def is_meant(kind: DeviceType, cells: frozenset[TrustAnchorCellId]) -> bool:
        has_authority = REPLACEMENT_RULES[step.mode].authorising_cell(kind) in cells
        is_of_type = not step.devices or kind in step.devices
        return is_of_type and has_authority and bool(selected_cells(step.cells, cells))

    return (each for each in contacts if is_meant(each.device_type, each.cells))


def _plan_fault(state: Drawing, story: Story, fault: FaultTerm, purpose: str) -> None:
    updates = faulty_updates(story)
    step = updates[fault.step or next(iter(updates))]
    cell = fault.cell if isinstance(fault, BadCertificateTerm) else None
    fit = {
        contact.entity_id
        for contact in concerned(state.contacts, step)
        if cell is None or cell in contact.cells
    }
    drawn = _drawn(state, story, fault, purpose, fit)
    for entity, kind in zip(drawn, in_turn(fault), strict=False):
        if isinstance(kind, CutMoment):
            if state.target.reach(entity) is not Reach.INSIDE:
                text = f"{purpose}: another program serves {entity}, whose power cannot be cut"
                raise UsageError(text, "let the drill serve all devices itself")
            state.conditions.cuts.to_come[entity] = PlannedCut(step.name, kind)
        elif cell is not None:
            state.conditions.bad[entity] = BadCertificate(step.name, cell, kind)


def _victims(
    state: Drawing, story: Story, term: AttackerTerm, purpose: str
) -> dict[EntityId, Victim]:
    """Of the Relevant Devices those whose cells truly hold the key, so that it opens them.

    A Gas Proxy Function has the prepayment cell, and takes no top-ups.
    """
    falls = (each for each in story.steps if isinstance(each, CompromiseStep))
    step = next(each for each in falls if each.name == term.since)
    key = term.key.key(term.generation, organisation_of(state, step))
    estate = estate_now(state.estate, state.held, state.believed)
    found = relevant_devices(estate, key, story.start)
    fit = [each.entity_id for each in found if each.ground is Ground.POPULATED]
    if term.prints:
        meters = {
            each.entity_id for each in state.contacts if each.device_type in USE_CASES[TOP_UP]
        }
        fit = [entity for entity in fit if entity in meters]
    wanted = DrawnDevices(count=term.devices)
    return {entity: Victim() for entity in _taken(state, wanted, fit, purpose)}


def _drawn(
    state: Drawing,
    story: Story,
    wanted: DrawnDevices,
    purpose: str,
    fit: Collection[EntityId] | None = None,
) -> tuple[EntityId, ...]:
    """Draw devices; of those in `fit` alone, if that is given."""
    types = {contact.entity_id: contact.device_type for contact in state.contacts}
    candidates = [
        entity
        for entity in _about(state, story)
        if (not wanted.types or types[entity] in wanted.types) and (fit is None or entity in fit)
    ]
    return _taken(state, wanted, candidates, purpose)


def _taken(
    state: Drawing, wanted: DrawnDevices, candidates: list[EntityId], purpose: str
) -> tuple[EntityId, ...]:
    number, taken = wanted.number_of(len(candidates)), state.conditions.taken
    free = sum(entity not in taken for entity in candidates)
    if wanted.share is not None and not number:
        share = f"{per_cent(wanted.share)} of {count(len(candidates), 'device')}"
        mend = "give a larger share, or more premises"
        raise TooFewToDrawError(f"{purpose}: {share} is no device", mend)
    if number > free:
        text = f"{count(number, 'device')} asked for, and there are {free:,} to draw from"
        raise TooFewToDrawError(f"{purpose}: {text}", "ask for fewer, or give more premises")
    return state.conditions.draw(candidates, number, purpose)


def _about(state: Drawing, story: Story) -> list[EntityId]:
    for step in story.steps:
        if isinstance(step, CompromiseStep):
            estate = estate_now(state.estate, state.held, state.believed)
            key = step.fallen.key(step.generation, organisation_of(state, step))
            found = [each.entity_id for each in relevant_devices(estate, key, story.start)]
            if found:
                return found
    for step in story.steps:
        if isinstance(step, UpdateStep) and not step.stolen:
            return [each.entity_id for each in concerned(state.contacts, step)]
    return [each.entity_id for each in state.contacts]


def _check_waves(step: UpdateStep, devices: int) -> None:
    for (at, _), problem in empty_waves(step.waves, devices):
        raise UsageError(f"step {step.name}, {step.waves[int(at)].title(int(at) + 1)}: {problem}")
