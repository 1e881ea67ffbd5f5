"""Every pair of the reference set that firmware can be brought into the state of."""

from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.result import ConformanceResult, ReplayResult
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.policy import Policy
from tests.requirements import require_engine

BOARD = "board:mps2-an385"

# What a simulated device is given from outside, firmware cannot be: the reason for each.
REASONS = {"only the device in Python takes a fault that no message brings about"}


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
    check_use_cases(result)


def test_the_native_engine_answers_as_published(rtds: Path, result: ConformanceResult) -> None:
    """As the device in Python does, in all but the pair that needs a fault."""
    require_engine()
    native = run_conformance(
        locate(rtds), strict=False, policy=Policy(), progress=Silent(), target="native"
    )
    unsupported = {finding.name for finding in native.replay.unsupported}
    assert native.replay.differ == native.replay.broken == []
    assert unsupported == result.replay.injected_faults.keys()
    assert set(native.replay.matched) == set(result.replay.matched) - unsupported
    assert native.replay.macs_equal == result.replay.macs_equal
    check_use_cases(native.replay)


def check_use_cases(result: ReplayResult) -> None:
    # Each mode of CS02b, and every other use case, was seen on the firmware.
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
