"""pytest's door to a device under test: options, fixtures, markers (docs/pytest.md).

Thin: what it needs is imported when a fixture asks for it, because every pytest of an environment
with this package loads this module.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from firmware_sim.bench.pytest_options import (
    add_long_names,
    add_short_names,
    chosen,
    described,
    forget_values,
    joined_args,
)
from firmware_sim.bench.pytest_workers import (
    WorkerProperties,
    record_for_the_run,
    turn_at_the_line,
    workers,
)

if TYPE_CHECKING:
    from firmware_sim.bench.dut.board.names import EmulatedName, SerialName
    from firmware_sim.bench.dut.kind import NamedTarget
    from firmware_sim.bench.dut.meter import Meter
    from firmware_sim.bench.smki.pki import DrillPki
    from firmware_sim.devices.links.board import Board
    from firmware_sim.devices.premises import Premises

_NO_BOARD = "no board: give --target board:mps2-an385, or --port=/dev/ttyACM0"
_FOLDER = pytest.StashKey[Path]()
_BOARD = pytest.StashKey["Board"]()
_REPORTED = pytest.StashKey[bool]()


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
    if workers(config) > 1 and _is_at_a_line(config):
        lines.append(
            f"firmware-sim: one board for {workers(config)} workers; each holds it for a test"
        )
    return lines


def pytest_configure(config: pytest.Config) -> None:
    """The marker, and what hears of the workers."""
    config.addinivalue_line("markers", "board: needs a board; no simulated device will do")
    config.pluginmanager.register(WorkerProperties(), "firmware-sim-workers")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is marked runs on a board or not at all."""
    if item.get_closest_marker("board") is not None and _board_name(item.config) is None:
        _missing(item.config, _NO_BOARD)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a failed test leaves: the frames on the line, and the flash image."""
    report = yield
    if report.failed and call.when == "call" and _BOARD in item.stash:
        kept = _keep(item)
        report.sections.append(("firmware-sim", f"frames and flash image: {kept}"))
    return report


@pytest.fixture(scope="session")
def drill_pki(request: pytest.FixtureRequest) -> "DrillPki":
    """Every key and certificate of a drill, in two generations, from the ini value drill_seed."""
    from firmware_sim.bench.smki.pki import DrillPki

    return DrillPki.generate(_seed(request.config))


@pytest.fixture
def premises(drill_pki: "DrillPki", request: pytest.FixtureRequest) -> "Premises":
    """A simulated home: Communications Hub, Gas Proxy Function, electricity and gas meter."""
    from firmware_sim.bench.dut.clock import StillClock
    from firmware_sim.bench.dut.simulated.premises import build_premises
    from firmware_sim.bench.dut.simulated.surroundings import Surroundings

    seed = _seed(request.config).to_bytes(32, "big")
    return build_premises(drill_pki, 0, seed, Surroundings(StillClock()))


@pytest.fixture
def board(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Board"]:
    """The board, its flash empty and its link open: a `firmware_sim.devices.links.board.Board`."""
    from firmware_sim.bench.dut.board.opening import empty_board
    from firmware_sim.bench.errors import BenchError

    name = _board_name(request.config)
    if name is None:
        _missing(request.config, _NO_BOARD)
    request.node.stash[_FOLDER] = tmp_path
    with ExitStack() as stack:
        if _is_at_a_line(request.config):
            stack.enter_context(turn_at_the_line(request.config, tmp_path_factory.getbasetemp()))
        try:
            opened = stack.enter_context(empty_board(name, tmp_path))
        except BenchError as error:
            _missing(request.config, str(error))
        request.node.stash[_BOARD] = opened
        _record(request.config, opened)
        yield opened


@pytest.fixture
def meter(request: pytest.FixtureRequest, drill_pki: "DrillPki") -> "Iterator[Meter]":
    """A new electricity meter of the drill PKI, on the target of the options, else simulated."""
    from firmware_sim.bench.dut.board.device import BoardDevice
    from firmware_sim.bench.dut.meter import Meter
    from firmware_sim.gbcs.roles import DeviceType

    if _board_name(request.config) is not None:
        board = request.getfixturevalue("board")
        yield Meter(BoardDevice(board), drill_pki, DeviceType.ESME)
        return
    if chosen(request.config).require_board:
        _missing(request.config, _NO_BOARD)
    with _named_target(request.config).device() as device:
        yield Meter(device, drill_pki, DeviceType.ESME)


def _seed(config: pytest.Config) -> int:
    text = str(config.getini("drill_seed"))
    if not text.isdecimal():
        raise pytest.UsageError(f"drill_seed is a number, not {text!r}")
    return int(text)


def _named_target(config: pytest.Config) -> "NamedTarget":
    """What the options name."""
    from firmware_sim.bench.dut.board.kind import SerialBoard
    from firmware_sim.bench.dut.board.names import SerialName
    from firmware_sim.bench.dut.opening import named_target
    from firmware_sim.bench.dut.simulated.kind import MEMORY
    from firmware_sim.bench.errors import UsageError

    target, port, baud, _ = chosen(config)
    if port is not None:
        if target is not None:
            raise pytest.UsageError("give --target or --port, not both")
        return SerialBoard(SerialName(port, baud))
    try:
        named = named_target(MEMORY if target is None else target)
    except UsageError as error:
        raise pytest.UsageError(f"--target: {error}") from error
    if not named.is_one_device:
        raise pytest.UsageError(
            f"--target is memory, native, board:NAME or serial:URL, not {target!r}"
        )
    if isinstance(named, SerialBoard):
        return SerialBoard(named.name._replace(baud=baud))
    return named


def _board_name(config: pytest.Config) -> "EmulatedName | SerialName | None":
    """Which board the options mean; None for what is no board."""
    from firmware_sim.bench.dut.board.kind import EmulatedBoards, SerialBoard

    named = _named_target(config)
    return named.name if isinstance(named, EmulatedBoards | SerialBoard) else None


def _missing(config: pytest.Config, why: str) -> NoReturn:
    """No board is never green."""
    if chosen(config).require_board:
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def _is_at_a_line(config: pytest.Config) -> bool:
    """Whether the board is one that no second worker can start for itself."""
    target, port, *_ = chosen(config)
    return port is not None or (target or "").startswith("serial:")


def _record(config: pytest.Config, board: "Board") -> None:
    """Say once in the JUnit document on what the tests ran."""
    if config.stash.get(_REPORTED, False):
        return
    config.stash[_REPORTED] = True
    record_for_the_run(
        config,
        {
            "board": board.boot.board,
            "firmware": board.boot.firmware,
            "firmware_digest": board.boot.build_id.hex(),
            "drill_seed": _seed(config),
            "policy": "default",
        },
    )


def _home(config: pytest.Config) -> Path:
    """Where the project is: pytest's own root may be ``/dev``, for the sake of a port."""
    return config.invocation_params.dir if config.inipath is None else config.inipath.parent


def _keep(item: pytest.Item) -> Path:
    """Copy a test's frames, and the board's flash if it can still be read."""
    from firmware_sim.devices.links.link import LinkError

    folder = _home(item.config) / str(item.config.getini("board_logs"))
    kept = folder / "".join(
        each if each.isalnum() or each in "._-" else "_" for each in item.nodeid
    )
    kept.mkdir(parents=True, exist_ok=True)
    frames = item.stash[_FOLDER] / "frames.jsonl"
    try:
        (kept / "flash.bin").write_bytes(item.stash[_BOARD].read_flash())
    except LinkError as error:
        (kept / "flash.txt").write_text(f"the flash could not be read: {error}\n")
    (kept / "frames.jsonl").write_bytes(frames.read_bytes())
    return kept
