"""What is left of a run of pytest: properties of its JUnit document, frames and flash images."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import pytest

from firmware_sim.bench.pytest_target import seed_of, target_words
from firmware_sim.bench.pytest_workers import record_for_the_run

if TYPE_CHECKING:
    from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
    from firmware_sim.devices.links.board import Board
    from firmware_sim.devices.links.board_protocol import BootRecord

LOGS: Final = "board-logs"
"""The folder of logs where a project names none."""
FOLDER = pytest.StashKey[Path]()
"""Where the frames of a test's board are, and the flash of an emulated one."""
BOARD: "pytest.StashKey[Board]" = pytest.StashKey()
DEVICE: "pytest.StashKey[DeviceUnderTest]" = pytest.StashKey()
"""Of a test without a board."""
FAILED = pytest.StashKey[bool]()
"""Whether a phase of a test has raised something, expected or not."""
_REPORTED = pytest.StashKey[bool]()


def record_target(
    config: pytest.Config,
    boot: "BootRecord | None" = None,
    device: "DeviceUnderTest | None" = None,
) -> None:
    """Say once in the JUnit document on what the tests run; the same of every target.

    Args:
        boot: of the board, if it is one.
        device: what is no board; of a native one, the engine is named as `engine info` does.
    """
    if config.stash.get(_REPORTED, False):
        return
    config.stash[_REPORTED] = True
    about = {"target": target_words(config), "drill_seed": seed_of(config), "policy": "default"}
    firmware = _of_board(boot) if boot is not None else _of_engine(device)
    record_for_the_run(config, {**about, **firmware})


def _of_board(boot: "BootRecord") -> dict[str, str]:
    return {
        "board": boot.board,
        "firmware": boot.firmware,
        "firmware_digest": boot.build_id.hex(),
    }


def _of_engine(device: "DeviceUnderTest | None") -> dict[str, str]:
    from firmware_sim.bench.dut.native.device import NativeDevice
    from firmware_sim.hw.build.cache import file_digest
    from firmware_sim.hw.engine.finding import engine_file, where_from

    if not isinstance(device, NativeDevice):
        return {}
    path = engine_file()
    return {"engine": where_from(path), "engine_sha256": file_digest(path)}


def home(config: pytest.Config) -> Path:
    """Where the project is: pytest's own root may be ``/dev``, for the sake of a port."""
    return config.invocation_params.dir if config.inipath is None else config.inipath.parent


def _logs(config: pytest.Config) -> Path:
    return home(config) / str(config.getini("board_logs"))


def check_logs(config: pytest.Config) -> None:
    """See that the folder `board_logs` can be made, if the project names one; it is not made yet.

    Raises:
        UsageError: it cannot.
    """
    if str(config.getini("board_logs")) == LOGS:
        return
    folder = _logs(config)
    parent = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with TemporaryDirectory(dir=parent):
            pass
    except OSError as error:
        why = f"{folder} cannot be made: {error.strerror}"
        raise pytest.UsageError(f"board_logs: {why}") from None


def forget_devices(item: pytest.Item) -> None:
    """A test that runs again has another board, or none."""
    keys: tuple[pytest.StashKey[Any], ...] = (FOLDER, BOARD, DEVICE)
    for key in keys:
        if key in item.stash:
            del item.stash[key]


def leaves_something(item: pytest.Item, *, is_over: bool) -> bool:
    """Whether a test that failed now has frames or a flash image; over, it has no device more."""
    return FOLDER in item.stash or (DEVICE in item.stash and not is_over)


def keep(item: pytest.Item, *, is_asked: bool) -> str:
    """Copy a test's frames, and its device's flash if it can be had; in words, where they are.

    Args:
        is_asked: whether a board is asked for its flash; one that answers nothing, or whose link
            is closed, is not.
    """
    try:
        return f"frames and flash image: {_kept(item, is_asked=is_asked)}"
    except OSError as error:
        return f"frames and flash image could not be kept in {error.filename}: {error.strerror}"


def _kept(item: pytest.Item, *, is_asked: bool) -> Path:
    name = "".join(each if each.isalnum() or each in "._-" else "_" for each in item.nodeid)
    if FOLDER not in item.stash:  # a board's run has the bare name
        name += f"-{target_words(item.config).replace(':', '_')}"
    kept = _logs(item.config) / name
    kept.mkdir(parents=True, exist_ok=True)
    for old in ("flash.bin", "flash.txt"):
        (kept / old).unlink(missing_ok=True)
    image = _image(item, is_asked=is_asked)
    if isinstance(image, bytes):
        (kept / "flash.bin").write_bytes(image)
    else:
        (kept / "flash.txt").write_text(f"the flash could not be read: {image}\n")
    frames = item.stash.get(FOLDER, Path()) / "frames.jsonl"
    if FOLDER in item.stash and frames.exists():
        (kept / "frames.jsonl").write_bytes(frames.read_bytes())
    return kept


def _image(item: pytest.Item, *, is_asked: bool) -> bytes | str:
    """The whole flash; or why there is none."""
    from firmware_sim.bench.errors import BenchError
    from firmware_sim.devices.links.link import LinkError
    from firmware_sim.hw.errors import HardwareError

    board = item.stash.get(BOARD, None)
    try:
        if DEVICE in item.stash:
            return item.stash[DEVICE].image()
        if board is None:
            return "the board had no open link"
        if is_asked:
            return board.read_flash()
        emulated = item.stash[FOLDER] / "flash.bin"
        if emulated.exists():
            return emulated.read_bytes()[: board.boot.flash_octets]
    except (BenchError, HardwareError, LinkError) as error:
        return str(error)
    return "the board answers nothing, or its link is closed"
