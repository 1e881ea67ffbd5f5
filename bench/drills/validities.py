"""The periods of a drill's certificates as its story has them, and what devices hold of these."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import NamedTuple

from firmware_sim.bench.drills.provisioning import home_plan
from firmware_sim.bench.drills.selection import selects
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.validity_terms import ROOT, Certified, ValidityTerm
from firmware_sim.bench.population.schema import DCC
from firmware_sim.bench.smki.parameters import GENERATIONS, MAX_ROOTS, Parameters
from firmware_sim.bench.smki.validity import CertificateName, Period, Periods
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId


def periods_of(story: Story) -> Periods:
    """The period of each certificate, by the entries of the story; later ones decide."""

    @cache
    def period(name: CertificateName) -> Period:
        found = Period()
        for term in story.validity:
            if _means(term, name, story):
                first, last = term.period
                found = Period(first or found.first, last or found.last)
        return found

    return period


def roots_of(story: Story) -> int:
    """How many roots there are in a story: two, and one more if it names a third."""
    named = [
        number
        for step in story.steps
        if isinstance(step, UpdateStep) and any(selects(each, ROOT_CELL) for each in step.cells)
        for number in (step.install, *(step.links or ()))
    ]
    return min(MAX_ROOTS, max([len(GENERATIONS), *named]))


class Span(NamedTuple):
    """From when to when a certificate is valid: its first and its last second."""

    first: datetime
    last: datetime

    @classmethod
    def of(cls, story: Story, name: CertificateName) -> "Span":
        """That of one certificate of a story."""
        usual, period = Parameters(), periods_of(story)(name)
        is_party = isinstance(name.what, TrustAnchorCellId)
        last = usual.party_not_after if is_party else usual.authority_not_after
        return cls(period.first or usual.not_before, period.last or last)

    def __str__(self) -> str:
        return f"from {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}"


def first_held(story: Story, policy: Policy) -> Iterator[CertificateName]:
    """The certificates in the cells of some device before the first step, each once.

    Raises:
        BenchError: the story provisions cells that no device has, or the root.
    """
    plan = home_plan(story, policy)
    found: dict[CertificateName, None] = {}
    for kind, cells in plan.cells.items():
        for cell in cells:
            filled = plan.filled.get(kind, {}).get(cell)
            what = cell if filled is None else filled.issued_for
            names = (filled.organisation,) if filled and filled.organisation else ()
            if what != ROOT_CELL:
                number = 1 if filled is None else filled.generation
                each = (
                    CertificateName(what, number, 1, name)
                    for name in names or organisations_of(story, what)
                )
                found |= dict.fromkeys(each)
    yield from found
    yield CertificateName(ROOT)


def organisations_of(story: Story, what: Certified) -> tuple[str, ...]:
    """Who has such certificates, by name; the DCC's own are nobody else's."""
    if not isinstance(what, TrustAnchorCellId):
        return (DCC,)
    return story.effective_population.organisations.get(what.role, (DCC,))


def _means(term: ValidityTerm, name: CertificateName, story: Story) -> bool:
    owner = name.organisation or organisations_of(story, name.what)[0]
    return (
        name.what in term.meant
        and term.party in (None, owner)
        and term.generation in (None, name.generation)
        and term.under in (None, name.issuer)
    )
