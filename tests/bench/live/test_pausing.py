"""A drill that waited, or was stopped and resumed, is the drill that nothing disturbed."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.opening import is_unbegun
from firmware_sim.bench.evidence.wishes import WISH_NAME, Wish, leave_wish, wish_of
from firmware_sim.bench.live.feed import Feed
from tests.bench.drills.cut_off import images, rows
from tests.bench.live.played import fed, sections

STORY = "gpf-handover"
HOMES = 4
BEGINNING = 150
"""Rows before the first step: versions, policy, devices."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert drilled(folder) == 0
    return folder


def drilled(folder: Path, *options: str) -> int:
    words = ["drill", "run", STORY, "--premises", str(HOMES), "--out", str(folder), *options]
    return run(words)


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(3000):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to that")


def wishing(folder: Path, wish: Callable[[], None]) -> threading.Thread:
    """Somebody who watches a run that is about to begin."""

    def watch() -> None:
        until(lambda: (folder / LEDGER_NAME).is_file() and not is_unbegun(folder))
        until(lambda: _rows_of(folder) > BEGINNING)
        wish()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def _rows_of(folder: Path) -> int:
    return fed(folder).state.place


def test_a_run_that_waited_in_its_middle_has_the_same_ledger_and_images(
    whole: Path, tmp_path: Path
) -> None:
    folder, stood = tmp_path / "run", []

    def pause_and_go_on() -> None:
        leave_wish(folder, Wish.PAUSE)
        until(lambda: wish_of(folder) is Wish.PAUSED)
        for _ in range(2):
            stood.append(_rows_of(folder))
            time.sleep(0.3)
        assert Feed(folder).status() == "paused"
        leave_wish(folder, None)

    watcher = wishing(folder, pause_and_go_on)
    assert drilled(folder) == 0
    watcher.join()
    assert stood[0] == stood[1] < _rows_of(folder)
    assert (rows(folder), images(folder)) == (rows(whole), images(whole))
    assert not (folder / WISH_NAME).exists()


def test_a_run_that_was_stopped_and_resumed_has_the_same_ledger_and_images(
    whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    watcher = wishing(folder, lambda: leave_wish(folder, Wish.STOP))
    assert drilled(folder) == 2
    watcher.join()
    assert fed(folder).status() == "interrupted"
    (procedure, _) = sections(folder)["verdicts"]["both"]
    assert procedure["word"] == "not yet judged"
    assert _rows_of(folder) < _rows_of(whole)
    assert run(["drill", "resume", str(folder), "--live", "0"]) == 0
    # The row that says that it was stopped stays.
    left = [row for row in rows(folder) if "interrupted" not in row[1]]
    assert (left, images(folder)) == (rows(whole), images(whole))
    assert run(["evidence", "verify", str(folder), "--replay", "0"]) == 0


def test_a_run_that_waits_can_be_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "run"

    def pause_and_stop() -> None:
        leave_wish(folder, Wish.PAUSE)
        until(lambda: wish_of(folder) is Wish.PAUSED)
        leave_wish(folder, Wish.STOP)

    watcher = wishing(folder, pause_and_stop)
    assert drilled(folder) == 2
    watcher.join()
    assert not (folder / WISH_NAME).exists()


def test_a_page_beside_the_run_changes_neither_ledger_nor_folder(
    whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    assert drilled(folder, "--live", "0") == 0
    assert (rows(folder), images(folder)) == (rows(whole), images(whole))
    names = {each.name for each in folder.iterdir()}
    assert names == {each.name for each in whole.iterdir()}
