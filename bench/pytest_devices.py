"""The device under test of one test of pytest, from its setup to its end."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware_sim.bench.pytest_gone import check_it_lives, check_not_gone, missing
from firmware_sim.bench.pytest_kept import BOARD, DEVICE, FAILED, FOLDER, record_target
from firmware_sim.bench.pytest_target import (
    board_name_of,
    is_at_a_line,
    named_target_of,
    needs_a_board,
)
from firmware_sim.bench.pytest_workers import turn_at_the_line

if TYPE_CHECKING:
    from firmware_sim.bench.dut.board.watched import WatchedBoard
    from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
    from firmware_sim.bench.dut.meter import Meter
    from firmware_sim.bench.smki.pki import DrillPki
    from firmware_sim.gbcs.roles import DeviceType


@contextmanager
def board_of(item: pytest.Item, folder: Path, temporary: Path) -> Iterator["WatchedBoard"]:
    """The board of the options, its flash empty and its link open; a skip where it is none.

    Args:
        folder: for its frames, and for the flash of an emulated one.
        temporary: the base of this process's temporary folders.
    """
    from firmware_sim.bench.dut.board.opening import empty_board
    from firmware_sim.bench.dut.board.watched import WatchedBoard
    from firmware_sim.bench.errors import BenchError

    config = item.config
    name = board_name_of(config)
    if name is None:
        pytest.skip(needs_a_board(config))
    check_not_gone(item.session)
    item.stash[FOLDER] = folder
    with ExitStack() as stack:
        if is_at_a_line(config):
            stack.enter_context(turn_at_the_line(config, temporary))
        try:
            opened = WatchedBoard(stack.enter_context(empty_board(name, folder)).port)
        except BenchError as error:
            missing(item.session, str(error))
        item.stash[BOARD] = opened
        record_target(config, opened.boot)
        yield opened
        _check_cut_came(item, opened)


@contextmanager
def device_without_board(item: pytest.Item) -> Iterator["DeviceUnderTest"]:
    """The device of a target that is no board."""
    from firmware_sim.bench.errors import BenchError

    check_not_gone(item.session)
    with ExitStack() as stack:
        try:
            device = stack.enter_context(named_target_of(item.config).device())
        except BenchError as error:
            missing(item.session, str(error))
        record_target(item.config, device=device)
        item.stash[DEVICE] = device
        yield device


class OneMeter:
    """Makes the device of a test a new one of some type, with its parties.

    Args:
        device: the device.
        pki: whose generation 1 it gets.
    """

    def __init__(self, device: "DeviceUnderTest", pki: "DrillPki") -> None:
        self._device = device
        self._pki = pki
        self._made: DeviceType | None = None

    def __call__(self, device_type: "DeviceType") -> "Meter":
        """The new device.

        Raises:
            BenchError: the test has one already, or none of that type holds credentials.
        """
        from firmware_sim.bench.dut.meter import Meter
        from firmware_sim.bench.errors import BenchError
        from firmware_sim.gbcs.roles import DeviceType

        if device_type is DeviceType.TYPE_2:
            raise BenchError("a Type 2 device holds no credentials", "take another DeviceType")
        if self._made is not None:
            what = f"a test has one device, and this one has its {self._made.name}"
            raise BenchError(what, "parametrise the test over the types")
        self._made = device_type
        return Meter(self._device, self._pki, device_type)


def _check_cut_came(item: pytest.Item, board: "WatchedBoard") -> None:
    """A test that armed a power cut which never came has not shown what it says."""
    from firmware_sim.bench.dut.power_cuts import CutNotReachedError
    from firmware_sim.devices.links.link import LinkError

    if item.stash.get(FAILED, False):
        check_it_lives(item.session, board)
        return
    missed = ""
    try:
        board.check_cut_came()
    except CutNotReachedError as error:
        missed = str(error)
    except LinkError:
        return  # it does not answer any more: the test that passed did not need it to
    if missed:
        pytest.fail(missed, pytrace=False)
