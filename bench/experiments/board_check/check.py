"""Whether firmware does what it must: starts, protects its credentials, survives drills."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from firmware_sim.bench.drills.runner import run_drill
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.dut.board.described import flash_difference
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.names import board_target
from firmware_sim.bench.dut.board.opening import opened_board
from firmware_sim.bench.dut.board.serial_line import check_is_of_a_drill
from firmware_sim.bench.dut.native.kind import NativeDevices
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import RunInfo, versions
from firmware_sim.bench.experiments.board_check.engine import check_engine
from firmware_sim.bench.experiments.board_check.erasure import erases
from firmware_sim.bench.experiments.board_check.keeping import SKIPPED, keeps
from firmware_sim.bench.experiments.board_check.one_check import (
    NEEDED,
    BoardCheck,
    all_protect,
    protects,
    timed,
)
from firmware_sim.bench.experiments.board_check.power_cuts import cuts_power
from firmware_sim.bench.experiments.board_check.protections import PROTECTIONS, Protection
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.bench.progress import Progress
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_protocol import BootRecord, Capability
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.build.catalogue import BoardDescription as Description
from firmware_sim.hw.emulators.firmware import Firmware

STORIES = ("supplier-compromise-recovery", "root-compromise-contingency")
ONE_BOARD_STORIES = STORIES[:1]
"""Those of which one device can play a part by itself."""

FLASH, POWER_CUT = "flash", "power cut"

OTHER_TYPES = (DeviceType.GSME, DeviceType.GPF, DeviceType.CHF)

_VERDICTS = {
    Outcome.PASSED: Verdict.PASSED,
    Outcome.FAILED: Verdict.FAILED,
    # One board has not all the devices that a story speaks to.
    Outcome.NOTHING_RAN: Verdict.PASSED,
    # The board is judged here, not the people of the story.
    Outcome.PROCEDURE_NOT_FOLLOWED: Verdict.PASSED,
    Outcome.NOT_AS_DECLARED: Verdict.PASSED,
}


class BoardCheckScope(NamedTuple):
    """What to check.

    Attributes:
        target: ``board:NAME``, ``serial:URL`` or ``native``.
        description: of the board that it must be; None if it may be any.
        firmware: that it must run; None if it may be any.
        stories: drills to play on it.
        also: device types, beside the Electricity Meter, that its protections are tried as.
    """

    target: str
    description: Description | None = None
    firmware: Firmware | None = None
    stories: tuple[str, ...] = STORIES
    also: tuple[DeviceType, ...] = OTHER_TYPES


def check_board(order: BoardCheckScope, progress: Progress) -> Iterator[BoardCheck]:
    """The checks, one by one; of a board that does not start, or is another, there is but one.

    Where the flash loses what it is given, the others are skipped: they would fail by that.
    """
    native = NativeDevices.read(order.target)
    checks = (
        _on_board(order, progress) if native is None else check_engine(native, order.also, progress)
    )
    yield (first := next(checks))
    if first.verdict is not Verdict.PASSED:
        return
    for done in checks:
        yield done
        if done.name == FLASH and done.verdict is Verdict.FAILED:
            yield from (BoardCheck(name, Verdict.SKIPPED, SKIPPED, 0.0) for name in _names(order))
            return
    for story in order.stories:
        yield timed(f"drill {story}", partial(_drill, order, story, progress))


def _names(order: BoardCheckScope) -> Iterator[str]:
    """Of the checks that need a flash which keeps what it is given, in their order."""
    yield POWER_CUT
    yield from (f"protection {protection.name}" for protection in PROTECTIONS)
    yield from (f"protections as {device_type.name}" for device_type in order.also)
    yield from (f"drill {story}" for story in order.stories)


def _on_board(order: BoardCheckScope, progress: Progress) -> Iterator[BoardCheck]:
    yield timed("starts", partial(_starts, order))
    yield timed("erasure", partial(_on_a_drills_board, order, erases))
    yield timed(FLASH, partial(_on_a_drills_board, order, keeps))
    yield timed(POWER_CUT, partial(_on_a_drills_board, order, cuts_power))
    progress.start(len(PROTECTIONS) + len(order.also), "protections")
    for protection in PROTECTIONS:
        yield timed(f"protection {protection.name}", partial(_protects, order, protection))
        progress.advance()
    for device_type in order.also:
        yield timed(f"protections as {device_type.name}", partial(_all_of, order, device_type))
        progress.advance()


@contextmanager
def _opened(order: BoardCheckScope) -> Iterator[Board]:
    name = board_target(order.target)
    if name is None:
        raise BenchError(f"{order.target!r} names no board", "use native, board:NAME or serial:URL")
    with board_trouble_as_bench_error(), opened_board(name) as board:
        yield board


def _starts(order: BoardCheckScope) -> tuple[Verdict, str]:
    with _opened(order) as board:
        boot = board.boot
    problems = list(_problems(order, boot))
    if problems:
        return Verdict.FAILED, "; ".join(problems)
    return Verdict.PASSED, f"{boot.board}, build {boot.build_id.hex()[:16]}, self-test passed"


def _problems(order: BoardCheckScope, boot: BootRecord) -> Iterator[str]:
    if not boot.self_test_passed:
        yield "the cryptographic self-test failed"
    described, firmware = order.description, order.firmware
    if described is not None:
        if boot.board != described.name:
            yield f"it is {boot.board}, not {described.name}"
        if difference := flash_difference(described, boot):
            yield difference
    if firmware is not None and boot.build_id != firmware.build_id:
        yield f"it runs build {boot.build_id.hex()[:16]}, not {firmware.build_id.hex()[:16]}"


def _on_a_drills_board(
    order: BoardCheckScope, check: Callable[[Board], tuple[Verdict, str]]
) -> tuple[Verdict, str]:
    with _opened(order) as board:
        if NEEDED in BoardDevice(board).abilities:
            check_is_of_a_drill(board)
        return check(board)


def _protects(order: BoardCheckScope, protection: Protection) -> tuple[Verdict, str]:
    with _opened(order) as board:
        device, cut = _provisioned(board)
        return protects(device, protection, cut)


def _all_of(order: BoardCheckScope, device_type: DeviceType) -> tuple[Verdict, str]:
    """Every protection of a device type, on one board that is provisioned for each of them."""
    with _opened(order) as board:
        device, cut = _provisioned(board)
        return all_protect(device, device_type, cut)


def _provisioned(board: Board) -> tuple[BoardDevice, Callable[[int], None] | None]:
    """The board as a device that may be erased, and what cuts its power."""
    device = BoardDevice(board)
    if NEEDED in device.abilities:
        check_is_of_a_drill(board)
    can_cut = Capability.CUT in board.boot.capabilities
    return device, board.cut if can_cut else None


def _drill(order: BoardCheckScope, name: str, progress: Progress) -> tuple[Verdict, str]:
    story = load_story(name)
    info = RunInfo(
        story=story.name,
        title=story.title,
        summary=story.summary,
        clauses=story.clauses,
        seed=1,
        target=order.target,
        premises=1,
        started=datetime.now(UTC),
        versions=versions(),
        command_line=("firmware-sim", "board", "test"),
        policy=Policy().describe(),
    )
    with (
        TemporaryDirectory(prefix="board-drill-") as folder,
        RunLedger.create(Path(folder) / "run", info) as ledger,
    ):
        ending = asyncio.run(
            run_drill(
                story, target=order.target, premises=1, seed=1, ledger=ledger, progress=progress
            )
        )
        outcome = ending.outcome
        ledger.finish(outcome)
        record = read_record(Path(folder) / "run")
    passed = record.counts["checks_passed"]
    skipped = sum(step.verdict == Verdict.SKIPPED for step in record.steps)
    wrong = [
        f"{step.title}: {step.reason}"
        for step in record.steps
        if step.reason and step.verdict != Verdict.SKIPPED
    ]
    left_out = (f"{skipped} steps are about other devices",) if skipped else ()
    text = "; ".join((f"{passed} checks passed", *left_out, *wrong[:1]))
    if outcome is Outcome.NOTHING_RAN and not passed:
        return Verdict.SKIPPED, text
    return _VERDICTS.get(outcome, Verdict.ERROR), text
