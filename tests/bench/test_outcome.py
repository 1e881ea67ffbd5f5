"""One verdict from many; nothing that did not run is green."""

import pytest

from firmware_sim.bench.outcome import (
    Declared,
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
    ("verdicts", "outcome"),
    [
        ([P, S], Outcome.PASSED),
        ([F, E, P], Outcome.FAILED),
        ([E, S, P], Outcome.ERROR),
        ([S, S], Outcome.NOTHING_RAN),
    ],
)
def test_of_checks_by_themselves_one_that_failed_is_not_hidden_by_an_error(
    verdicts: list[Verdict], outcome: Outcome
) -> None:
    assert Outcome.of_checks(verdicts) is outcome


@pytest.mark.parametrize(
    ("devices", "codes"),
    [
        # not judged, nothing to follow, followed, not followed
        (DevicesVerdict.RIGHT, (0, 0, 0, 6)),
        (DevicesVerdict.WRONG, (1, 1, 1, 1)),
        (DevicesVerdict.NOT_AS_DECLARED, (1, 1, 1, 1)),
        (DevicesVerdict.UNKNOWN, (3, 3, 3, 3)),
        (DevicesVerdict.NOT_ASKED, (5, 5, 5, 6)),
        (DevicesVerdict.OUTSTANDING, (5, 5, 5, 6)),
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
        Outcome.OUTSTANDING: pytest.ExitCode.NO_TESTS_COLLECTED,
        Outcome.NOT_AS_DECLARED: pytest.ExitCode.TESTS_FAILED,
    }


@pytest.mark.parametrize(
    ("ending", "devices"),
    [
        (Outcome.PASSED, (DevicesVerdict.RIGHT, DevicesVerdict.WRONG)),
        (Outcome.ERROR, (DevicesVerdict.UNKNOWN, DevicesVerdict.UNKNOWN)),
        (Outcome.INTERRUPTED, (DevicesVerdict.UNKNOWN, DevicesVerdict.WRONG)),
        (None, (DevicesVerdict.UNKNOWN, DevicesVerdict.WRONG)),
    ],
)
def test_of_a_run_that_did_not_come_to_its_end_nothing_is_right(
    ending: Outcome | None, devices: tuple[DevicesVerdict, ...]
) -> None:
    before = (DevicesVerdict.RIGHT, DevicesVerdict.WRONG)
    assert tuple(each.at_end(ending) for each in before) == devices


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ((ProcedureVerdict.FOLLOWED, DevicesVerdict.OUTSTANDING), 0),
        ((ProcedureVerdict.FOLLOWED, DevicesVerdict.RIGHT), 1),
        ((ProcedureVerdict.NOTHING_TO_FOLLOW, DevicesVerdict.OUTSTANDING), 1),
        ((ProcedureVerdict.NOT_FOLLOWED, DevicesVerdict.OUTSTANDING), 6),
        ((ProcedureVerdict.FOLLOWED, DevicesVerdict.WRONG), 1),
        ((ProcedureVerdict.FOLLOWED, DevicesVerdict.UNKNOWN), 3),
        ((ProcedureVerdict.FOLLOWED, DevicesVerdict.NOT_ASKED), 1),
    ],
)
def test_what_is_declared_is_good_and_all_else_is_not(
    found: tuple[ProcedureVerdict, DevicesVerdict], code: int
) -> None:
    declared = Declared(ProcedureVerdict.FOLLOWED, DevicesVerdict.OUTSTANDING)
    assert RunVerdicts(*found, declared=declared).outcome.exit_code == code


def test_no_device_asked_is_good_if_that_is_declared_even_in_a_step_for_devices() -> None:
    found = RunVerdicts(
        ProcedureVerdict.NOTHING_TO_FOLLOW, DevicesVerdict.NOT_ASKED, step_without_device=True
    )
    assert found.outcome is Outcome.NOTHING_RAN
    declared = found._replace(declared=Declared(devices=DevicesVerdict.NOT_ASKED))
    assert declared.outcome is Outcome.PASSED
