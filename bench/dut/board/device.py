"""A device under test on a board whose link is open."""

from collections.abc import Callable

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.dut.board.operation_count import OperationCount
from firmware_sim.bench.dut.clock import posix_seconds
from firmware_sim.bench.dut.device_under_test import Ability
from firmware_sim.bench.dut.power_cuts import OperationCut
from firmware_sim.bench.dut.refusals import effects_of
from firmware_sim.devices.links.board import NEVER, Board, StagedRecord, StoreDigest
from firmware_sim.devices.links.board_errors import BoardResetError
from firmware_sim.devices.links.board_protocol import (
    Capability,
    ResetCause,
    Result,
    StoreResult,
)
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading

_ABILITIES = {
    Ability.PROVISION: Capability.PROVISION | Capability.ERASE,
    Ability.CLOCK: Capability.CLOCK,
    Ability.TICK: Capability.TICK,
    Ability.ENTER: Capability.ENTER,
    Ability.RESET: Capability.RESET,
    Ability.DIGEST: Capability.DIGEST,
    Ability.IMAGE: Capability.READ,
}


_NO_CUTS = (ResetCause.WATCHDOG, ResetCause.PIN)


class BoardDevice:
    """A `DeviceUnderTest`; what it takes from the board's boot record is read each time.

    Args:
        board: open.
        read_image: reads the flash past the board, where that is possible; None to ask the board.
    """

    def __init__(self, board: Board, read_image: Callable[[], bytes] | None = None) -> None:
        self.board = board
        self._read_image = read_image
        self._operations = OperationCount(board)

    @property
    def abilities(self) -> Ability:
        capabilities = self.board.boot.capabilities
        found = Ability.IMAGE if self._read_image is not None else Ability(0)
        for ability, needed in _ABILITIES.items():
            if needed in capabilities:
                found |= ability
        return found

    @property
    def geometry(self) -> Geometry:
        boot = self.board.boot
        sizes = tuple(run.size for run in boot.blocks for _ in range(run.blocks))
        return Geometry(sizes, boot.write_unit, boot.programs_per_unit, boot.erased_value)

    def begin(self, blueprint: Blueprint) -> None:
        self.erase()
        provision_board(self.board, blueprint)

    def erase(self) -> None:
        """Erase the image, if there is one."""
        if self.board.boot.store is not StoreResult.NO_AREA:
            self.board.erase()

    def set_clock(self, reading: ClockReading) -> None:
        self.board.set_clock(posix_seconds(reading), reading.reliability)

    def receive(self, octets: bytes) -> Effects:
        return _effects(octets, self.board.message(octets))

    def enter(self, digits: bytes) -> Effects:
        return _effects(b"", self.board.enter(digits))

    def tick(self) -> Effects:
        return _effects(b"", self.board.tick())

    def reset(self) -> None:
        self._operations.before_reset()
        self.board.reset()

    def arm_cut(self, cut: OperationCut | None) -> None:
        self._operations.before_cut(cut)
        self.board.cut(*(cut or OperationCut(NEVER)))

    def flash_operations(self) -> int:
        return self._operations.now()

    def is_power_cut(self, error: BaseException) -> bool:
        # A watchdog starts a board anew too, after it has hung or crashed.
        return isinstance(error, BoardResetError) and error.boot.reset_cause not in _NO_CUTS

    def power_back(self) -> None:
        """A board has started by itself: a second start would be one that it remembers."""
        self._operations.after_cut()

    def digest(self) -> bytes:
        return self.board.digest().digest

    def image(self) -> bytes:
        return self.board.read_flash() if self._read_image is None else self._read_image()

    def wear(self) -> tuple[int, ...] | None:
        return None


def provision_board(board: Board, blueprint: Blueprint) -> None:
    """Make an erased board the device of a blueprint.

    Raises:
        LinkError: it does not answer, or its store does not come up.
    """
    staged = [StagedRecord(key.kind, key.number, body) for key, body in blueprint.records]
    board.provision(blueprint.device_type, blueprint.entity, staged)


def let_clock_run(board: Board, now: ClockReading) -> None:
    """Set the clock of a board that has one; it runs from there, and the device ticks by itself."""
    if Capability.CLOCK in board.boot.capabilities:
        board.set_clock(posix_seconds(now), now.reliability, runs=True)


class ImageByDigest:
    """Reads a board's image again only after its digest has changed: reading takes seconds.

    A board without digests is read each time.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._last: tuple[StoreDigest, bytes] | None = None

    def __call__(self) -> bytes:
        """The whole flash."""
        if Capability.DIGEST not in self._board.boot.capabilities:
            return self._board.read_flash()
        digest = self._board.digest()
        if self._last is None or self._last[0] != digest:
            self._last = digest, self._board.read_flash()
        return self._last[1]


def _effects(octets: bytes, result: Result) -> Effects:
    return effects_of(octets, result.messages, result.reason)
