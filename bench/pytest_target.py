"""What pytest's options put under test, and whether it is there: before the first test runs.

A mistake in a word is a usage error of the whole session. If it were one of each test, a mark for
expected failures would hide it, and a run that tested nothing could be green.
"""

from typing import TYPE_CHECKING, Final

import pytest

from firmware_sim.bench.pytest_options import Chosen, chosen

if TYPE_CHECKING:
    from firmware_sim.bench.dut.board.names import EmulatedName, SerialName
    from firmware_sim.bench.dut.kind import NamedTarget

NO_BOARD: Final = "no board: give --target board:mps2-an385, or --port=/dev/ttyACM0"
_SEEDS: Final = 1 << 256
_SEED_DIGITS: Final = 100
"""Python turns no text of thousands of digits into a number."""
_SIMULATED: Final = "--require-board: a simulated device is no board; give --target or --port"


def check_session(config: pytest.Config) -> None:
    """Look at the words of the options, and with ``--require-board`` for what they name.

    Raises:
        UsageError: there is a mistake, or what is required is not there.
    """
    seed_of(config)
    options = chosen(config)
    if options == Chosen(None, None, options.baud, require_board=False):
        return
    named = named_target_of(config)
    if not options.require_board:
        return
    if is_simulated(config):
        raise pytest.UsageError(_SIMULATED)
    if not config.option.collectonly:
        _check_is_there(named)


def seed_of(config: pytest.Config) -> int:
    """The number from which every key is made.

    Raises:
        UsageError: the setting is no whole number, or needs more than 32 octets.
    """
    text = str(config.getini("drill_seed"))
    is_fit = text.isascii() and text.isdecimal() and len(text) <= _SEED_DIGITS
    if not is_fit or int(text) >= _SEEDS:
        raise pytest.UsageError(f"drill_seed is a whole number from 0 to 2^256 - 1, not {text!r}")
    return int(text)


def named_target_of(config: pytest.Config) -> "NamedTarget":
    """What the options name; it gives one device.

    Raises:
        UsageError: nothing that pytest takes.
    """
    from firmware_sim.bench.dut.board.kind import SerialBoard
    from firmware_sim.bench.dut.board.names import SerialName
    from firmware_sim.bench.dut.opening import named_device
    from firmware_sim.bench.dut.simulated.kind import MEMORY
    from firmware_sim.bench.errors import UsageError

    target, port, baud, _ = chosen(config)
    if port is not None:
        if target is not None:
            raise pytest.UsageError("give --target or --port, not both")
        return SerialBoard(SerialName(port, baud))
    try:
        named = named_device(MEMORY if target is None else target)
    except UsageError as error:
        raise pytest.UsageError(f"--target: {error}") from None
    if isinstance(named, SerialBoard):
        return SerialBoard(named.name._replace(baud=baud))
    return named


def board_name_of(config: pytest.Config) -> "EmulatedName | SerialName | None":
    """Which board the options mean; None for what is no board."""
    from firmware_sim.bench.dut.board.kind import EmulatedBoards, SerialBoard

    named = named_target_of(config)
    return named.name if isinstance(named, EmulatedBoards | SerialBoard) else None


def target_words(config: pytest.Config) -> str:
    """The target in words, for a document."""
    target, port, *_ = chosen(config)
    return target or (f"serial:{port}" if port else "memory")


def is_simulated(config: pytest.Config) -> bool:
    """Whether no firmware runs."""
    return target_words(config) == "memory"


def is_at_a_line(config: pytest.Config) -> bool:
    """Whether the board is one that no second worker can start for itself."""
    return target_words(config).startswith("serial:")


def needs_a_board(config: pytest.Config) -> str:
    """Why a test that needs a board cannot run on the target."""
    return NO_BOARD if is_simulated(config) else f"needs a board: {target_words(config)} is none"


def _check_is_there(named: "NamedTarget") -> None:
    """Open it, and change nothing."""
    from firmware_sim.bench.dut.board.device import BoardDevice
    from firmware_sim.bench.dut.board.serial_line import check_is_of_a_drill
    from firmware_sim.bench.errors import BenchError
    from firmware_sim.devices.links.link import LinkError

    try:
        with named.device() as device:
            if isinstance(device, BoardDevice):
                check_is_of_a_drill(device.board)
    except (BenchError, LinkError) as error:
        raise pytest.UsageError(f"--require-board: {error}") from None
