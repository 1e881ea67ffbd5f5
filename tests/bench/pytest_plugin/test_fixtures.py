"""The plugin's fixtures: beside those of a project with the same names, and for each type."""

import pytest

from firmware_sim.gbcs.roles import DeviceType
from tests.requirements import require_engine
from tests.support.fake_board import PtyBoard
from tests.support.simulated_board import SimulatedBoard

OF_THE_PROJECT = """
import pytest

@pytest.fixture
def board():
    return "the project's"

@pytest.fixture
def drill_pki():
    return "the project's"

@pytest.fixture
def meter_of():
    return "the project's"
"""
USES = """
def test_it(meter, board, drill_pki, meter_of):
    assert len(meter.cells()) == 9
    assert {board, drill_pki, meter_of} == {"the project's"}

def test_home(premises):
    assert len(premises.devices) == 4
"""
OF_TYPES = """
import pytest
from firmware_sim.bench.errors import BenchError
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType

@pytest.mark.parametrize("kind", [each for each in DeviceType if each is not DeviceType.TYPE_2])
def test_recovery_replaces_a_key(meter_of, kind):
    device = meter_of(kind)
    before = device.cells()
    device.replace(ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, "transitionalCoS.DS")
    assert device.refusal is None
    assert device.cells()["transitionalCoS.DS"] != before["transitionalCoS.DS"]
    assert device.read_back().roles
    with pytest.raises(BenchError, match=f"one device, and this one has its {kind.name}"):
        meter_of(DeviceType.GSME)

def test_type_2(meter_of):
    with pytest.raises(BenchError, match="Type 2"):
        meter_of(DeviceType.TYPE_2)
"""
TYPES = len(DeviceType) - 1


def test_fixtures_of_a_project_with_our_names_do_not_get_into_ours(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeconftest(OF_THE_PROJECT)
    pytester.makepyfile(USES)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_fixtures_of_a_project_do_not_get_into_ours_on_a_board(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(OF_THE_PROJECT)
    pytester.makepyfile(USES)
    with PtyBoard(SimulatedBoard()) as line:
        result = pytester.runpytest_subprocess(f"--port={line.path}", "--require-board")
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("target", ["memory", pytest.param("native", marks=pytest.mark.slow)])
def test_a_device_of_each_type_is_made_and_commanded(
    pytester: pytest.Pytester, target: str
) -> None:
    if target == "native":
        require_engine()
    pytester.makepyfile(OF_TYPES)
    pytester.runpytest_subprocess("--target", target).assert_outcomes(passed=TYPES + 1)
