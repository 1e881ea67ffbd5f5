"""Firmware that a wheel brings is run only if it is what was packed."""

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.board.group import app
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.hw.build import ready_made
from firmware_sim.hw.build.budget import Budget
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.emulators import power
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.errors import HardwareError

BOARD = board_named("mps2-an385")
OCTETS = b"firmware"
_ENDS = ("vectors_start", "vectors_end", "firmware_start", "firmware_end")


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


def test_ready_made_firmware_is_given_as_a_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_compiler(monkeypatch)
    monkeypatch.setattr(
        Firmware, "read", lambda path: Firmware(path, (), {f"_{name}": 0 for name in _ENDS}, {})
    )
    out = tmp_path / "given.elf"
    given = CliRunner().invoke(app, ["build", BOARD.name, "--ready-made", "--out", str(out)])
    assert given.exit_code == ExitCode.PASSED, given.exception
    assert out.read_bytes() == OCTETS
    refused = CliRunner().invoke(app, ["build", BOARD.name, "--out", str(out)])
    assert "board build NAME --ready-made --out FILE" in str(refused.exception)
    (folder / "SHA256SUMS").unlink()
    none = CliRunner().invoke(app, ["build", BOARD.name, "--ready-made"])
    assert "there is no ready-made firmware of mps2-an385 here" in str(none.exception)


def test_text_of_zig_has_a_larger_budget_than_that_of_gcc() -> None:
    assert Budget(70_448, None).is_kept
    assert not Budget(70_448, 3_816).is_kept
    assert str(Budget(70_448, None)).startswith("text 70,448 of 73,728 octets")


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
