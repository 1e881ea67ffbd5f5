"""The other of the two: a board, through its link."""

from firmware_sim.bench.dut.board.blueprint import Blueprint, provision_board
from firmware_sim.bench.experiments.twin.trial import TwinTrial
from firmware_sim.bench.experiments.twin.twin import Answer
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_protocol import Result, StoreResult
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.ports import ClockReliability


class BoardTwin:
    """A board whose port is open. What is on it is erased.

    Everything raises `LinkError`: a `DeviceFaultError` if the board did wrong.
    """

    def __init__(self, board: Board) -> None:
        self._board = board

    @property
    def geometry(self) -> Geometry:
        """Of the board's image, as its boot record says."""
        boot = self._board.boot
        sizes = tuple(run.size for run in boot.blocks for _ in range(run.blocks))
        return Geometry(sizes, boot.write_unit, boot.programs_per_unit, boot.erased_value)

    def begin(self, trial: TwinTrial) -> None:
        if self._board.boot.store is not StoreResult.NO_AREA:
            self._board.erase()
        provision_board(self._board, Blueprint(trial.device_type, trial.entity, trial.records))
        self._board.set_clock(0, ClockReliability.INVALID)

    def set_clock(self, seconds: int, reliability: ClockReliability) -> None:
        self._board.set_clock(seconds, reliability)

    def receive(self, octets: bytes) -> Answer:
        return _answer(self._board.message(octets))

    def tick(self) -> Answer:
        return _answer(self._board.tick())

    def power_cycle(self) -> None:
        self._board.reset()

    def digest(self) -> bytes:
        return self._board.digest().digest

    def image(self) -> bytes:
        return self._board.read_flash()


def _answer(result: Result) -> Answer:
    return Answer(result.reason, result.messages)
