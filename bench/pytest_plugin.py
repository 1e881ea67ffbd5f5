"""pytest's door to a device under test: options, fixtures, markers (docs/pytest.md).

Thin: what it needs is imported when a fixture asks for it, because every pytest of an environment
with this package loads this module.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware_sim.bench.pytest_gone import (
    check_it_lives,
    check_not_gone,
    missing,
    note_if_gone,
    uncover,
)
from firmware_sim.bench.pytest_kept import (
    BOARD,
    DEVICE,
    FOLDER,
    forget_devices,
    keep,
    leaves_something,
    record_target,
)
from firmware_sim.bench.pytest_options import (
    add_long_names,
    add_short_names,
    described,
    forget_values,
    joined_args,
)
from firmware_sim.bench.pytest_target import (
    board_name_of,
    check_session,
    is_at_a_line,
    named_target_of,
    needs_a_board,
    seed_of,
)
from firmware_sim.bench.pytest_workers import WorkerProperties, turn_at_the_line, workers

if TYPE_CHECKING:
    from firmware_sim.bench.dut.board.watched import WatchedBoard
    from firmware_sim.bench.dut.meter import Meter
    from firmware_sim.bench.smki.pki import DrillPki
    from firmware_sim.devices.links.board import Board
    from firmware_sim.devices.premises import Premises

_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options under their own names; the short ones come when all plugins are there."""
    add_long_names(parser)
    parser.addini("drill_seed", "Seed of the drill PKI and of the devices.", default="1")
    parser.addini("board_logs", "Folder for the logs of failed tests.", default="board-logs")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    """Behind the yield every initial conftest.py is loaded, and has the options that it wants."""
    forget_values(early_config, args)
    result = yield
    add_short_names(parser, early_config)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> "int | pytest.ExitCode | None":
    """Start again where pytest took the value of an option for a folder of tests."""
    args = joined_args(config)
    return None if args is None else pytest.main(args, plugins=config.invocation_params.plugins)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What is under test, and how many share it."""
    lines = list(described(config))
    if workers(config) > 1 and is_at_a_line(config):
        lines.append(
            f"firmware-sim: one board for {workers(config)} workers; each holds it for a test"
        )
    return lines


def pytest_configure(config: pytest.Config) -> None:
    """The marker, and what hears of the workers."""
    config.addinivalue_line("markers", "board: needs a board; no simulated device will do")
    config.pluginmanager.register(WorkerProperties(), "firmware-sim-workers")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """No test runs if an option is wrong, or what is required is not there."""
    if not hasattr(session.config, "workerinput"):  # the first process has looked
        check_session(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is marked runs on a board or not at all."""
    forget_devices(item)
    if item.get_closest_marker("board") is not None and board_name_of(item.config) is None:
        pytest.skip(needs_a_board(item.config))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a failed test leaves: the frames on the line, and the flash image.

    In its setup too, where a board fails that cannot be provisioned, and in its teardown, where
    one fails whose cut never came. A board that is silent or gone ends the run, and is no
    expected failure.
    """
    report = yield
    is_over, had_failed = call.when == "teardown", item.stash.get(_FAILED, False)
    # Expected or not: its cut may not have come because of that.
    item.stash[_FAILED] = call.excinfo is not None
    is_silent = False
    if call.excinfo is not None and leaves_something(item, is_over=is_over):
        is_silent = note_if_gone(item.session, call.excinfo.value)
    uncover(item, report)
    if call.excinfo is None or not leaves_something(item, is_over=is_over):
        return report
    if report.failed and not (is_over and had_failed):
        kept = keep(item, is_asked=not (is_silent or is_over))
        report.sections.append(("firmware-sim", f"frames and flash image: {kept}"))
    return report


@pytest.fixture(scope="session")
def drill_pki(request: pytest.FixtureRequest) -> "DrillPki":
    """Every key and certificate of a drill, in two generations, from the ini value drill_seed."""
    from firmware_sim.bench.smki.pki import DrillPki

    return DrillPki.generate(seed_of(request.config))


@pytest.fixture
def premises(drill_pki: "DrillPki", request: pytest.FixtureRequest) -> "Premises":
    """A simulated home: Communications Hub, Gas Proxy Function, electricity and gas meter."""
    from firmware_sim.bench.dut.clock import StillClock
    from firmware_sim.bench.dut.simulated.premises import build_premises
    from firmware_sim.bench.dut.simulated.surroundings import Surroundings

    seed = seed_of(request.config).to_bytes(32, "big")
    return build_premises(drill_pki, 0, seed, Surroundings(StillClock()))


@pytest.fixture
def board(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Board"]:
    """The board, its flash empty and its link open: a `firmware_sim.devices.links.board.Board`."""
    from firmware_sim.bench.dut.board.opening import empty_board
    from firmware_sim.bench.dut.board.watched import WatchedBoard
    from firmware_sim.bench.errors import BenchError

    name = board_name_of(request.config)
    if name is None:
        pytest.skip(needs_a_board(request.config))
    check_not_gone(request.session)
    request.node.stash[FOLDER] = tmp_path
    with ExitStack() as stack:
        if is_at_a_line(request.config):
            stack.enter_context(turn_at_the_line(request.config, tmp_path_factory.getbasetemp()))
        try:
            opened = WatchedBoard(stack.enter_context(empty_board(name, tmp_path)).port)
        except BenchError as error:
            missing(request.session, str(error))
        request.node.stash[BOARD] = opened
        record_target(request.config, opened.boot)
        yield opened
        _check_cut_came(request.node, opened)


@pytest.fixture
def meter(request: pytest.FixtureRequest, drill_pki: "DrillPki") -> "Iterator[Meter]":
    """A new electricity meter of the drill PKI, on the target of the options, else simulated."""
    from firmware_sim.bench.dut.board.device import BoardDevice
    from firmware_sim.bench.dut.meter import Meter
    from firmware_sim.bench.errors import BenchError
    from firmware_sim.gbcs.roles import DeviceType

    if board_name_of(request.config) is not None:
        board = request.getfixturevalue("board")
        yield Meter(BoardDevice(board), drill_pki, DeviceType.ESME)
        return
    check_not_gone(request.session)
    with ExitStack() as stack:
        try:
            device = stack.enter_context(named_target_of(request.config).device())
        except BenchError as error:
            missing(request.session, str(error))
        record_target(request.config, device=device)
        made = Meter(device, drill_pki, DeviceType.ESME)
        request.node.stash[DEVICE] = device
        yield made


def _check_cut_came(item: pytest.Item, board: "WatchedBoard") -> None:
    """A test that armed a power cut which never came has not shown what it says."""
    from firmware_sim.bench.dut.power_cuts import CutNotReachedError
    from firmware_sim.devices.links.link import LinkError

    if item.stash.get(_FAILED, False):
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
