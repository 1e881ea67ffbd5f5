"""What the live page costs is measured beside a run that goes to its end."""

import json

import pytest

from firmware_sim.bench.cli.live_page import decoded
from firmware_sim.bench.cli.main import run
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.live.benchmark import MOST_UPDATES, measure_live

pytestmark = pytest.mark.slow


def test_a_drill_is_watched_from_its_first_row_to_its_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["bench", "live", "--devices", "9", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["story"], found["devices"]) == ("partial-failure", 9)
    assert found["rows"] > 1000
    assert 0 < found["cpu_seconds"] <= found["seconds"]
    assert 0 < found["most_updates"] <= MOST_UPDATES


def test_a_run_that_does_not_begin_is_an_error_and_no_measurement() -> None:
    with pytest.raises(BenchError, match="did not end"):
        measure_live(["drill", "run", "no-such-story"], decoded)
