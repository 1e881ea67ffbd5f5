"""Boards outside the tree: three files of anybody's, checked, built and run."""

import json
import re
import tomllib
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli import main
from firmware_sim.bench.cli.board.group import app
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.board_check.check import BoardCheckScope, check_board
from firmware_sim.bench.outcome import ExitCode, Verdict
from firmware_sim.bench.progress import Silent
from firmware_sim.devices.links.board_protocol import FrameType, StoreResult
from firmware_sim.hw.build.catalogue import BoardDescription, board_named, boards
from firmware_sim.hw.build.firmware import build
from firmware_sim.hw.build.new_board import files_of, new_board
from firmware_sim.hw.build.objects import ROOT, own_units
from firmware_sim.hw.build.sizes import sizes_of
from firmware_sim.hw.emulators.direct import DirectLink
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.power import power_up
from firmware_sim.hw.emulators.unicorn_board import UnicornBoard
from firmware_sim.hw.errors import BoardFileError, HardwareError
from tests.requirements import needs_board

NAME = "my-board"
TABLES = {"flash", "qemu", "unicorn", "real"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three new files."""
    return new_board(NAME, tmp_path)


def changed(folder: Path, old: str, new: str) -> str:
    """The folder, with its board.toml changed."""
    path = folder / "board.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return str(folder)


def test_a_new_board_has_three_files_and_the_values_of_the_one_that_qemu_runs(
    folder: Path,
) -> None:
    assert [path.name for path in files_of(folder)] == ["board.toml", "link.ld", "board.c"]
    assert len(list(folder.iterdir())) == 3
    board, model = board_named(str(folder)), boards()["mps2-an385"]
    assert (board.name, board.folder) == (NAME, folder)
    assert (board.flash, board.qemu, board.unicorn) == (model.flash, model.qemu, model.unicorn)
    assert f'board_name[] = "{NAME}"' in (folder / "board.c").read_text()


@pytest.mark.parametrize("source", sorted(boards()))
def test_a_new_board_starts_from_any_of_the_catalogue(source: str, tmp_path: Path) -> None:
    folder = new_board(NAME, tmp_path, source)
    board, model = board_named(str(folder)), boards()[source]
    assert (board.flash, board.cpu, board.real) == (model.flash, model.cpu, model.real)
    assert [path.name for path in files_of(folder)] == [
        path.name for path in files_of(model.folder)
    ]
    code = "".join(path.read_text() for path in files_of(folder)[2:])
    assert f'board_name[] = "{NAME}"' in code
    # Nothing of the model is left to change but what it shares with others.
    assert not any(f'#include "{each.folder.name}/' in code for each in boards().values())
    assert "ANOTHER_IMAGE" not in code
    assert "void flash_program_word(" in code
    assert "= GEOMETRY_" not in code


@needs_board
def test_a_new_board_after_one_that_shares_its_driver_is_the_same_firmware(tmp_path: Path) -> None:
    made = build(board_named(str(new_board(NAME, tmp_path, "mps2-an505"))))
    found, model = sizes_of(made), sizes_of(build(boards()["mps2-an505"]))
    assert (found.data, found.stack) == (model.data, model.stack)
    assert abs(found.text - model.text) < 64, "beside its name and its geometry"


def test_a_new_board_starts_from_no_board_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="'none' is no board to start from; use mps2-an385 or"):
        new_board(NAME, tmp_path, "none")
    with pytest.raises(HardwareError, match=r"'mps2-505' is .*; do you mean mps2-an505\? Or use"):
        new_board(NAME, tmp_path, "mps2-505")


def test_a_folder_that_is_made_for_a_new_board_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["new", NAME, "--in", str(tmp_path / "boards")])
    assert result.exit_code == ExitCode.PASSED
    assert "boards was not there and was made" in " ".join(result.stderr.split())
    again = CliRunner().invoke(app, ["new", "other", "--in", str(tmp_path / "boards")])
    assert not again.stderr


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("write_unit = 4", "write_unit = = 4", r"\(at line 10, column 14\)"),
        ('model = "mps2"', "model = [", r"\(at line 20, column 10, the end of the file\)"),
    ],
)
def test_a_mistake_of_syntax_has_its_line_and_column_and_exit_code_4(
    folder: Path, old: str, new: str, place: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(HardwareError, match=place):
        board_named(changed(folder, old, new))
    assert main.run(["board", "build", str(folder)]) == ExitCode.USAGE
    assert "firmware-sim board keys shows every key" in capfd.readouterr().err


def test_board_keys_shows_each_key_that_a_board_of_ours_has() -> None:
    told = json.loads(CliRunner().invoke(app, ["keys", "--json"]).stdout)
    shown = {(each["table"], each["key"]) for each in told}
    for board in boards().values():
        entries = tomllib.loads((board.folder / "board.toml").read_text())
        used = {("", key) for key in entries}
        used |= {(name, key) for name, held in entries.items() if name in TABLES for key in held}
        assert used <= shown
    assert all(each["form"] and each["meaning"] for each in told)


def without(folder: Path, *tables: str) -> BoardDescription:
    """The board, with these tables left out of its board.toml."""
    path = folder / "board.toml"
    text = path.read_text()
    for table in tables:
        text = re.sub(rf"(?ms)^\[{table}\]\n.*?(?=^\[|\Z)", "", text)
    path.write_text(text)
    return board_named(str(folder))


def test_a_board_that_no_emulator_is_described_for_says_so_for_each(folder: Path) -> None:
    board = without(folder, "qemu", "unicorn")
    for emulator in (None, "qemu", "unicorn"):
        with pytest.raises(HardwareError, match=r"no emulator runs my-board: .* neither"):
            power_up(board, folder / "none.elf", None, emulator)


@pytest.mark.parametrize(("gone", "other"), [("qemu", "unicorn"), ("unicorn", "qemu")])
def test_an_emulator_without_its_table_names_the_other(folder: Path, gone: str, other: str) -> None:
    board = without(folder, gone)
    with pytest.raises(HardwareError, match=rf"has no \[{gone}\]; use the emulator {other}$"):
        power_up(board, folder / "none.elf", None, gone)


@needs_board
def test_what_qemu_says_of_a_wrong_memory_is_one_sentence(folder: Path) -> None:
    made = build(board_named(str(folder)))
    board = board_named(changed(folder, "0x1000000 ", "0x100000 "))
    words = r"^my-board does not start; qemu-system-arm: Invalid RAM size, should be 16 MiB;"
    with pytest.raises(HardwareError, match=words) as error:
        power_up(board, made, None, "qemu")
    assert "see to [qemu] of its board.toml" in str(error.value)


def test_board_keys_says_in_a_column_which_must_be_there() -> None:
    shown = CliRunner().invoke(app, ["keys"], env={"COLUMNS": "120"}).stdout.splitlines()
    assert shown[0].split()[:3] == ["Key", "Needed", "Takes"]
    needed = {line.split("  ")[0]: "  yes  " in line for line in shown}
    assert needed["cpu"]
    assert not needed["options"]


@pytest.mark.slow
@needs_board
def test_a_board_outside_the_tree_has_the_flash_of_its_board_toml_alone(folder: Path) -> None:
    changed(folder, "[[8, 4096]]", "[[2, 8192], [4, 4096]]")
    changed(folder, "programs_per_unit = 2", "programs_per_unit = 3")
    board = board_named(str(folder))
    link = DirectLink(UnicornBoard(board, Firmware.read(build(board))))
    boot = link.power_on()
    assert [tuple(run) for run in boot.blocks] == [(2, 8192), (4, 4096)]
    assert boot.programs_per_unit == 3
    assert link.ask(FrameType.ERASE, b"ERASE") == bytes((StoreResult.NO_AREA,))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("write_unit", "writeunit", "'writeunit' in \\[flash\\] is no key of a board; do you mean"),
        ("write_unit", "write_units", "do you mean write_unit\\?"),
        ("[qemu]", "[qemo]", "'qemo' is no key of a board; do you mean qemu\\?"),
        ('cpu = "cortex-m3"', "", "cpu is missing"),
        ("address = 0x21000000\n", "", "address in \\[flash\\] is missing"),
        ("0x21000000", '"far"', "address in \\[flash\\] must be an address"),
        ("0x21000000", "0x21000002", "an address of 32 bits, a multiple of 16"),
        ("0x21000000", "true", "address in \\[flash\\] must be an address"),
        ("write_unit = 4", "write_unit = 5", "must be 1, 4, 8 or 16"),
        ("[[8, 4096]]", "[[1, 4096]]", "two areas need at least two blocks"),
        ("[[8, 4096]]", "[[8, 1000]]", "a block is a positive multiple of 16 octets"),
        ("[[8, 4096]]", "[[2, 4096]]", "areas of 4,096 octets, .* needs two of at least 7,168"),
        ("cortex-m3", "cortex-m33x", "not 'cortex-m33x'; do you mean cortex-m33\\?"),
        (
            '"mps2"',
            '"mps"',
            "mps2, mps2_an505, nrf52840 or stm32f4, not 'mps'; do you mean mps2\\?",
        ),
        ("[[8, 4096]]", "[]", "blocks in \\[flash\\] must be"),
        ("[[8, 4096]]", "[[8, -1]]", "blocks in \\[flash\\] must be"),
        ("[[8, 4096]]", "[[99999999, 99999]]", "16 MiB at most"),
        ("0xFF", "0x7F", "0x00 or 0xFF"),
        ('"my-board"', '"../../x"', "name must be"),
        ('machine = "mps2-an385"', 'machine = "x,accel=y"', "the name of a machine"),
        ('model = "mps2"', 'model = "..os"', "mps2, mps2_an505, nrf52840 or stm32f4"),
        ('cpu = "cortex-m3"', 'cpu = "cortex-m3 -fplugin=x"', "cpu must be"),
        pytest.param(
            "[flash]",
            'options = ["-fplugin=evil.so"]\n[flash]',
            "options must be",
            id="a plugin of the compiler",
        ),
        ("[flash]", 'options = ["-B", "/tmp"]\n[flash]', "options must be"),
        ("[flash]", "flash = 3\n[flash]", "describes no board"),
        ('"my-board"', '"mps2-an385"', "mps2-an385 is a board of this program"),
    ],
)
def test_a_mistake_in_board_toml_is_one_line_with_key_and_nearest_name(
    folder: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(HardwareError, match=words) as caught:
        board_named(changed(folder, old, new))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["new", "My_Board"],
        ["new", "mps2-an385"],
        ["new", "other", "--from", "none"],
        ["new", NAME],
        ["build", "{folder}"],
        ["test", "./no-such"],
    ],
)
def test_a_name_that_cannot_be_is_a_usage_error(
    arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    changed(folder, f'"{NAME}"', '"stm32f405"')
    words = [word.format(folder=folder) for word in arguments]
    assert main.run(["board", *words]) == ExitCode.USAGE


def test_a_folder_that_is_not_there_is_answered_with_the_nearest_beside_it(folder: Path) -> None:
    with pytest.raises(
        HardwareError, match=rf"no folder \S+/my-bord; do you mean {folder}\?; give"
    ):
        board_named(f"{folder.parent}/my-bord")


@needs_board
def test_a_file_that_is_replaced_is_told(tmp_path: Path) -> None:
    out = tmp_path / "order.elf"
    out.touch()
    result = CliRunner().invoke(app, ["build", "mps2-an385", "--out", str(out)])
    assert result.exit_code == ExitCode.PASSED, result.output
    assert "order.elf was there, and is replaced" in " ".join(result.stderr.split())


def _no_utf8(path: Path) -> None:
    path.write_bytes(b"name = '\xff'")


def _too_long(path: Path) -> None:
    path.write_bytes(b"#" * 100_000)


def _gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [_no_utf8, _too_long, _gone])
def test_a_board_toml_that_cannot_be_read_describes_no_board(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(folder / "board.toml")
    with pytest.raises(HardwareError, match="describes no board"):
        board_named(str(folder))


def test_an_unknown_name_is_answered_with_the_nearest_and_the_way_to_a_folder() -> None:
    with pytest.raises(HardwareError, match=r"do you mean stm32f405\? .* \./stm32f40$"):
        board_named("stm32f40")


@pytest.mark.parametrize("name", ["My", "a/b", "..", "", "a" * 41, "mps2-an385"])
def test_a_new_board_has_a_name_of_its_own_that_is_no_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(HardwareError):
        new_board(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_new_board_overwrites_nothing(folder: Path) -> None:
    (folder / "board.c").write_text("mine")
    result = CliRunner().invoke(app, ["new", NAME, "--in", str(folder.parent)])
    assert isinstance(result.exception, BenchError)
    assert "is there already" in str(result.exception)
    assert (folder / "board.c").read_text() == "mine"


@needs_board
def test_what_a_compiler_says_keeps_its_lines_and_names_the_owners_file_first(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = folder / "board.c"
    file.write_text(file.read_text().replace("board_reset_cause(void)", "board_reset_cause(int x)"))
    assert main.run(["board", "build", str(folder)]) == ExitCode.USAGE
    first, second, *rest = capfd.readouterr().err.splitlines()
    assert f"{file} fails: {file}:" in first
    assert second.startswith(f"{file}:")
    assert "error: conflicting types for" in second
    assert any(line.startswith("firmware/board.h:") for line in rest)
    assert not any(str(ROOT) in line for line in rest)


@needs_board
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(
            "STACK_OCTETS = 8K",
            "STACK_OCTETS = 2K",
            r"link\.ld sets 2,048 octets of stack aside, and the firmware needs \d,\d{3}; "
            "set at least 6,144",
            id="too little stack",
        ),
        pytest.param(
            "_data_load = LOADADDR(.data)",
            "_data_load = 0",
            r"_firmware_start is 0x\w+ and _firmware_end 0x\w+; see to link\.ld",
            id="the end before the start",
        ),
        pytest.param(
            "_data_load = LOADADDR(.data)",
            "_data_load = LOADADDR(.data) + 16",
            r"_data_load of \S+ is 0x\w+, and the first values of variables are at 0x\w+; write "
            r"_data_load = LOADADDR\(\.data\);",
            id="data loaded from elsewhere",
        ),
        pytest.param("_stack_bottom = .;", "", "linking my-board fails: .*", id="no such symbol"),
    ],
)
def test_a_linker_script_with_which_nothing_would_start_is_refused_as_the_owners(
    folder: Path, old: str, new: str, words: str
) -> None:
    script = folder / "link.ld"
    assert old in script.read_text()
    script.write_text(script.read_text().replace(old, new))
    with pytest.raises(BoardFileError, match=words):
        build(board_named(str(folder)))


@needs_board
@pytest.mark.parametrize("name", ["board.c", "link.ld"])
def test_a_file_of_a_board_that_is_missing_is_named(
    folder: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / name).unlink()
    assert main.run(["board", "build", str(folder)]) == ExitCode.USAGE
    said = " ".join(capfd.readouterr().err.split())
    assert f"there is no {name} in {folder}; firmware-sim board new writes" in said


def test_no_file_of_ours_is_included_by_the_path_of_this_checkout() -> None:
    (unit,) = own_units([ROOT / "firmware" / "main.c"], (), None)
    searched = [option for option in unit.paths if not option.startswith("-ffile-prefix-map")]
    assert searched
    assert not any(str(ROOT) in option for option in searched)


@pytest.mark.slow
@needs_board
def test_a_new_board_is_built_and_run_by_its_folder(folder: Path) -> None:
    """A change of its own sources is a change of its firmware."""
    first = CliRunner().invoke(app, ["build", str(folder), "--json"])
    assert first.exit_code == ExitCode.PASSED, first.output
    checked = CliRunner().invoke(app, ["check-link", "--target", f"board:{folder}"])
    assert checked.exit_code == ExitCode.PASSED, checked.output
    assert f"on {NAME}" in checked.output
    path = folder / "board.c"
    path.write_text(path.read_text().replace(f'"{NAME}"', '"other"'))
    again = CliRunner().invoke(app, ["build", str(folder)])
    assert "'other' by board.c" in str(again.exception)


@needs_board
def test_an_address_other_than_that_of_the_firmware_is_refused_where_it_is_built(
    folder: Path,
) -> None:
    right = build(board_named(str(folder)))
    board = board_named(changed(folder, "0x21000000", "0x21100000"))
    words = "begins at 0x21100000 by its board.toml, and at 0x21000000 by its firmware"
    with pytest.raises(HardwareError, match=words):
        build(board)
    with pytest.raises(HardwareError, match=words):  # a file that was built elsewhere
        UnicornBoard(board, Firmware.read(right))


@needs_board
@pytest.mark.parametrize("board", sorted(boards()))
def test_firmware_says_where_its_flash_is(board: str) -> None:
    made = Firmware.read(build(boards()[board]))
    at = made.symbols["board_flash"]
    octets = made.between(at, at + made.sizes["board_flash"])
    assert int.from_bytes(octets, "little") == boards()[board].flash.address


@pytest.mark.slow
@needs_board
def test_an_erased_flash_that_reads_otherwise_than_board_toml_says_fails_the_check(
    folder: Path,
) -> None:
    changed(folder, "erased_value = 0xFF", "erased_value = 0x00")
    scope = BoardCheckScope(f"board:{folder}?emulator=unicorn", stories=(), also=())
    _, erasure = islice(check_board(scope, Silent()), 2)
    assert (erasure.name, erasure.verdict) == ("erasure", Verdict.FAILED)
    assert "octet 0 of the erased flash reads 0xff, and erased_value is 0x00" in erasure.text
