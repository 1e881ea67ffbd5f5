"""What is left of a run of pytest: properties of its JUnit document, frames and flash images."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware_sim.bench.pytest_target import seed_of, target_words
from firmware_sim.bench.pytest_workers import record_for_the_run

if TYPE_CHECKING:
    from firmware_sim.devices.links.board import Board
    from firmware_sim.devices.links.board_protocol import BootRecord

FOLDER = pytest.StashKey[Path]()
"""Where the frames of a test's board are."""
BOARD: "pytest.StashKey[Board]" = pytest.StashKey()
_REPORTED = pytest.StashKey[bool]()


def record_target(config: pytest.Config, boot: "BootRecord | None" = None) -> None:
    """Say once in the JUnit document on what the tests run; the same of every target.

    Args:
        boot: of the board, if it is one.
    """
    if config.stash.get(_REPORTED, False):
        return
    config.stash[_REPORTED] = True
    of_board = boot and {
        "board": boot.board,
        "firmware": boot.firmware,
        "firmware_digest": boot.build_id.hex(),
    }
    about = {"target": target_words(config), "drill_seed": seed_of(config), "policy": "default"}
    record_for_the_run(config, {**about, **(of_board or {})})


def home(config: pytest.Config) -> Path:
    """Where the project is: pytest's own root may be ``/dev``, for the sake of a port."""
    return config.invocation_params.dir if config.inipath is None else config.inipath.parent


def keep(item: pytest.Item) -> Path:
    """Copy a test's frames, and the board's flash if it can still be read."""
    from firmware_sim.devices.links.link import LinkError

    folder = home(item.config) / str(item.config.getini("board_logs"))
    kept = folder / "".join(
        each if each.isalnum() or each in "._-" else "_" for each in item.nodeid
    )
    kept.mkdir(parents=True, exist_ok=True)
    frames = item.stash[FOLDER] / "frames.jsonl"
    try:
        (kept / "flash.bin").write_bytes(item.stash[BOARD].read_flash())
    except LinkError as error:
        (kept / "flash.txt").write_text(f"the flash could not be read: {error}\n")
    (kept / "frames.jsonl").write_bytes(frames.read_bytes())
    return kept
