"""pytest's door to a device under test: options, fixtures, markers (docs/pytest.md).

Thin: what it needs is imported when a fixture asks for it, because every pytest of an environment
with this package loads this module.
"""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware_sim.bench.pytest_devices import OneMeter, board_of, device_without_board
from firmware_sim.bench.pytest_gone import note_if_gone, uncover
from firmware_sim.bench.pytest_kept import (
    FAILED,
    LOGS,
    check_logs,
    forget_devices,
    keep,
    leaves_something,
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
    needs_a_board,
    seed_of,
)
from firmware_sim.bench.pytest_words import end_at_the_test, name_of
from firmware_sim.bench.pytest_workers import WorkerProperties, workers

if TYPE_CHECKING:
    from firmware_sim.bench.dut.meter import Meter
    from firmware_sim.bench.smki.pki import DrillPki
    from firmware_sim.devices.links.board import Board
    from firmware_sim.devices.premises import Premises
    from firmware_sim.gbcs.roles import DeviceType


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options under their own names; the short ones come when all plugins are there."""
    add_long_names(parser)
    parser.addini("drill_seed", "Seed of the drill PKI and of the devices.", default="1")
    parser.addini("board_logs", "Folder for the logs of failed tests.", default=LOGS)


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


@pytest.hookimpl(trylast=True)
def pytest_make_parametrize_id(val: object) -> str | None:
    """A member of an enumeration of ours by its name; pytest would take its number."""
    return name_of(val)


def pytest_configure(config: pytest.Config) -> None:
    """The marker, and what hears of the workers."""
    config.addinivalue_line("markers", "board: needs a board; no simulated device will do")
    config.pluginmanager.register(WorkerProperties(), "firmware-sim-workers")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """No test runs if an option is wrong, or what is required is not there."""
    if not hasattr(session.config, "workerinput"):  # the first process has looked
        check_session(session.config)
        check_logs(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is marked runs on a board or not at all."""
    forget_devices(item)
    if item.get_closest_marker("board") is not None and board_name_of(item.config) is None:
        # pytest's own skip names the place of the test; `pytest.skip` would name this line.
        item.add_marker(pytest.mark.skip(reason=needs_a_board(item.config)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a failed test leaves: the frames on the line, and the flash image.

    In its setup too, where a board fails that cannot be provisioned, and in its teardown, where
    one fails whose cut never came. A board that is silent or gone ends the run, and is no
    expected failure.
    """
    end_at_the_test(item, call)
    report = yield
    is_over, had_failed = call.when == "teardown", item.stash.get(FAILED, False)
    # Expected or not: its cut may not have come because of that.
    item.stash[FAILED] = call.excinfo is not None
    is_silent = False
    if call.excinfo is not None and leaves_something(item, is_over=is_over):
        is_silent = note_if_gone(item.session, call.excinfo.value)
    uncover(item, report)
    if call.excinfo is None or not leaves_something(item, is_over=is_over):
        return report
    if report.failed and not (is_over and had_failed):
        kept = keep(item, is_asked=not (is_silent or is_over))
        report.sections.append(("firmware-sim", kept))
    return report


@pytest.fixture(scope="session", name="_firmware_sim_pki")
def _pki(request: pytest.FixtureRequest) -> "DrillPki":
    """Ours under a name that no project has: its own `drill_pki` must not become a meter's."""
    from firmware_sim.bench.smki.pki import DrillPki

    return DrillPki.generate(seed_of(request.config))


@pytest.fixture(scope="session")
def drill_pki(_firmware_sim_pki: "DrillPki") -> "DrillPki":
    """Every key and certificate of a drill, in two generations, from the ini value drill_seed."""
    return _firmware_sim_pki


@pytest.fixture
def premises(_firmware_sim_pki: "DrillPki", request: pytest.FixtureRequest) -> "Premises":
    """A simulated home: Communications Hub, Gas Proxy Function, electricity and gas meter."""
    from firmware_sim.bench.dut.clock import StillClock
    from firmware_sim.bench.dut.simulated.premises import build_premises
    from firmware_sim.bench.dut.simulated.surroundings import Surroundings

    seed = seed_of(request.config).to_bytes(32, "big")
    return build_premises(_firmware_sim_pki, 0, seed, Surroundings(StillClock()))


@pytest.fixture(name="_firmware_sim_board")
def _board(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Board"]:
    """As `_firmware_sim_pki`: a project may well have a fixture `board` of its own."""
    with board_of(request.node, tmp_path, tmp_path_factory.getbasetemp()) as opened:
        yield opened


@pytest.fixture
def board(_firmware_sim_board: "Board") -> "Board":
    """The board, its flash empty and its link open: a `firmware_sim.devices.links.board.Board`."""
    return _firmware_sim_board


@pytest.fixture(name="_firmware_sim_meter_of")
def _meter_of(
    request: pytest.FixtureRequest, _firmware_sim_pki: "DrillPki"
) -> "Iterator[OneMeter]":
    """As `_firmware_sim_pki`."""
    from firmware_sim.bench.dut.board.device import BoardDevice

    if board_name_of(request.config) is not None:
        opened = request.getfixturevalue("_firmware_sim_board")
        yield OneMeter(BoardDevice(opened), _firmware_sim_pki)
        return
    with device_without_board(request.node) as device:
        yield OneMeter(device, _firmware_sim_pki)


@pytest.fixture
def meter_of(_firmware_sim_meter_of: "OneMeter") -> "Callable[[DeviceType], Meter]":
    """Called with a DeviceType, once: as `meter`, a new device of that type."""
    return _firmware_sim_meter_of


@pytest.fixture
def meter(_firmware_sim_meter_of: "OneMeter") -> "Meter":
    """A new electricity meter of the drill PKI, on the target of the options, else simulated."""
    from firmware_sim.gbcs.roles import DeviceType

    return _firmware_sim_meter_of(DeviceType.ESME)
