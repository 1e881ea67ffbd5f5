"""What ``firmware-sim drill run`` says of a large drill before it begins."""

from os import sysconf
from typing import Final

from firmware_sim.bench.cli.output import stderr
from firmware_sim.bench.drills.cost import DrillCost
from firmware_sim.bench.drills.provisioning import home_plan
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.fleet.planning import check_story
from firmware_sim.gbcs.policy import Policy

TARGETS_OF_FLEETS: Final = ("memory", "native")
"""Targets whose devices a fleet has too."""


def agree_to_cost(story: Story, premises: int, as_fleet: str | None, *, yes: bool) -> None:
    """Say what a large drill takes, and go on only if a very large one was agreed to.

    Args:
        as_fleet: the command that plays the same as a fleet; None if there is none.

    Raises:
        UsageError: it takes very long, or much of this machine's memory, and ``yes`` is false.
    """
    cost = DrillCost.of(story, premises)
    memory = sysconf("SC_PHYS_PAGES") * sysconf("SC_PAGE_SIZE")
    text = f"{premises:,} homes take {cost}, and this machine has {memory / 1e9:,.1f} GB"
    quicker = "" if as_fleet is None else f"; {as_fleet} takes a fraction of that"
    if cost.is_much(memory) and not yes:
        raise UsageError(text, f"give fewer --premises, or --yes to go on{quicker}")
    if cost.is_much(memory) or (cost.is_long and quicker):
        stderr.print(text + quicker, highlight=False, soft_wrap=True)


def fleet_of(story: Story, name: str, premises: int) -> str | None:
    """The command that plays a story as a fleet of the same size; None if none can.

    Args:
        name: what the user called the story, or its file.
    """
    try:
        check_story(story)
    except UsageError:
        return None
    devices = premises * len(home_plan(story, Policy()).cells)
    return f"firmware-sim fleet run {name} --devices {devices}"
