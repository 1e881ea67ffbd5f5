"""The plugin in the test suite of another project."""

import xml.etree.ElementTree as ET

import pytest

from firmware_sim.hw.build.cache import file_digest
from tests.requirements import needs_board, require_engine

METER_TESTS = """
from firmware_sim.gbcs.replacement import ReplacementMode

def test_a_supplier_replaces_its_key(meter):
    before = meter.cells()["supplier.DS"].key_identifier
    answers = meter.replace(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")
    assert len(answers) == 1
    assert meter.cells()["supplier.DS"].key_identifier != before
    assert meter.refusal is None

def test_a_forged_signature_changes_nothing(meter):
    before = meter.cells()
    order = meter.replacing(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")
    meter.send(meter.forged(order))
    assert meter.refusal.name == "BAD_SIGNATURE"
    assert meter.cells() == before

def test_a_forged_mac_changes_nothing(meter):
    before = meter.cells()
    order = meter.replacing(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")
    meter.send(meter.forged_mac(order))
    assert meter.refusal.name == "BAD_MAC"
    assert meter.cells() == before
    meter.send(order)
    assert meter.refusal is None

def test_a_future_dated_command_survives_a_power_cut(meter):
    from datetime import timedelta
    due = meter.time + timedelta(minutes=10)
    order = meter.replacing(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS", execution=due)
    before = meter.cells()
    meter.send(order)
    meter.power_cycle()
    assert meter.cells() == before
    assert len(meter.advance(11)) == 1
    assert meter.cells() != before

def test_a_meter_reports_the_roles_of_its_cells(meter):
    assert {each.role.label for each in meter.read_back().roles} == {"supplier", "recovery"}
"""
BOARD_TESTS = """
import pytest

@pytest.mark.board
def test_with_the_board_marker(meter):
    pass

def test_with_the_board_fixture(board):
    pass
"""


def test_without_a_board_the_meter_is_simulated(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(METER_TESTS)
    pytester.runpytest_subprocess().assert_outcomes(passed=5)


def test_the_meter_is_the_firmware_itself_on_the_native_engine(pytester: pytest.Pytester) -> None:
    require_engine()
    pytester.makepyfile(METER_TESTS)
    result = pytester.runpytest_subprocess("--target", "native")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["*device under test native*"])


def test_the_premises_fixture_has_four_devices(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_home(premises): assert len(premises.devices) == 4")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_pki_fixture_uses_the_seed_of_the_project(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ndrill_seed = 7\n")
    pytester.makepyfile(
        "from firmware_sim.bench.smki.pki import DrillPki\n"
        "def test_seed(drill_pki):\n"
        "    assert drill_pki.root().octets == DrillPki.generate(7).root().octets\n"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_board_tests_without_a_board_are_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BOARD_TESTS)
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*no board: give --target*"])


HIDDEN = """
import pytest

@pytest.mark.xfail(reason="not yet")
def test_of_a_board(board):
    raise AssertionError

@pytest.mark.xfail(reason="not yet")
def test_of_a_meter(meter):
    raise AssertionError
"""
NO_PORT = ("--port", "/dev/no-such-port")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--target", "natve"), "'natve' is no target here; use memory, native, board:NAME or ser"),
        (("--target", "mqtt"), "use memory, native, board:NAME or serial:URL"),
        (("--target", "board:nonsense"), "'nonsense' is no board; use mps2-an385"),
        (("--target", "board:mps2-an385?y=1"), "a board has no option y"),
        (("--target", "native:moon"), "'moon' is no flash of the engine"),
        (("--target", "memory", "--port", "a"), "give --target or --port, not both"),
        (("-o", "drill_seed=many"), "drill_seed is a whole number from 0 to 2^256 - 1, not 'many'"),
        (("-o", "drill_seed=-1"), "drill_seed is a whole number from 0 to 2^256 - 1, not '-1'"),
        (("-o", f"drill_seed={1 << 256}"), "drill_seed is a whole number from 0 to 2^256 - 1, not"),
        (("-o", "board_logs=/proc/x"), "board_logs: /proc/x cannot be made: No such file or dir"),
        (("--require-board",), "a simulated device is no board"),
        (("--require-board", "--target", "memory"), "a simulated device is no board"),
        (("--require-board", *NO_PORT), "no-such-port"),
        (("--require-board", "--target", "board:mps2-an385?elf=no.elf"), "no.elf"),
    ],
)
def test_a_wrong_option_or_a_missing_board_stops_pytest_before_the_first_test(
    pytester: pytest.Pytester, options: tuple[str, ...], expected: str
) -> None:
    """Neither a mark for expected failures nor a skip hides it."""
    pytester.makepyfile(HIDDEN)
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    [line] = [each for each in result.errlines if each.startswith("ERROR: ")]
    assert expected in line
    assert "Traceback" not in result.stderr.str()
    assert "collected" not in result.stdout.str()


def test_a_mark_for_expected_failures_hides_no_missing_board(pytester: pytest.Pytester) -> None:
    """In this process, so that the planted bug of that name is seen."""
    pytester.makepyfile(HIDDEN)
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "--require-board", *NO_PORT)
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_workers_do_not_start_where_an_option_is_wrong(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HIDDEN)
    result = pytester.runpytest_subprocess("-n", "2", "--target", "natve")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_help_is_given_whatever_the_options(pytester: pytest.Pytester) -> None:
    assert pytester.runpytest_subprocess("--target", "natve", "--help").ret == 0


def test_a_port_without_a_board_is_a_skip(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BOARD_TESTS)
    assert pytester.runpytest_subprocess(*NO_PORT).parseoutcomes() == {"skipped": 2}


GOES = """
import pytest
from firmware_sim.bench import pytest_plugin
from firmware_sim.bench.dut.board import opening
from firmware_sim.bench.errors import BenchError

@pytest.fixture(autouse=True)
def silent(monkeypatch):
    def no_answer(*arguments):
        print("ASKED")
        raise BenchError("no board answers at COM1")
    monkeypatch.setattr(opening, "empty_board", no_answer)

@pytest.mark.parametrize("number", range(3))
def test_it(silent, board, number):
    pass
"""


@pytest.mark.parametrize("required", [True, False])
def test_a_board_that_was_silent_once_is_not_asked_for_each_test(
    pytester: pytest.Pytester, required: bool
) -> None:
    pytester.makepyfile(GOES)
    options = ("-p", "stand_in") if required else ()
    # The board is there when the session starts, and then it is not.
    pytester.makepyfile(
        stand_in="from firmware_sim.bench import pytest_target\n"
        "pytest_target._check_is_there = lambda named: None\n"
    )
    require = ("--require-board",) if required else ()
    result = pytester.runpytest_subprocess("-s", "--port=COM1", *require, *options)
    assert result.stdout.str().count("ASKED") == 1
    if required:
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        assert result.parseoutcomes() == {"errors": 1}
    else:
        assert result.parseoutcomes() == {"skipped": 3}


def test_on_the_native_engine_only_tests_of_a_board_are_skipped(pytester: pytest.Pytester) -> None:
    require_engine()
    pytester.makepyfile(METER_TESTS + BOARD_TESTS)
    result = pytester.runpytest_subprocess("-rs", "--target", "native", "--require-board")
    result.assert_outcomes(passed=5, skipped=2)
    result.stdout.fnmatch_lines(["*needs a board: native is none"])


def properties(pytester: pytest.Pytester) -> dict[str, str]:
    found = ET.parse(pytester.path / "junit.xml").iter("property")
    return {each.attrib["name"]: each.attrib["value"] for each in found}


@pytest.mark.parametrize("target", ["memory", "native"])
def test_junit_names_the_target_that_is_no_board(pytester: pytest.Pytester, target: str) -> None:
    engine = file_digest(require_engine()) if target == "native" else None
    pytester.makeini("[pytest]\ndrill_seed = 7\n")
    pytester.makepyfile(METER_TESTS)
    pytester.runpytest_subprocess("--target", target, "--junitxml", "junit.xml")
    found = properties(pytester)
    assert found.pop("engine_sha256", None) == engine
    assert (found.pop("engine", None) is None) == (engine is None)
    assert found == {"target": target, "drill_seed": "7", "policy": "default"}


def test_junit_of_a_suite_without_our_fixtures_says_nothing_of_us(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_it(): pass")
    pytester.runpytest_subprocess("--junitxml", "junit.xml")
    assert properties(pytester) == {}


LEFT = """
import pytest
from firmware_sim.devices.links.board import NEVER

def test_a_cut_that_never_comes(board):
    board.cut(9)
    board.hello()

def test_a_cut_that_a_reset_disarms(board):
    board.cut(9)
    board.reset()

def test_a_cut_that_the_test_disarms(board):
    board.cut(9)
    board.cut(NEVER)

@pytest.mark.xfail(reason="not yet")
def test_that_fails_as_expected_before_its_cut(board):
    board.cut(9)
    raise AssertionError
"""


@needs_board
def test_a_cut_that_was_armed_on_a_board_and_never_came_is_an_error(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(LEFT)
    result = pytester.runpytest_subprocess("--target", "board:mps2-an385?emulator=unicorn")
    result.assert_outcomes(passed=3, errors=2, xfailed=1)
    result.stdout.fnmatch_lines(
        ["*operation 9 never came: no flash operation was counted*link/cut.h"]
    )


@needs_board
def test_meter_tests_pass_on_a_board_and_junit_names_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(METER_TESTS)
    result = pytester.runpytest_subprocess(
        "--target", "board:mps2-an385", "--require-board", "--junitxml", "junit.xml"
    )
    result.assert_outcomes(passed=5)
    found = properties(pytester)
    assert found["target"] == "board:mps2-an385"
    assert found["board"] == "mps2-an385"
    assert len(found["firmware_digest"]) == 64
    assert found["drill_seed"] == "1"
    assert found["policy"] == "default"


@needs_board
def test_a_failed_test_on_a_board_leaves_its_flash_and_frames(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(meter): assert not meter.cells()")
    pytester.runpytest_subprocess("--target", "board:mps2-an385").assert_outcomes(failed=1)
    [kept] = (pytester.path / "board-logs").iterdir()
    assert (kept / "flash.bin").stat().st_size == 32768
    assert '"to board"' in (kept / "frames.jsonl").read_text()
