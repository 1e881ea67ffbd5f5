"""The plugin in the test suite of another project."""

import xml.etree.ElementTree as ET

import pytest

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
    pytester.runpytest_subprocess().assert_outcomes(passed=4)


def test_the_meter_is_the_firmware_itself_on_the_native_engine(pytester: pytest.Pytester) -> None:
    require_engine()
    pytester.makepyfile(METER_TESTS)
    result = pytester.runpytest_subprocess("--target", "native")
    result.assert_outcomes(passed=4)
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


def test_a_required_board_that_is_not_there_is_an_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BOARD_TESTS)
    result = pytester.runpytest_subprocess("--require-board")
    result.assert_outcomes(errors=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_port_without_a_board_is_a_skip_or_with_require_board_an_error(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(BOARD_TESTS)
    assert pytester.runpytest_subprocess("--port", "/dev/no-such-port").parseoutcomes() == {
        "skipped": 2
    }
    required = pytester.runpytest_subprocess("--port", "/dev/no-such-port", "--require-board")
    required.assert_outcomes(errors=2)
    required.stdout.fnmatch_lines(["*no-such-port*"])


@pytest.mark.parametrize(
    "options",
    [("--target", "mqtt"), ("--target", "board:x?y=1"), ("--target", "memory", "--port", "a")],
)
def test_wrong_plugin_options_stop_pytest_with_a_message(
    pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    pytester.makepyfile(BOARD_TESTS)
    result = pytester.runpytest_subprocess(*options)
    assert "passed" not in result.parseoutcomes()
    assert "--target" in result.stdout.str() + result.stderr.str()


@needs_board
def test_meter_tests_pass_on_a_board_and_junit_names_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(METER_TESTS)
    result = pytester.runpytest_subprocess(
        "--target", "board:mps2-an385", "--require-board", "--junitxml", "junit.xml"
    )
    result.assert_outcomes(passed=4)
    properties = {
        each.attrib["name"]: each.attrib["value"]
        for each in ET.parse(pytester.path / "junit.xml").iter("property")
    }
    assert properties["board"] == "mps2-an385"
    assert len(properties["firmware_digest"]) == 64
    assert properties["drill_seed"] == "1"
    assert properties["policy"] == "default"


@needs_board
def test_a_failed_test_on_a_board_leaves_its_flash_and_frames(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(meter): assert not meter.cells()")
    pytester.runpytest_subprocess("--target", "board:mps2-an385").assert_outcomes(failed=1)
    [kept] = (pytester.path / "board-logs").iterdir()
    assert (kept / "flash.bin").stat().st_size == 32768
    assert '"to board"' in (kept / "frames.jsonl").read_text()
