"""How many flash operations a board made over all its starts; itself it counts from the last."""

from firmware_sim.bench.dut.power_cuts import CutFlavour, OperationCut
from firmware_sim.devices.links.board import Board


class OperationCount:
    """A number that only grows, from the moment when it is asked for first.

    Until then nothing is sent for it: a drill and a twin run do not need it.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._earlier = 0
        self._is_asked = False
        self._armed: tuple[int, OperationCut] | None = None

    def now(self) -> int:
        """Words programmed and blocks erased.

        Raises:
            LinkError: the board does not answer, or does not count.
        """
        self._is_asked = True
        statistics = self._board.statistics()
        return self._earlier + statistics.programs + statistics.erases

    def before_reset(self) -> None:
        """The board is about to start anew, by request."""
        if self._is_asked:
            self._earlier = self.now()

    def before_cut(self, cut: OperationCut | None) -> None:
        """A cut is about to be armed, or to be disarmed."""
        self._armed = (self.now(), cut) if self._is_asked and cut is not None else None

    def after_cut(self) -> None:
        """The armed cut has come, and the board has started by itself."""
        if self._armed is not None:
            made, cut = self._armed
            self._earlier = made + cut.operation + (cut.flavour is not CutFlavour.BEFORE)
            self._armed = None
