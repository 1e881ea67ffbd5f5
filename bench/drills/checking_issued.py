"""Whether certificates have been issued by the step of a story that uses them.

Only in a story with a population: in others the one organisation of a role has every generation
that the story names, as it always had.
"""

from collections.abc import Iterable, Iterator

from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.certificate_steps import IssueStep
from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.ownership import Holder
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.selection import selects
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.gbcs.roles import RemotePartyRole

Found = tuple[Location, str]


class IssuedSoFar:
    """Which generations the organisations of a story have, step by step."""

    def __init__(self, story: Story) -> None:
        self._population = story.effective_population
        self._names = {} if story.population is None else dict(self._population.organisations)
        self._issued = {(name, 1) for names in self._names.values() for name in names}
        self._fallen: set[str] = set()
        for entry in story.provision:
            for role in self._roles(entry.holder, entry.cells):
                self._issue(self._meant(role, entry.holder), entry.generation)

    def take(self, step: Step) -> None:
        """Add what a step issues."""
        if isinstance(step, CompromiseStep):
            self._fallen.add(step.party or "")
        elif isinstance(step, IssueStep) and step.party is not None:
            self._issue((step.party,), step.generation)
        elif isinstance(step, UpdateStep) and not step.stolen:
            for role in self._roles(step.holder, step.cells):
                self._issue(self._applicants(step, role), step.install)

    def mistakes(self, step: Step) -> Iterator[Found]:
        """What a step uses, and no step before has issued."""
        if isinstance(step, CompromiseStep) and step.fallen.owners in self._names:
            yield from self._missing((step.party or "",), step.generation, ("generation",))
        if isinstance(step, SendingStep) and step.by in self._names:
            who = self._names[step.by] if step.party is None else (step.party,)
            yield from self._missing(who, step.credentials, ("credentials",))
        if isinstance(step, ReadBackStep | AuditStep):
            for selector, held in step.holding.items():
                for role in self._roles(held.holder, (selector,)):
                    who = self._meant(role, held.holder)
                    yield from self._missing(who, held.generation, ("holding", selector))
        if isinstance(step, UpdateStep) and step.stolen:
            for role in self._roles(step.holder, step.cells):
                yield from self._missing(self._taken(step, role), step.install, ("install",))

    def _missing(self, names: Iterable[str], generation: int, path: Location) -> Iterator[Found]:
        listed = [name for name in names if self._population.role_of(name) in self._names]
        if listed and not any((name, generation) in self._issued for name in listed):
            who = " or ".join(listed)
            text = f"no step before it has issued generation {generation} to {who}"
            yield path, f"{text}; put an issue step first"
            # The same in each later step would be told of one mistake.
            self._issue(listed, generation)

    def _issue(self, names: Iterable[str], generation: int) -> None:
        self._issued.update((name, generation) for name in names)

    def _roles(self, holder: Holder | None, selectors: Iterable[str]) -> list[RemotePartyRole]:
        """The roles of organisations whose certificates are meant."""
        role = self._population.role_of(holder) if isinstance(holder, str) else holder
        if role is not None:
            return [role] if role in self._names else []
        chosen = list(selectors)
        cells = (cell for cell in PARTY_CELLS if any(selects(each, cell) for each in chosen))
        return [role for role in dict.fromkeys(cell.role for cell in cells) if role in self._names]

    def _meant(self, role: RemotePartyRole, holder: Holder | None) -> tuple[str, ...]:
        return (holder,) if isinstance(holder, str) else self._names[role]

    def _taken(self, step: UpdateStep, role: RemotePartyRole) -> tuple[str, ...]:
        """Whose certificates an attacker installs: each device's own, so of one that is named."""
        at = step.whose_devices
        is_own = step.holder is None and at in self._names[role]
        return (at,) if is_own and at is not None else self._meant(role, step.holder)

    def _applicants(self, step: UpdateStep, role: RemotePartyRole) -> tuple[str, ...]:
        names = self._names[role]
        named = step.holder if isinstance(step.holder, str) else step.party
        if named in names and named is not None:
            return (named,)
        if any((name, step.install) in self._issued for name in names):
            return ()
        return tuple(name for name in names if name in self._fallen) or names
