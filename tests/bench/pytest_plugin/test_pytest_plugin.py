"""The plugin in another project's test suite."""

import xml.etree.ElementTree as ET

import pytest

from tests.requirements import needs_board

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

def test_it_waits_and_survives_a_power_cut(meter):
    from datetime import timedelta
    due = meter.time + timedelta(minutes=10)
    order = meter.replacing(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS", execution=due)
    before = meter.cells()
    meter.send(order)
    meter.power_cycle()
    assert meter.cells() == before
    assert len(meter.advance(11)) == 1
    assert meter.cells() != before

def test_it_reads_back(meter):
    assert {each.role.label for each in meter.read_back().roles} == {"supplier", "recovery"}
"""
BOARD_TESTS = """
import pytest

@pytest.mark.board
def test_marked(meter):
    pass

def test_asked(board):
    pass
"""


def test_without_a_board_the_meter_is_simulated(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(METER_TESTS)
    pytester.runpytest_subprocess().assert_outcomes(passed=4)


def test_a_home_of_four_devices(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_home(premises): assert len(premises.devices) == 4")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_seed_is_the_project_s(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ndrill_seed = 7\n")
    pytester.makepyfile(
        "from firmware_sim.bench.smki.pki import DrillPki\n"
        "def test_seed(drill_pki):\n"
        "    assert drill_pki.root().octets == DrillPki.generate(7).root().octets\n"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_no_board_is_a_skip_with_its_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BOARD_TESTS)
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*no board: give --target*"])


def test_a_required_board_that_is_not_there_is_an_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BOARD_TESTS)
    result = pytester.runpytest_subprocess("--require-board")
    result.assert_outcomes(errors=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_port_where_nothing_is(pytester: pytest.Pytester) -> None:
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
def test_wrong_options_are_told(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    pytester.makepyfile(BOARD_TESTS)
    result = pytester.runpytest_subprocess(*options)
    assert "passed" not in result.parseoutcomes()
    assert "--target" in result.stdout.str() + result.stderr.str()


@needs_board
def test_the_same_tests_on_a_board(pytester: pytest.Pytester) -> None:
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
def test_what_a_failed_test_leaves(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(meter): assert not meter.cells()")
    pytester.runpytest_subprocess("--target", "board:mps2-an385").assert_outcomes(failed=1)
    [kept] = (pytester.path / "board-logs").iterdir()
    assert (kept / "flash.bin").stat().st_size == 32768
    assert '"to board"' in (kept / "frames.jsonl").read_text()
