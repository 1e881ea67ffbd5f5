"""What a story's estate is made from besides the story, before there is a run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware_sim.bench.drills.checking import Contradiction
from firmware_sim.bench.drills.checking_rules import Found
from firmware_sim.bench.drills.home_seed import SEED_OCTETS, home_seed_of
from firmware_sim.bench.drills.lots import leaves_to_chance
from firmware_sim.bench.drills.on_paper import undrawable
from firmware_sim.bench.drills.provisioning import drill_estate
from firmware_sim.bench.drills.setup import check_present
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.run_info import INVENTORY, InputText
from firmware_sim.bench.population.drawing import TooFewDevicesError
from firmware_sim.bench.population.inventory import inventory_text
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

ENOUGH_DEVICES: Final = "enough-devices"
"""The rule that is broken where chance is to take devices that are not there."""
ENOUGH_DEVICES_WORDS: Final = (
    "no entry takes more devices by chance than those before it left, and no wave is empty; looked "
    "at last, in a story that says how many premises there are"
)


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
    story: Story,
    premises: int,
    *,
    seed: int,
    policy: Policy,
    inventory: InputText | None,
    present: frozenset[DeviceType] | None = None,
) -> None:
    """Draw all that chance decides once, so that a drill is refused before there is a folder.

    Args:
        present: the device types that a target has; None for all.

    Raises:
        UsageError: as for `drill_estate`; or what chance is to take is not there.
    """
    if present is not None:
        check_present(story, present)
    found = estate_mistakes(story, premises, seed, policy, inventory, present=present)
    if told := "; ".join(text for _, text in found):
        raise UsageError(told)


def estate_mistakes(
    story: Story,
    premises: int,
    seed: int,
    policy: Policy,
    inventory: InputText | None,
    *,
    present: frozenset[DeviceType] | None = None,
) -> Iterator[Found]:
    """What a story takes from its devices that they do not have, by its place in the story.

    The same is drawn as in a run with that seed. Where draws overlap, as those of two kinds of
    faults may, another seed can leave a device more or less.

    Raises:
        UsageError: the inventory is wrong.
    """
    if story.population is None and inventory is None and not leaves_to_chance(story):
        return
    octets = seed.to_bytes(SEED_OCTETS, "big")
    try:
        estate = drill_estate(
            story, premises, policy, seed=octets, home_seed=home_seed_of(octets),
            inventory=inventory,
        )  # fmt: skip
    except TooFewDevicesError as error:
        yield ("population", *error.path), str(error)
        return
    if present is not None:
        estate = estate.only({each.entity_id for each in estate if each.device_type in present})
    yield from undrawable(story, estate, seed, policy)


def estate_contradictions(
    story: Story, origin: str, policy: Policy, asked: int | None = None, *, seed: int = 1
) -> Iterator[Contradiction]:
    """The same as mistakes of an author, where it is known how many premises there are.

    Args:
        origin: as for `inventory_of`.
        asked: as for `premises_of`.

    Raises:
        UsageError: the inventory cannot be read, or is wrong; or as for `premises_of`.
    """
    if story.population is None and asked is None:
        return
    inventory, premises = inventory_of(story, origin), premises_of(story, asked)
    for path, text in estate_mistakes(story, premises, seed, policy, inventory):
        yield Contradiction(path, text, ENOUGH_DEVICES, "")
