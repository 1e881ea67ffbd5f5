"""What a failed test leaves, and that a board which has fallen silent ends the run."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.devices.links.board_protocol import FrameType
from firmware_sim.devices.links.exchange import Patience
from tests.requirements import require_engine
from tests.support.fake_board import FakeBoard, PtyBoard
from tests.support.simulated_board import SimulatedBoard

TESTS = """
from firmware_sim.gbcs.replacement import ReplacementMode

def test_one(meter):
    meter.replace(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")

def test_two(meter):
    pass
"""
IMPATIENT = """
from firmware_sim.devices.links import exchange

exchange.Patience.__init__.__defaults__ = (0.2, 0.5, 2, 5.0, 1.0)
"""


def run(
    pytester: pytest.Pytester, board: FakeBoard, *options: str, text: str = TESTS
) -> pytest.RunResult:
    pytester.makeconftest(IMPATIENT)
    pytester.makepyfile(text)
    with PtyBoard(board) as line:
        return pytester.runpytest_subprocess(
            f"--port={line.path}", "--junitxml=junit.xml", *options
        )


def kept(pytester: pytest.Pytester) -> Iterator[Path]:
    yield from sorted((pytester.path / "board-logs").iterdir())


def frame_types(folder: Path) -> list[str]:
    lines = (folder / "frames.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["type"] for line in lines]


def test_a_test_that_fails_at_setup_leaves_frames_and_flash(pytester: pytest.Pytester) -> None:
    board = FakeBoard(does={int(FrameType.PROVISION): lambda _: b"\x07"})
    result = run(pytester, board, "--require-board")
    assert result.parseoutcomes() == {"errors": 2}
    folders = [*kept(pytester)]
    assert len(folders) == 2
    for folder in folders:
        assert "PROVISION" in frame_types(folder)
        assert (folder / "flash.bin").stat().st_size == len(board.flash)


def test_a_cut_that_never_came_leaves_frames(pytester: pytest.Pytester) -> None:
    """It fails when the test itself is over."""
    text = "def test_it(meter, board): board.cut(9999)"
    result = run(pytester, SimulatedBoard(), "--require-board", text=text)
    assert result.parseoutcomes() == {"passed": 1, "errors": 1}
    [folder] = kept(pytester)
    assert "CUT" in frame_types(folder)


HANGS = (
    ({int(FrameType.PROVISION)}, {"errors": 1}),
    ({int(FrameType.MESSAGE)}, {"failed": 1, "errors": 1}),
)


@pytest.mark.parametrize(("hangs_on", "outcomes"), HANGS)
def test_a_board_that_hangs_ends_the_run_at_that_test(
    pytester: pytest.Pytester, hangs_on: set[int], outcomes: dict[str, int]
) -> None:
    result = run(pytester, SimulatedBoard(hangs_on=hangs_on), "--require-board")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == outcomes
    assert "hangs in" in (pytester.path / "junit.xml").read_text(encoding="utf-8")
    [folder] = kept(pytester)
    assert frame_types(folder)[-1] == "HELLO"
    text = (folder / "flash.txt").read_text(encoding="utf-8")
    assert text == "the flash could not be read: the board answers nothing, or its link is closed\n"


def test_a_mark_for_expected_failures_hides_no_board_that_hangs(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, so that the planted bug of that name is seen."""
    monkeypatch.setattr(Patience.__init__, "__defaults__", (0.2, 0.5, 2, 5.0, 1.0))
    board = SimulatedBoard(hangs_on={int(FrameType.MESSAGE)})
    marked = TESTS.replace("def test_one", "import pytest\n\n@pytest.mark.xfail\ndef test_one")
    pytester.makepyfile(marked)
    with PtyBoard(board) as line:
        options = ("-p", "no:asyncio", f"--port={line.path}", "--require-board")
        result = pytester.runpytest_inprocess(*options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1, errors=1)


def test_where_no_board_is_required_the_tests_behind_one_that_hangs_are_skipped(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, SimulatedBoard(hangs_on={int(FrameType.MESSAGE)}))
    assert result.parseoutcomes() == {"failed": 1, "skipped": 1}


@pytest.mark.parametrize("target", ["memory", "native"])
def test_a_failed_test_without_a_board_leaves_its_flash(
    pytester: pytest.Pytester, target: str
) -> None:
    if target == "native":
        require_engine()
    pytester.makepyfile("def test_it(meter): assert not meter.cells()")
    pytester.runpytest_subprocess("--target", target).assert_outcomes(failed=1)
    [folder] = kept(pytester)
    assert folder.name.endswith(f"test_it-{target}")
    assert [each.name for each in folder.iterdir()] == ["flash.bin"]
    assert (folder / "flash.bin").stat().st_size > 1024


def test_logs_that_cannot_be_kept_are_told_and_nothing_else_goes_wrong(
    pytester: pytest.Pytester,
) -> None:
    (pytester.path / "board-logs").write_text("a file", encoding="utf-8")
    pytester.makepyfile("def test_it(meter): assert not meter.cells()")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*could not be kept in *board-logs*"])


def test_a_folder_for_logs_that_can_be_made_is_not_made_before_it_is_needed(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_it(meter): pass")
    pytester.runpytest_subprocess("-o", "board_logs=a/b/c").assert_outcomes(passed=1)
    assert not (pytester.path / "a").exists()
