"""What a story says before its steps, in plain words: homes, organisations, what chance takes."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from firmware_sim.bench.drills.fault_terms import BadCertificateTerm, PowerCutTerm
from firmware_sim.bench.drills.link_terms import LinkTerms
from firmware_sim.bench.drills.rehearsals import RehearsalPlan
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.validity_terms import ValidityTerm
from firmware_sim.bench.evidence.wording import count, several
from firmware_sim.bench.population.schema import (
    NETWORK_OPERATOR,
    SUPPLIER,
    DrawnDevices,
    Population,
)
from firmware_sim.bench.population.shares import per_cent

_HOMES: Final = "as many homes as --premises says, with one supplier and one network operator"


def surroundings(story: Story) -> Mapping[str, str]:
    """By heading; without those of which the story says nothing."""
    population = story.population
    rows = {
        "Homes": _HOMES if population is None else _homes(population),
        "Not as usual": "" if population is None else "; ".join(_drawn(population)),
        "Validity": "; ".join(map(_valid, story.validity)),
        "Believed": f"what {story.inventory} says of each device" if story.inventory else "",
        "Links": "" if story.links is None else "; ".join(_links(story.links)),
        "Faults": "; ".join(map(_fault, story.faults)),
        "Rehearsal": "" if story.rehearsal is None else _rehearsal(story.rehearsal),
    }
    return {heading: words for heading, words in rows.items() if words}


def _homes(population: Population) -> str:
    parts = [count(population.premises, "home"), _sharing("supplier", population.suppliers)]
    if population.gas_suppliers is not None:
        parts.append(_sharing("gas supplier", population.gas_suppliers))
    parts.append(_sharing("network operator", population.network_operators))
    return "; ".join(parts)


def _sharing(who: str, shares: Mapping[str, Fraction]) -> str:
    if len(shares) == 1:
        (name,) = shares
        return f"one {who}" if name in {SUPPLIER, NETWORK_OPERATOR} else f"one {who}, {name}"
    return f"{who}s " + several([f"{name} ({per_cent(share)})" for name, share in shares.items()])


def _drawn(population: Population) -> Iterator[str]:
    for status, selections in population.smi.items():
        for each in selections:
            yield f"{_amount(each)}: {status.value}"
    for each in population.misheld:
        yield f"{_amount(each)}: hold {each.hold}'s certificates in the cells of {each.at}"


def _amount(drawn: DrawnDevices) -> str:
    kinds = " or ".join(kind.name for kind in drawn.types)
    of = f" of {drawn.supplier}" if drawn.supplier else ""
    if drawn.share is not None:
        return f"{per_cent(drawn.share)} of the {kinds or 'devices'}{of}"
    number = drawn.count or 0
    return (f"{number:,} {kinds}" if kinds else count(number, "device")) + of


def _valid(term: ValidityTerm) -> str:
    first, last = term.period
    which = [f"generation {term.generation}"] if term.generation else []
    which += [f"of {term.party}"] if term.party else []
    which += [f"under generation {term.under}"] if term.under else []
    when = [f"from {first:%Y-%m-%d}"] if first else []
    when += [f"to {last:%Y-%m-%d}"] if last else []
    return " ".join([several(list(term.certificates)), *which, *when])


def _links(links: LinkTerms) -> Iterator[str]:
    if links.unreachable is not None:
        yield f"{_amount(links.unreachable)}: out of reach from first to last"
    if links.loss is not None:
        yield f"{per_cent(links.loss)} of commands, and of answers, are lost"
    if links.duplicate is not None:
        yield f"{per_cent(links.duplicate)} of commands arrive twice"
    if links.late is not None:
        yield f"{per_cent(links.late.share)} of answers come {links.late.minutes} minutes late"


def _fault(fault: PowerCutTerm | BadCertificateTerm) -> str:
    where = "" if fault.step is None else f" in {fault.step}"
    if isinstance(fault, PowerCutTerm):
        return f"{_amount(fault)}: power cut in the commit{where}"
    return f"{_amount(fault)}: a bad certificate for {fault.bad_certificate}{where}"


def _rehearsal(plan: RehearsalPlan) -> str:
    last = "for the first time" if plan.last is None else f"last on {plan.last:%Y-%m-%d}"
    return f"tested every {count(plan.every_months, 'month')}, {last}"
