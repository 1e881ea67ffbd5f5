"""One verdict from many; nothing that did not run is green."""

import pytest

from firmware_sim.bench.outcome import Outcome, Verdict

P, F, E, S = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.SKIPPED


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ([P, P], Outcome.PASSED),
        ([P, S], Outcome.PASSED),
        ([P, F], Outcome.FAILED),
        ([F, E, P], Outcome.ERROR),
        ([S, S], Outcome.NOTHING_RAN),
        ([], Outcome.NOTHING_RAN),
    ],
)
def test_the_worst_verdict_decides_the_outcome(verdicts: list[Verdict], outcome: Outcome) -> None:
    assert Outcome.of(verdicts) is outcome


def test_exit_codes_agree_with_those_of_pytest() -> None:
    # pytest.ExitCode: OK 0, TESTS_FAILED 1, INTERRUPTED 2, INTERNAL_ERROR 3, NO_TESTS_COLLECTED 5
    assert {outcome: int(outcome.exit_code) for outcome in Outcome} == {
        Outcome.PASSED: pytest.ExitCode.OK,
        Outcome.FAILED: pytest.ExitCode.TESTS_FAILED,
        Outcome.INTERRUPTED: pytest.ExitCode.INTERRUPTED,
        Outcome.ERROR: pytest.ExitCode.INTERNAL_ERROR,
        Outcome.NOTHING_RAN: pytest.ExitCode.NO_TESTS_COLLECTED,
    }
