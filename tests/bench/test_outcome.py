"""One verdict from many; nothing that did not run is green."""

import pytest

from firmware_sim.bench.outcome import (
    DevicesVerdict,
    ExitCode,
    Outcome,
    ProcedureVerdict,
    RunVerdicts,
    Verdict,
)

P, F, E, S = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.SKIPPED


@pytest.mark.parametrize(
    ("verdicts", "outcome", "devices"),
    [
        ([P, P], Outcome.PASSED, DevicesVerdict.RIGHT),
        ([P, S], Outcome.PASSED, DevicesVerdict.RIGHT),
        ([P, F], Outcome.FAILED, DevicesVerdict.WRONG),
        ([F, E, P], Outcome.ERROR, DevicesVerdict.UNKNOWN),
        ([S, S], Outcome.NOTHING_RAN, DevicesVerdict.NOT_ASKED),
        ([], Outcome.NOTHING_RAN, DevicesVerdict.NOT_ASKED),
    ],
)
def test_the_worst_verdict_decides_the_outcome(
    verdicts: list[Verdict], outcome: Outcome, devices: DevicesVerdict
) -> None:
    assert Outcome.of(verdicts) is outcome
    assert DevicesVerdict.of(verdicts) is devices


@pytest.mark.parametrize(
    ("devices", "codes"),
    [
        # not judged, nothing to follow, followed, not followed
        (DevicesVerdict.RIGHT, (0, 0, 0, 6)),
        (DevicesVerdict.WRONG, (1, 1, 1, 1)),
        (DevicesVerdict.UNKNOWN, (3, 3, 3, 3)),
        (DevicesVerdict.NOT_ASKED, (5, 5, 0, 6)),
    ],
)
def test_two_verdicts_give_one_exit_code(devices: DevicesVerdict, codes: tuple[int, ...]) -> None:
    procedures = (
        None,
        ProcedureVerdict.NOTHING_TO_FOLLOW,
        ProcedureVerdict.FOLLOWED,
        ProcedureVerdict.NOT_FOLLOWED,
    )
    verdicts = [RunVerdicts(procedure, devices) for procedure in procedures]
    assert tuple(int(each.outcome.exit_code) for each in verdicts) == codes


def test_a_step_that_found_no_device_is_not_green_whatever_the_others_did() -> None:
    followed = RunVerdicts(
        ProcedureVerdict.FOLLOWED, DevicesVerdict.RIGHT, step_without_device=True
    )
    broken = followed._replace(procedure=ProcedureVerdict.NOT_FOLLOWED)
    assert followed.outcome.exit_code is ExitCode.NOTHING_RAN
    assert broken.outcome.exit_code is ExitCode.PROCEDURE_NOT_FOLLOWED


def test_exit_codes_agree_with_those_of_pytest() -> None:
    # pytest.ExitCode: OK 0, TESTS_FAILED 1, INTERRUPTED 2, INTERNAL_ERROR 3, NO_TESTS_COLLECTED 5
    assert {outcome: int(outcome.exit_code) for outcome in Outcome} == {
        Outcome.PASSED: pytest.ExitCode.OK,
        Outcome.FAILED: pytest.ExitCode.TESTS_FAILED,
        Outcome.INTERRUPTED: pytest.ExitCode.INTERRUPTED,
        Outcome.ERROR: pytest.ExitCode.INTERNAL_ERROR,
        Outcome.NOTHING_RAN: pytest.ExitCode.NO_TESTS_COLLECTED,
        Outcome.PROCEDURE_NOT_FOLLOWED: 6,  # pytest has none
    }
