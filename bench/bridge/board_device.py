"""What a bridged board is made into, and what time it is there: asked for, or as a drill has it."""

from collections.abc import Callable
from typing import NamedTuple

from firmware_sim.bench.drills.setup import set_up
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.provisioning import provision_erased
from firmware_sim.bench.dut.board.serial_line import check_is_of_a_drill
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.board import Board
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.ports import Clock


class BridgedDevice(NamedTuple):
    """The device that a board is at the broker.

    Attributes:
        prepare: makes the board ready for it; blocking.
        clock: what its clock is set to. A drill's own clock is ahead of it where steps take hours.
        is_new: it is another device than the last of that name.
    """

    prepare: Callable[[Board], None]
    clock: Clock
    is_new: bool = False


def as_it_is() -> BridgedDevice:
    """The device that is on the board already."""
    return BridgedDevice(lambda _board: None, RunningClock())


def as_requested(request: DeviceRequest, device_type: DeviceType | None = None) -> BridgedDevice:
    """What a board becomes that holds no device yet; one that does must hold the same.

    Args:
        device_type: of a board that holds one; None for any.

    Raises:
        UsageError: `prepare` does, if it holds another device.
    """
    return BridgedDevice(
        lambda board: provision_erased(
            board, request, device_type, "leave --type and --entity out, or erase it first"
        ),
        RunningClock(),
    )


def as_in_drill(story: Story, seed: int, kind: DeviceType, premises: int = 0) -> BridgedDevice:
    """A device of a drill, new each time: ``drill run`` with that story and seed knows it.

    Args:
        premises: the number of its home, from 0.

    Raises:
        UsageError: the story's population has no such home.
        BenchError: `prepare` does, if the board holds a device that is of no drill.
    """
    homes = premises + 1
    if story.population is not None:
        homes = story.population.premises
    if premises >= homes:
        raise UsageError(f"{story.name} has no home {premises}", f"give one from 0 to {homes - 1}")
    # What is believed of a device changes nothing in it.
    told = story.model_copy(update={"inventory": None})
    setting = set_up(told, premises=homes, seed=seed, policy=Policy())
    (device,) = (
        each for each in setting.premises[premises].devices.values() if each.device_type is kind
    )
    blueprint = blueprint_of(device.image())

    def prepare(board: Board) -> None:
        check_is_of_a_drill(board)
        BoardDevice(board).begin(blueprint)

    return BridgedDevice(prepare, RunningClock(story.start), is_new=True)
