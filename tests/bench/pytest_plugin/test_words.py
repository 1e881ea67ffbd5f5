"""What pytest says of a test: names of parameters, tracebacks and skips that name the test."""

from pathlib import Path

import pytest

FLAVOURS = """
import pytest
from firmware_sim.bench.dut.power_cuts import CutFlavour
from firmware_sim.gbcs.roles import DeviceType

@pytest.mark.parametrize("flavour", CutFlavour)
@pytest.mark.parametrize("operation", [0, 40])
def test_cut(operation, flavour):
    pass

@pytest.mark.parametrize("kind", [DeviceType.GSME])
def test_kind(kind):
    pass
"""
WRONG_CELL = """
from firmware_sim.gbcs.replacement import ReplacementMode

def test_it(meter):
    meter.replace(ReplacementMode.SUPPLIER_BY_SUPPLIER, "suplier.DS")
"""
FAULT = """
def test_it(meter):
    meter.send(None)
"""
NEEDS_A_BOARD = """
import pytest

@pytest.mark.board
def test_marked(meter):
    pass

def test_asking(board):
    pass
"""


def test_parameters_of_our_enumerations_have_their_names(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FLAVOURS)
    result = pytester.runpytest_subprocess("--collect-only", "-q")
    names = [line.partition("::")[2] for line in result.outlines if "::" in line]
    expected = [f"test_cut[{at}-{how}]" for at in (0, 40) for how in ("BEFORE", "AFTER", "TORN")]
    assert names == [*expected, "test_kind[GSME]"]


def test_a_wrong_cell_is_told_at_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WRONG_CELL)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *'suplier.DS' names no Trust*; did you mean 'supplier.DS'?"])
    assert "meter.py" not in result.stdout.str()
    assert "roles.py" not in result.stdout.str()
    whole = pytester.runpytest_subprocess("--full-trace")
    assert "roles.py" in whole.stdout.str()


def test_a_fault_inside_keeps_its_traceback(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAULT)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    assert "meter.py" in result.stdout.str()


def test_a_skip_names_the_test(pytester: pytest.Pytester) -> None:
    file = Path(pytester.makepyfile(NEEDS_A_BOARD)).name
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=2)
    places = (f"SKIPPED * {file}:{line}: no board*" for line in (3, 7))
    result.stdout.fnmatch_lines([*places])
