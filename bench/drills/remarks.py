"""What an author may not expect of a story without mistakes. It keeps no story from running."""

from collections.abc import Iterator

from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.meeting_steps import DecideStep
from firmware_sim.bench.drills.spoilt import mend_spoilt, spoilt_by
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.evidence.wording import count, span


def remarks(story: Story) -> Iterator[str]:
    """A sentence or two each, for people."""
    yield from _waiting_waves(story)
    yield from _spoilt_updates(story)
    yield from _prices(story)
    for number, term in enumerate(story.attacker, start=1):
        if term.idle:
            yield f"attacker {number}: {term.idle}"


def _spoilt_updates(story: Story) -> Iterator[str]:
    """Commands that no device may take, where the step expects that they are accepted."""
    for step in story.steps:
        if isinstance(step, UpdateStep) and step.is_spoilt:
            yield (
                f"{step.name}: no device may take a command {spoilt_by(step)}, and the step "
                f"expects it to be accepted: the drill ends there, not as declared. "
                f"{mend_spoilt(step)}"
            )


def _prices(story: Story) -> Iterator[str]:
    """Without a Recovery Event there is no Recovery Cost, whatever the story assumes."""
    if not story.assumptions.prices:
        return
    if not any(isinstance(step, CompromiseStep) for step in story.steps):
        yield "assumptions.prices: no key falls in this story, so they have no effect."
    elif not any(isinstance(step, DecideStep) for step in story.steps):
        yield (
            "assumptions.prices: the SMKI PMA decides nothing here (do: decide), so there is no "
            "Recovery Event, and nothing is a Recovery Cost (SEC L10.14, L10.17). The report says "
            "what it would cost to replace the devices that are left, and that nobody may claim it."
        )


def _waiting_waves(story: Story) -> Iterator[str]:
    """Devices that do not answer hold up every wave after their own."""
    links = story.links
    if links is None or not (links.unreachable or links.loss or links.late):
        return
    for step in story.steps:
        if not isinstance(step, UpdateStep) or step.retry is None or len(step.waves) < 2:
            continue
        if not (each := step.retry.longest.total_seconds()):
            continue
        waves = len(step.waves) - 1
        times = count(step.retry.attempts - 1, "time")
        pause = span(step.retry.back_off.total_seconds())
        yield (
            f"{step.name}: a wave waits for devices that do not answer, up to {span(each)} "
            f"({times} {pause}). The last wave may so begin {span(each * waves)} later, and its "
            "devices stay exposed. For a shorter wait give fewer attempts or a shorter back off, "
            "and send again later what was not reached (do: update again, for: [unreachable])."
        )
