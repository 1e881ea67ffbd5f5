"""Power cuts under the firmware of a board: after each, it starts, and holds all or nothing.

In Unicorn every flash operation is cut: its command is executed once, and the flash as it stood
before each operation is what a cut there leaves. A few cuts are made for real, to prove that.
"""

from collections.abc import Iterator, Sequence
from struct import pack
from typing import Final

from firmware_sim.bench.dut.clock import posix_seconds
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.sweep.board_case import (
    NOTHING_CUT,
    OPERATION,
    OWN_CUT,
    OWN_FLAVOURS,
    BoardCase,
    BoardCutFailure,
    BoardCutResult,
    no_operations,
    state_of,
)
from firmware_sim.bench.experiments.sweep.case import Room
from firmware_sim.bench.experiments.sweep.witnessed import (
    OTHER_ANSWER,
    OTHER_STATE,
    UNCUT,
    BoardWrongError,
    witnessed,
)
from firmware_sim.bench.progress import Progress, Silent
from firmware_sim.devices.links.board_protocol import Capability, FrameType, Result, StoreResult
from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.emulators.direct import DirectLink, SilentFirmwareError
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.flash_cut import Cut, CutExtent, FlashCall, apply_cut
from firmware_sim.hw.emulators.unicorn_board import FirmwareFault, Snapshot, UnicornBoard
from firmware_sim.machine.store import StoreError

TORN_MASKS: Final = (0x0000FFFF, 0xA5A5A5A5)
_PROVEN: Final = 4


def cut_in_unicorn(
    kind: BoardDescription,
    firmware: Firmware,
    name: str = OPERATION,
    *,
    room: Room = Room.ROOMY,
    masks: Sequence[int] = TORN_MASKS,
    every: int = 1,
    progress: Progress | None = None,
) -> BoardCutResult:
    """Cut every flash operation of a command: before it, and torn with each mask.

    Args:
        every: distance of the operations that are cut; the last is always one of them.

    Raises:
        UsageError: no such operation, none that a message brings about, or no full journal for
            the flash of this board.
        BenchError: Unicorn is missing, or no flash operation is seen.
    """
    case, result = BoardCase(name, room), BoardCutResult(name, "unicorn")
    # The full journal is an image, and an image is of one flash.
    has_full = case.geometry == kind.flash.geometry
    if room is Room.FULL and not has_full:
        raise UsageError(
            f"there is no full journal for the flash of {kind.name}", "leave --room out"
        )
    with board_trouble_as_bench_error():
        link = DirectLink(UnicornBoard(kind, firmware))
        try:
            if room is Room.ROOMY and has_full:
                _check_compaction(link, name)
            start = _made_ready(link, case)
            steps = _steps(link, case, start)
        except BoardWrongError as error:
            result.faults.append(BoardCutFailure(UNCUT, str(error)))
            return result
        result.steps = len(steps)
        _check_own_cut(link, case, start, result)
        (progress or Silent()).start(len(steps), f"cuts of {name}")
        for number, (flash, operation) in enumerate(steps):
            if number % every and number != len(steps) - 1:
                continue
            for cut in _cuts(number, masks, is_last=number == len(steps) - 1):
                left = bytearray(flash)
                apply_cut(left, kind.flash, operation, cut)
                _start_from(link, left, case, result, _text(cut))
            (progress or Silent()).advance()
    result.check_done()
    return result


def _check_compaction(link: DirectLink, name: str) -> None:
    """The command on a full journal, once, without a cut: whole blocks are written and erased.

    Raises:
        BoardWrongError: the board does not do its part.
    """
    case = BoardCase(name, Room.FULL)
    link.power_on()
    link.board.answer_for("crypto_self_test", 1)
    with witnessed(link.board):
        _prepare(link, case)
        _ask_uncut(link, case)
    link.board.cut_power()
    link.board.flash[:] = link.board.board.flash.erased()


def _ask_uncut(link: DirectLink, case: BoardCase) -> None:
    """Hand over the command.

    Raises:
        BoardWrongError: what comes of it is not what comes of it on the simulated device.
    """
    answer = link.ask(FrameType.MESSAGE, case.octets)
    if answer is None or Result.parse(answer).messages != case.messages:
        raise BoardWrongError(OTHER_ANSWER)
    try:
        is_after = state_of(bytes(link.board.flash[:])) == case.after
    except StoreError as error:
        raise BoardWrongError(f"no device starts from what the board holds: {error}") from error
    if not is_after:
        raise BoardWrongError(OTHER_STATE)


def _cuts(number: int, masks: Sequence[int], *, is_last: bool) -> Iterator[Cut]:
    yield Cut(number)
    for mask in masks:
        yield Cut(number, CutExtent.TORN, mask)
    if is_last:  # after any other is before the next
        yield Cut(number, CutExtent.AFTER)


def _made_ready(link: DirectLink, case: BoardCase) -> Snapshot:
    """The board at the moment before the command."""
    link.power_on()
    # It has passed: it need not run at each of a thousand starts.
    link.board.answer_for("crypto_self_test", 1)
    with witnessed(link.board):
        _prepare(link, case)
    return link.board.snapshot()


def _steps(link: DirectLink, case: BoardCase, start: Snapshot) -> list[tuple[bytes, FlashCall]]:
    """The flash before each operation of the command, proven by a few cuts that are real."""
    board = link.board
    steps: list[tuple[bytes, FlashCall]] = []
    with witnessed(board, lambda call: steps.append((bytes(board.flash[:]), call))):
        _ask_uncut(link, case)
    if not steps:
        raise no_operations()
    for number in range(0, len(steps), max(len(steps) // _PROVEN, 1)):
        board.restore(start)
        board.operations, board.cut = 0, Cut(number)
        if link.ask(FrameType.MESSAGE, case.octets) is not None:
            raise BenchError(f"the board went on in spite of a cut at operation {number}")
        if bytes(board.flash[:]) != steps[number][0]:
            raise BenchError(f"a cut at operation {number} leaves another flash than expected")
    return steps


def _check_own_cut(
    link: DirectLink, case: BoardCase, start: Snapshot, result: BoardCutResult
) -> None:
    """Whether the request CUT of the board itself does what the emulator did."""
    link.board.cut = None
    if Capability.CUT not in link.power_on().capabilities:
        return
    for name, flavour in OWN_FLAVOURS.items():
        link.board.restore(start)
        link.ask(FrameType.CUT, pack("<IBI", OWN_CUT, flavour, 0))
        if not link.starts_anew(FrameType.MESSAGE, case.octets):
            result.faults.append(BoardCutFailure(f"{OWN_CUT}:CUT {name}", NOTHING_CUT))


def _prepare(link: DirectLink, case: BoardCase) -> None:
    """Bring the board to the moment before the command."""
    if case.crowded is not None:
        link.board.flash[:] = case.crowded
        link.power_on()
    else:
        blueprint = case.blueprint
        for key, body in blueprint.records:
            link.ask(FrameType.RECORD, pack("<BH", key.kind, key.number) + body)
        link.ask(FrameType.PROVISION, bytes((blueprint.device_type,)) + blueprint.entity)
    link.ask(FrameType.CLOCK, pack("<QBB", posix_seconds(case.time), 0, 0))


def _start_from(
    link: DirectLink, flash: bytearray, case: BoardCase, result: BoardCutResult, cut: str
) -> None:
    link.board.flash[:] = flash
    try:
        store = link.power_on().store
    except (SilentFirmwareError, FirmwareFault) as error:
        result.cuts += 1
        result.faults.append(BoardCutFailure(cut, f"it does not start: {error}"))
        return
    if store is not StoreResult.OK:
        result.cuts += 1
        result.faults.append(
            BoardCutFailure(cut, f"it does not start: the store says {store.name}")
        )
        return
    case.judge(result, cut, bytes(link.board.flash[:]))


def _text(cut: Cut) -> str:
    mask = f":{cut.mask:x}" if cut.flavour is CutExtent.TORN else ""
    return f"{cut.operation}:{cut.flavour.value}{mask}"
