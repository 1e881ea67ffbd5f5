"""What a story's estate is made from besides the story, before there is a run."""

from pathlib import Path

from firmware_sim.bench.drills.home_seed import SEED_OCTETS, home_seed_of
from firmware_sim.bench.drills.provisioning import drill_estate
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.run_info import INVENTORY, InputText
from firmware_sim.bench.population.inventory import inventory_text
from firmware_sim.gbcs.policy import Policy


def premises_of(story: Story, asked: int | None) -> int:
    """How many homes a story is played on.

    Args:
        asked: by the user; None if nothing was said.

    Raises:
        UsageError: the story says it itself.
    """
    population = story.population
    if population is None:
        return 1 if asked is None else asked
    if asked is not None:
        text = f"the population of {story.name} says how many premises there are: "
        raise UsageError(f"{text}{population.premises:,}", "leave --premises out")
    return population.premises


def inventory_of(story: Story, origin: str) -> InputText | None:
    """The text of the inventory beside a story; None if it names none.

    Args:
        origin: the story's file, or the name of a story that comes with the project.

    Raises:
        UsageError: the file cannot be read.
    """
    if story.inventory is None:
        return None
    path = Path(origin).parent / story.inventory
    return InputText(INVENTORY, str(path), inventory_text(path))


def check_estate(
    story: Story, premises: int, *, seed: int, policy: Policy, inventory: InputText | None
) -> None:
    """Draw the estate once, so that what cannot be drawn is refused before there is a folder.

    Raises:
        UsageError: as for `drill_estate`.
    """
    if story.population is not None or inventory is not None:
        octets = seed.to_bytes(SEED_OCTETS, "big")
        drill_estate(
            story, premises, policy, seed=octets, home_seed=home_seed_of(octets),
            inventory=inventory,
        )  # fmt: skip
