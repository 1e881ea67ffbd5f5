"""What a bridged board is made into, and what time it is there: asked for, or as a drill has it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

from firmware_sim.bench.drills.setup import set_up
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.dut.board.blueprint import blueprint_of, provision_board
from firmware_sim.bench.dut.clock import SystemClock
from firmware_sim.bench.dut.simulated.premises import is_of_a_drill
from firmware_sim.bench.dut.simulated.single_device import Order, brought_up
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_protocol import StoreResult
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.ports import Clock, ClockReading, ClockReliability


class Part(NamedTuple):
    """The part that a board plays.

    Attributes:
        prepare: makes the board ready for it; blocking.
        clock: what its clock is set to.
        is_new: it is another device than the last of that name.
    """

    prepare: Callable[[Board], None]
    clock: Clock
    is_new: bool = False


class StoryClock:
    """Begins with a story and runs; the drill's own is ahead of it where steps take hours."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._began = monotonic()

    def now(self) -> ClockReading:
        passed = timedelta(seconds=monotonic() - self._began)
        return ClockReading(self._start + passed, ClockReliability.RELIABLE)


def itself() -> Part:
    """The device that is on the board already."""
    return Part(lambda _board: None, SystemClock())


def ordered(order: Order) -> Part:
    """What a board becomes that holds no device yet; one that does must hold the same.

    Raises:
        UsageError: `prepare` does, if it holds another device.
    """

    def prepare(board: Board) -> None:
        if board.boot.store is StoreResult.NO_AREA:
            with brought_up(order) as running:
                blueprint = blueprint_of(running.device.image())
            provision_board(board, blueprint)
        elif order.entity not in (None, board.boot.entity):
            raise UsageError(
                f"the board is {board.boot.entity}", "leave --entity out, or erase it first"
            )

    return Part(prepare, SystemClock())


def cast_in(story: Story, seed: int, kind: DeviceType, premises: int = 0) -> Part:
    """A device of a drill, new each time: ``drill run`` with that story and seed knows it.

    Args:
        premises: the number of its home, from 0.

    Raises:
        BenchError: `prepare` does, if the board holds a device that is of no drill.
    """
    setting = set_up(story, premises=premises + 1, seed=seed, policy=Policy())
    (device,) = (
        each for each in setting.premises[premises].devices.values() if each.device_type is kind
    )
    blueprint = blueprint_of(device.image())

    def prepare(board: Board) -> None:
        entity = board.boot.entity
        if entity is not None and not is_of_a_drill(entity):
            raise BenchError(
                f"the board at {board.port.name} is {entity}, of no drill",
                f"firmware-sim board erase --port {board.port.name} erases it",
            )
        if board.boot.store is not StoreResult.NO_AREA:
            board.erase()
        provision_board(board, blueprint)

    return Part(prepare, StoryClock(story.start), is_new=True)
