"""The firmware writes the answers to CS02 commands octet for octet as gbcs does."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.payloads.alerts import AlertCode, dlms_alert, gbz_alert
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport, RoleCredentials
from firmware_sim.gbcs.payloads.update_credentials import (
    Control,
    ExecutionOutcome,
    UpdateAlert,
    UpdateResponse,
)
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from tests.board.language_in_c import LanguageInC
from tests.gbcs import payload_strategies as some

_ANY_FIXTURE = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_TOP_UP = (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 9),)


def control_for(outcome: ExecutionOutcome, *, own: bool) -> Control:
    """A control that asks for the changes of an outcome, the first as its own floor perhaps."""
    change = outcome.changes[0] if own else None
    return Control(
        outcome.mode,
        outcome.counter,
        floor=None if change is None else change.floor,
        specialist_floors=None if change is None else change.specialist_floors,
        other_changes=outcome.changes[own:],
    )


@_ANY_FIXTURE
@given(outcome=some.executions, own=st.booleans(), time=some.times, code=st.integers(0, 0xFFFF))
def test_execution_outcomes_are_written_alike_in_c_and_python(
    language: LanguageInC, outcome: ExecutionOutcome, own: bool, time: datetime, code: int
) -> None:
    assume(not own or outcome.changes)
    control = control_for(outcome, own=own)
    response = UpdateResponse(outcome).encode()
    assert language.update_response(outcome, control) == response
    alert = UpdateAlert(code, time, outcome).encode()
    assert language.update_alert(code, time, outcome, control) == alert


def test_response_without_an_outcome_is_written_alike_in_c_and_python(
    language: LanguageInC,
) -> None:
    assert (
        language.update_response(None, Control(ReplacementMode.ACB_BY_ACB, 1))
        == UpdateResponse().encode()
    )


def test_response_that_does_not_fit_its_buffer_is_reported(language: LanguageInC) -> None:
    rule = REPLACEMENT_RULES[ReplacementMode.SUPPLIER_BY_SUPPLIER]
    change = FloorChange(rule.authorising_role, 300, _TOP_UP)
    outcome = ExecutionOutcome(5, rule.mode, (change,) * 12, ())
    control = control_for(outcome, own=True)
    whole = UpdateResponse(outcome).encode()
    assert language.update_response(outcome, control, room=len(whole)) == whole
    for room in range(len(whole)):
        assert language.update_response(outcome, control, room=room) is None


@_ANY_FIXTURE
@given(
    roles=st.lists(
        st.builds(
            RoleCredentials,
            some.roles,
            st.just(StatusCode.SUCCESS),
            some.numbers,
            st.lists(some.contents, max_size=6).map(tuple),
        )
        | st.builds(
            RoleCredentials,
            some.roles,
            st.sampled_from([*StatusCode][1:]),
            st.none(),
            st.none(),
        ),
        max_size=6,
    )
)
def test_credentials_reports_are_written_alike_in_c_and_python(
    language: LanguageInC, roles: list[RoleCredentials]
) -> None:
    assert language.credentials_report(roles) == CredentialsReport(tuple(roles)).encode()


@given(
    counter=st.integers(0, 2**64 - 1),
    stamp=st.binary(min_size=12, max_size=12),
    seconds=st.integers(0, 253_402_300_799),
)
@_ANY_FIXTURE
def test_critical_alerts_are_written_alike_in_c_and_python(
    language: LanguageInC, counter: int, stamp: bytes, seconds: int
) -> None:
    code = AlertCode.SOURCE_LACKS_AUTHORITY
    assert language.dlms_alert(code, counter, stamp) == dlms_alert(code, counter, stamp)
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert language.gbz_alert(code, seconds) == gbz_alert(code, at)
