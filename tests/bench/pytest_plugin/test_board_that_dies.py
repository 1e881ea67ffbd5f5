"""A board that goes in the midst of a test ends the run, red, whatever the test is marked with."""

import xml.etree.ElementTree as ET

import pytest

from firmware_sim.devices.links.board_protocol import FrameType
from firmware_sim.devices.links.exchange import Patience
from tests.requirements import needs_board
from tests.support.fake_board import PtyBoard, Unplugged
from tests.support.simulated_board import SimulatedBoard

QUICK = (0.2, 0.5, 2, 5.0, 0.3)
IMPATIENT = f"""
from firmware_sim.devices.links import exchange

exchange.Patience.__init__.__defaults__ = {QUICK}
"""
COMMANDS = """
import pytest
from firmware_sim.gbcs.replacement import ReplacementMode

{mark}
def test_one(meter):
    {body}

def test_two(meter):
    pass
"""
REPLACE = 'meter.replace(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")'
CAUGHT = f"""try:
        {REPLACE}
    except Exception:
        pass
    assert not meter"""
XFAIL = '@pytest.mark.xfail(reason="not yet")'
MARKS = {
    "none": ("", REPLACE),
    "xfail": (XFAIL, REPLACE),
    "xfail of another error": ('@pytest.mark.xfail(raises=ValueError, reason="no")', REPLACE),
    "xfail in the test": (
        "",
        f"try:\n        {REPLACE}\n    except Exception:\n        pytest.xfail('not yet')",
    ),
    "skip in the test": (
        "",
        f"try:\n        {REPLACE}\n    except Exception:\n        pytest.skip('not yet')",
    ),
    "another error": (XFAIL, CAUGHT),
}


class Unpluggable(SimulatedBoard):
    """Its cable comes out at the first message."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.does |= {int(FrameType.MESSAGE): self._unplugged}

    def _unplugged(self, _: bytes) -> bytes:
        raise Unplugged


def outcomes(pytester: pytest.Pytester) -> list[str]:
    """What the JUnit document has for each of its test cases."""
    cases = ET.parse(pytester.path / "junit.xml").iter("testcase")
    return [f"{case.get('name')}: {','.join(each.tag for each in case)}" for case in cases]


def run(pytester: pytest.Pytester, board: SimulatedBoard, *options: str) -> pytest.RunResult:
    with PtyBoard(board) as line:
        return pytester.runpytest_subprocess(
            f"--port={line.path}", "--require-board", "--junitxml=junit.xml", *options
        )


@pytest.mark.parametrize("mark", MARKS)
def test_the_run_ends_red_and_the_document_has_an_error(
    pytester: pytest.Pytester, mark: str
) -> None:
    pytester.makeconftest(IMPATIENT)
    text, body = MARKS[mark]
    pytester.makepyfile(COMMANDS.format(mark=text, body=body))
    result = run(pytester, Unpluggable())
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    # Where the test hides it, it is seen only when the test is over.
    seen_later = mark == "another error"
    found = ["xfailed" if seen_later else "failed", "errors"]
    assert result.parseoutcomes() == dict.fromkeys(found, 1)
    assert any("error" in each for each in outcomes(pytester)), outcomes(pytester)
    assert not any("test_two" in each for each in outcomes(pytester))


def test_a_mark_hides_no_board_that_is_gone_in_the_last_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, so that the planted bugs are seen."""
    monkeypatch.setattr(Patience.__init__, "__defaults__", QUICK)
    pytester.makepyfile(COMMANDS.format(mark=XFAIL, body=REPLACE))
    with PtyBoard(Unpluggable()) as line:
        options = ("-p", "no:asyncio", f"--port={line.path}", "--require-board")
        result = pytester.runpytest_inprocess(*options, "-k", "test_one")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1, errors=1, deselected=1)


def test_without_a_required_board_the_mark_stays_and_the_others_are_skipped(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeconftest(IMPATIENT)
    pytester.makepyfile(COMMANDS.format(mark=XFAIL, body=REPLACE))
    with PtyBoard(Unpluggable()) as line:
        result = pytester.runpytest_subprocess(f"--port={line.path}")
    assert result.parseoutcomes() == {"xfailed": 1, "skipped": 1}


def test_a_failed_test_whose_board_lives_does_not_end_the_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(COMMANDS.format(mark=XFAIL, body="assert not meter"))
    result = run(pytester, SimulatedBoard())
    assert result.parseoutcomes() == {"xfailed": 1, "passed": 1}
    assert result.ret == pytest.ExitCode.OK


KILLS = """
import os, signal, subprocess
import pytest
from firmware_sim.gbcs.replacement import ReplacementMode

def test_before(meter):
    pass

@pytest.mark.xfail(reason="not yet")
def test_one(meter, board):
    port = board.port.name
    killed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())],
                            capture_output=True, text=True, check=True)
    [pid] = [int(line.split()[0]) for line in killed.stdout.splitlines() if "qemu" in line]
    os.kill(pid, signal.SIGKILL)
    meter.replace(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")
"""


@pytest.mark.slow
@needs_board
@pytest.mark.parametrize("workers", [0, 2])
def test_an_emulator_that_was_killed_ends_the_run(pytester: pytest.Pytester, workers: int) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(KILLS)
    result = pytester.runpytest_subprocess(
        "--target=board:mps2-an385?emulator=qemu",
        "--require-board",
        "--junitxml=junit.xml",
        f"-n{workers}",
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"passed": 1, "failed": 1, "errors": 1}
    assert "test_one: error" in [each.replace("properties,", "") for each in outcomes(pytester)]


def test_workers_end_red_too(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(IMPATIENT)
    pytester.makepyfile(COMMANDS.format(mark=XFAIL, body=REPLACE))
    result = run(pytester, Unpluggable(), "-n2", "--dist=loadfile")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert any("error" in each for each in outcomes(pytester))
