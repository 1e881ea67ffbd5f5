"""Whether the periods of certificates can be as a story says, and whether it begins within them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from firmware_sim.bench.drills.checking_cells import provision_mistakes
from firmware_sim.bench.drills.checking_rules import Found, StoryRule
from firmware_sim.bench.drills.step_length import longest
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_terms import MAX_GENERATION
from firmware_sim.bench.drills.validities import (
    Span,
    first_held,
    organisations_of,
    periods_of,
    roots_of,
)
from firmware_sim.bench.drills.validity_terms import ValidityTerm
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.validity import CertificateName
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import TrustAnchorCellId


def _outside_validity(story: Story, policy: Policy) -> Iterator[Found]:
    """A drill that begins with dead certificates, or ends with all of them dead, shows nothing."""
    if any(provision_mistakes(story, policy)):
        return  # which is another mistake
    held = tuple(first_held(story, policy))
    period = periods_of(story)
    for name in held:
        span = Span.of(story, name)
        if not span.first <= story.start <= span.last:
            is_own = any(period(name))
            told = _told(story, name) + " is" if is_own else "the drill's certificates are"
            yield ("start",), f"{told} valid {span}; start within"
            return
    usual = (Span.of(story, name) for name in held if period(name).last is None)
    first_to_end = min(usual, key=lambda each: each.last, default=None)
    length = sum(map(longest, story.steps[:-1]), timedelta())
    if first_to_end is not None and length > first_to_end.last - story.start:
        text = f"the drill's certificates are valid {first_to_end}, and the last step begins later"
        yield ("start",), f"{text}; start earlier"


def _told(story: Story, name: CertificateName) -> str:
    """A certificate in words, with its organisation where there are several."""
    several = len(organisations_of(story, name.what)) > 1
    of = f" of {name.organisation}" if several else ""
    what = name.what if isinstance(name.what, TrustAnchorCellId) else name.what.value
    return f"the certificate {what}{of}, generation {name.generation},"


def _impossible(story: Story, _policy: Policy) -> Iterator[Found]:
    """Certificates that no drill has."""
    for number, term in enumerate(story.validity):
        for key, text in _of_term(story, term):
            yield ("validity", number, key), text


def _of_term(story: Story, term: ValidityTerm) -> Iterator[tuple[str, str]]:
    owners = {name for what in term.meant for name in organisations_of(story, what)}
    known = {name for names in story.effective_population.organisations.values() for name in names}
    if term.party is not None and term.party not in known:
        near = suggestion(term.party, sorted(known))
        yield "party", f"{term.party!r} is no organisation of this story{near}"
    elif term.party is not None and term.party not in owners:
        listed = ", ".join(term.certificates)
        yield "party", f"{term.party} has no certificate for {listed}"
    authorities = roots_of(story)
    if (term.under or 1) > authorities:
        text = f"the authorities of this story have {authorities} generations, not {term.under}"
        yield "under", text
    last = _last_generation(term, story, is_dccs=not owners & known)
    if (term.generation or 1) > last:
        yield "generation", f"the DCC has {last} generations of these, not {term.generation}"


def _last_generation(term: ValidityTerm, story: Story, *, is_dccs: bool) -> int:
    if not is_dccs:
        return MAX_GENERATION
    is_authority = not any(isinstance(what, TrustAnchorCellId) for what in term.meant)
    return roots_of(story) if is_authority else GENERATIONS[-1]


VALIDITY_RULES: Final = (
    StoryRule(
        "start-outside-validity",
        "the drill begins while the certificates in its cells are valid, and ends while those are "
        "whose end it does not say",
        "GBCS 13.1.2",
        _outside_validity,
        frozenset({"start", "validity", "provision", "devices", "population"}),
    ),
    StoryRule(
        "validity-of-no-certificate",
        "a period is one of certificates that a drill has",
        "GBCS 13.1.2",
        _impossible,
        frozenset({"validity", "population"}),
    ),
)
