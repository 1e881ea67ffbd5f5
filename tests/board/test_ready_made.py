"""Firmware that a wheel brings is run only if it is what was packed."""

import hashlib
from pathlib import Path

import pytest

from firmware_sim.hw.build import ready_made
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.emulators import power
from firmware_sim.hw.errors import HardwareError

BOARD = board_named("mps2-an385")
OCTETS = b"firmware"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As scripts/wheel packs it, where an installed wheel would have it."""
    (tmp_path / "mps2-an385.elf").write_bytes(OCTETS)
    digest = hashlib.sha256(OCTETS).hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  mps2-an385.elf\n", encoding="utf-8")
    monkeypatch.setattr(ready_made, "FOLDER", tmp_path)
    return tmp_path


def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)


def test_firmware_of_the_wheel_needs_no_compiler(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_compiler(monkeypatch)
    assert ready_made.firmware_for(BOARD) == folder / "mps2-an385.elf"
    assert hashlib.sha256(OCTETS).hexdigest() in ready_made.where_from(BOARD)


def test_damaged_firmware_of_the_wheel_is_not_run(folder: Path) -> None:
    (folder / "mps2-an385.elf").write_bytes(OCTETS + b"!")
    with pytest.raises(HardwareError, match=r"damaged.*install the wheel anew"):
        ready_made.firmware_for(BOARD)
    assert ready_made.where_from(BOARD).startswith("none: ")


def test_missing_firmware_of_the_wheel_is_an_error(folder: Path) -> None:
    (folder / "mps2-an385.elf").unlink()
    with pytest.raises(HardwareError, match="missing"):
        ready_made.firmware_for(BOARD)


def test_a_board_that_the_wheel_has_no_firmware_for_is_built(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_compiler(monkeypatch)
    with pytest.raises(HardwareError, match="ziglang"):
        ready_made.firmware_for(board_named("stm32f405"))


def test_named_firmware_file_is_run_before_that_of_the_wheel(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.elf"
    mine.write_bytes(b"")
    assert ready_made.firmware_for(BOARD, mine) == mine


@pytest.mark.parametrize(
    ("name", "qemu", "expected"),
    [
        ("mps2-an385", "", "qemu"),
        ("mps2-an385", "not installed", "unicorn"),
        ("stm32f405", "", "unicorn"),
    ],
)
def test_without_qemu_a_board_runs_in_unicorn(
    monkeypatch: pytest.MonkeyPatch, name: str, qemu: str, expected: str
) -> None:
    monkeypatch.setattr(power, "why_not", lambda _: qemu)
    assert power.default_emulator(board_named(name)) == expected
