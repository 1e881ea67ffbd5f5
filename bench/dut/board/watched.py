"""A board on which a power cut that was armed and never came is noticed."""

from typing import NamedTuple

from firmware_sim.bench.dut.power_cuts import CutNotReachedError
from firmware_sim.devices.links.board import CUT_BEFORE, NEVER, Board
from firmware_sim.devices.links.board_protocol import BootRecord, Capability


class _Armed(NamedTuple):
    operation: int
    boots: int
    made: int


class WatchedBoard(Board):
    """The same board. Who disarms a cut has seen to it; nothing else forgives one that is left."""

    _armed: _Armed | None = None
    _missed: CutNotReachedError | None = None

    def cut(self, operation: int, flavour: int = CUT_BEFORE, mask: int = NEVER) -> None:
        made = self._made()
        super().cut(operation, flavour, mask)
        self._armed = None if operation == NEVER else _Armed(operation, self.boot.boots, made)

    def reset(self) -> BootRecord:
        self._look()
        return super().reset()

    def check_cut_came(self) -> None:
        """Say that an armed cut has not come.

        Raises:
            CutNotReachedError: it has not, and now is the end.
            LinkError: the board cannot be asked.
        """
        self._look()
        if self._missed is not None:
            raise self._missed

    def _look(self) -> None:
        armed, self._armed = self._armed, None
        if armed is not None and armed.boots == self.boot.boots:
            self._missed = CutNotReachedError(armed.operation, self._made() - armed.made)

    def _made(self) -> int:
        """Flash operations since the board started; 0 if it does not count them."""
        if Capability.STATISTICS not in self.boot.capabilities:
            return 0
        statistics = self.statistics()
        return statistics.programs + statistics.erases
