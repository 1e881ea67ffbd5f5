"""A fleet that waited, or was stopped and resumed, has the results that nothing disturbed."""

from pathlib import Path

import pytest

from firmware_sim.bench.evidence.wishes import WISH_NAME, Wish, leave_wish, wish_of
from firmware_sim.bench.experiments.fleet.recorded_fleet import STOPPED, contents_of, run_state
from tests.bench.experiments.fleet.programs import (
    ended,
    killed_at_last,
    results,
    shards_in,
    start,
    story_in,
    until,
)
from tests.bench.live.played import fed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story_in(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def undisturbed(story: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return results(start(tmp_path_factory.mktemp("fleet") / "run", story))


def test_a_fleet_that_waits_was_stopped_and_goes_on_has_the_same_results(
    story: Path, undisturbed: str, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    run = start(folder, story, "--workers", "1", "--live", "0")
    with killed_at_last(run):
        until(lambda: shards_in(folder) > 1)
        leave_wish(folder, Wish.PAUSE)
        until(lambda: wish_of(folder) is Wish.PAUSED)
        there = shards_in(folder)
        feed = fed(folder)
        assert feed.status() == "paused"
        leave_wish(folder, Wish.STOP)
        assert feed.status() == "stopping"
        code, out, err = ended(run)
    assert (code, out) == (2, "")
    assert "http://127.0.0.1:" in err
    assert "Traceback" not in err
    # What ran when the wish came was written; nothing began while it waited.
    assert 1 < there == shards_in(folder) < 20
    assert not (folder / WISH_NAME).exists()
    feed._asked = feed._grown = 0
    assert feed.status() == "interrupted"
    # Whoever comes later, and has seen nothing of it, reads that it was stopped.
    assert fed(folder).status() == "interrupted"
    assert run_state(folder, contents_of(folder)) == STOPPED
    assert results(start(folder, story, "--resume", "--live", "0")) == undisturbed
    assert fed(folder).status() == "over"


def test_a_fleet_that_is_paused_goes_on_by_itself_when_the_wish_is_gone(
    story: Path, undisturbed: str, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    run = start(folder, story)
    with killed_at_last(run):
        until(lambda: shards_in(folder) > 0)
        leave_wish(folder, Wish.PAUSE)
        until(lambda: wish_of(folder) is Wish.PAUSED)
        leave_wish(folder, None)
        assert results(run) == undisturbed


def test_a_fleet_that_was_stopped_in_its_governance_drill_begins_anew(
    story: Path, undisturbed: str, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    run = start(folder, story)

    def stop() -> bool:
        """Again and again: the run takes away what stood there before it began."""
        if folder.is_dir():
            leave_wish(folder, Wish.STOP)
        return run.poll() is not None

    with killed_at_last(run):
        until(stop)
        code, _, err = ended(run)
    leave_wish(folder, None)
    assert code == 2, err
    assert shards_in(folder) == 0
    assert fed(folder).status() == "interrupted"
    assert results(start(folder, story, "--resume")) == undisturbed
