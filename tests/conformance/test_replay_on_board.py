"""Every pair of the reference set that a board can be brought into the state of."""

from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.policy import Policy

BOARD = "board:mps2-an385"

# What a simulated device is given from outside, a board cannot be: the reason for each.
REASONS = {"a board takes no fault that no message brings about"}


@pytest.mark.usefixtures("emulated_board_tools")
def test_the_board_answers_as_published(rtds: Path) -> None:
    result = run_conformance(
        locate(rtds), strict=False, policy=Policy(), progress=Silent(), target=BOARD
    ).replay
    assert result.differ == []
    assert len(result.matched) >= 22
    assert len(result.unsupported) <= 1
    for finding in result.unsupported:
        assert finding.reason.removeprefix("cannot be staged: ") in REASONS
    # Each mode of CS02b, and every other use case, was seen on the board.
    use_cases = {result.use_cases[name] for name in result.matched}
    assert use_cases >= set(result.use_cases.values()) - {
        result.use_cases[finding.name] for finding in result.unsupported
    }


def test_replay_on_a_board_at_a_broker_is_refused(rtds: Path) -> None:
    with pytest.raises(UsageError, match="replays nothing"):
        run_conformance(
            locate(rtds), strict=False, policy=Policy(), progress=Silent(), target="mqtt"
        )


def test_a_board_replays_by_the_default_policy(rtds: Path) -> None:
    other = Policy.from_choices({"refusal_alerts": "silence"})
    with pytest.raises(UsageError, match="default policy"):
        run_conformance(locate(rtds), strict=False, policy=other, progress=Silent(), target=BOARD)
