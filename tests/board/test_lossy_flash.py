"""A flash driver that loses what it is given: the board's fault, named by its place."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.board.group import app
from firmware_sim.bench.dut.board.kept_flash import NOT_KEPT, LostWord, first_lost
from firmware_sim.bench.experiments.board_check.check import BoardCheckScope, check_board
from firmware_sim.bench.experiments.board_check.keeping import SKIPPED
from firmware_sim.bench.outcome import ExitCode, Verdict
from firmware_sim.bench.progress import Silent
from firmware_sim.hw.build.new_board import new_board
from firmware_sim.machine.flash.trace import FlashOperation, OperationKind

pytestmark = pytest.mark.usefixtures("emulated_board_tools")

PROGRAM = "    *at &= cut_before_program(offset, word);\n"
GIVEN = "    static volatile uint32_t count;\n    word = cut_before_program(offset, word);\n"
ERASED = "i < where.size / 4;"

LOSSY = {
    "every 97th word": (PROGRAM, GIVEN + "    if (++count % 97 != 0) { *at &= word; }\n"),
    "half of a block's last word": (
        PROGRAM,
        GIVEN + "    count++;\n    if ((offset & 0xFFC) == 0x7FC) { word |= 0xFFFF0000u; }\n"
        "    *at &= word;\n",
    ),
    "words after the 1,000th": (
        PROGRAM,
        GIVEN + "    if (++count < 1000 || count % 40 != 0) { *at &= word; }\n",
    ),
    "erasure of a block's last word": (ERASED, "i < where.size / 4 - 1;"),
}
EVERY_DRIVER = pytest.mark.parametrize("mistake", LOSSY)


@pytest.fixture(scope="module")
def lossy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a board whose driver has one of the mistakes."""
    made = dict[str, Path]()

    def folder_of(mistake: str) -> Path:
        if mistake not in made:
            folder = made[mistake] = new_board("lossy", tmp_path_factory.mktemp("boards"))
            right, wrong = LOSSY[mistake]
            file = folder / "board.c"
            assert right in file.read_text()
            file.write_text(file.read_text().replace(right, wrong))
        return made[mistake]

    return folder_of


@EVERY_DRIVER
def test_power_cuts_name_the_word_that_a_driver_loses_and_blame_the_board(
    mistake: str, lossy: Callable[[str], Path]
) -> None:
    result = CliRunner().invoke(app, ["cuts", str(lossy(mistake))])
    assert result.exit_code == ExitCode.DEVICE_FAILED, result.output
    assert f"without a cut: {NOT_KEPT}: at 0x" in result.output
    assert ", after flash operation " in result.output
    is_erasure = mistake.startswith("erasure")
    assert ("the erasure of block" in result.output) is is_erasure
    assert ("should read ff ff ff ff" in result.output) is is_erasure


def test_kills_of_qemu_blame_the_board_too(lossy: Callable[[str], Path]) -> None:
    command = ["cuts", str(lossy("every 97th word")), "--emulator", "qemu", "--sample", "1"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == ExitCode.DEVICE_FAILED, result.output
    assert f"without a cut: {NOT_KEPT}: at 0x" in result.output


@EVERY_DRIVER
def test_the_check_of_a_board_names_the_word_and_skips_what_would_fail_by_it(
    mistake: str, lossy: Callable[[str], Path]
) -> None:
    scope = BoardCheckScope(f"board:{lossy(mistake)}", stories=("none",), also=())
    checks = {each.name: each for each in check_board(scope, Silent())}
    failed = [name for name, each in checks.items() if each.verdict is Verdict.FAILED]
    assert failed == ["flash"]
    assert checks["flash"].text.startswith(f"{NOT_KEPT}: at 0x")
    assert "[flash] of board.toml" in checks["flash"].text
    assert {each.text for each in islice(checks.values(), 3, None)} == {SKIPPED}
    assert list(checks)[-1] == "drill none"


def test_a_word_that_was_lost_first_is_named_and_not_the_lowest() -> None:
    after = b"\x11\x22\x33\x44"
    operations = [FlashOperation(OperationKind.PROGRAM, at, b"\xff" * 4, after) for at in (8, 4, 0)]
    lost = first_lost(operations, after * 3, b"\xff" * 8 + after, 0xFF)
    assert lost == LostWord(4, after, b"\xff" * 4)
    assert first_lost(operations, after * 3, after * 3 + b"more", 0xFF) is None


@pytest.mark.parametrize(
    ("expected", "read", "is_loss"),
    [
        ("11223344", "ffffffff", True),
        ("11223344", "1122ff44", True),
        ("ffffffff", "11223344", True),
        ("11223344", "55667788", False),
        ("11223344", "00000000", False),
        # One bit is missing, as if it was lost; what comes behind is none of that.
        ("1122334411223344", "1122374455667788", False),
    ],
)
def test_other_bits_than_were_given_are_no_loss(expected: str, read: str, *, is_loss: bool) -> None:
    given, has = bytes.fromhex(expected), bytes.fromhex(read)
    word = first_lost((), given, has, 0xFF)
    inverted = first_lost((), _inverted(given), _inverted(has), 0x00)
    assert word is not None
    assert inverted is not None
    assert word.is_loss is inverted.is_loss is is_loss


def _inverted(octets: bytes) -> bytes:
    return bytes(octet ^ 0xFF for octet in octets)
