"""The schema of a story: what a drill does, step by step. Unknown keys are errors.

A story names parties, cells and generations of credentials, never devices or octets, so the
same story runs on one premises or on a thousand. Devices without the cells that a step is
about are left out of that step.
"""

from typing import Annotated

from pydantic import Field, model_validator

from firmware_sim.bench.drills.assumption_terms import StoryAssumptions
from firmware_sim.bench.drills.attacker_terms import AttackerTerm
from firmware_sim.bench.drills.fault_terms import Fault
from firmware_sim.bench.drills.held_terms import Provision
from firmware_sim.bench.drills.link_terms import LinkTerms
from firmware_sim.bench.drills.rehearsals import RehearsalPlan
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story_terms import FileBeside, Instant, OneLine, Slug, Strict, Type
from firmware_sim.bench.drills.validity_terms import ValidityTerm
from firmware_sim.bench.drills.verdict_terms import VerdictTerms
from firmware_sim.bench.evidence.run_info import Clause
from firmware_sim.bench.population.schema import Population


class ClauseEntry(Strict):
    """One rule that the story exercises."""

    clause: OneLine
    """Where it stands, e.g. SEC L10.2(a)."""
    text: OneLine
    """What it says, in one line."""


class Story(Strict):
    """A drill.

    Attributes:
        name: of the story, its folder and its reports.
        title: what it rehearses, in one line for people; the name, if it is left out.
        summary: the same in a few sentences.
        rules: clauses that it exercises; each of SEC Section L must be one that a step can earn.
        start: where the drill's clock begins; nothing in a message comes from another clock.
        devices: the device types of every premises that take part; none for all.
        population: how many homes, and whose; None for one organisation in each role.
        inventory: name of a file beside the story, with what is believed of each device.
        provision: what cells hold at first, where that is not generation 1 of their own party.
        validity: from when to when certificates are valid, where that is not 2020 to 2039 (parties)
            or to 2069 (authorities).
        links: what goes wrong between parties and devices; None for nothing.
        faults: what happens to single devices and certificates.
        attacker: who holds a key that fell, and what it does with it.
        verdicts: with which the story says that it ends.
        rehearsal: how often the arrangements are tested (SEC L10.1(e)).
        assumptions: what is chosen where the public texts are silent, and what things cost.
        steps: what happens, in order.
    """

    name: Slug
    title: OneLine = ""
    summary: OneLine = ""
    rules: tuple[ClauseEntry, ...] = ()
    start: Instant
    devices: tuple[Type, ...] = ()
    population: Population | None = None
    inventory: FileBeside | None = None
    provision: tuple[Provision, ...] = ()
    validity: tuple[ValidityTerm, ...] = ()
    assumptions: StoryAssumptions = StoryAssumptions()
    links: LinkTerms | None = None
    faults: tuple[Fault, ...] = ()
    attacker: tuple[AttackerTerm, ...] = ()
    verdicts: VerdictTerms = VerdictTerms()
    rehearsal: RehearsalPlan | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _title_from_name(cls, value: object) -> object:
        if isinstance(value, dict) and "title" not in value and "name" in value:
            return {**value, "title": value["name"]}
        return value

    @property
    def effective_population(self) -> Population:
        """The population; without one, the organisations of a single home."""
        return self.population or Population.of_one_each(1)

    @property
    def names_organisations(self) -> bool:
        """Whether it says whose the devices are, or what is believed of them."""
        return self.population is not None or self.inventory is not None

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The rules, as a report wants them."""
        return tuple(Clause(rule.clause, rule.text) for rule in self.rules)
