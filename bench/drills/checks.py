"""What an answer should say, compared with what it says: pure, device by device."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from firmware_sim.bench.drills.selection import cell_order
from firmware_sim.bench.drills.step_log import CellIdentifiers, StepFinding
from firmware_sim.bench.dut.target import Seen
from firmware_sim.bench.evidence.step_words import REFUSED
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import (
    Control,
    ExecutionOutcome,
    ReplacementOutcome,
    UpdateResponse,
)
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.refusals import RefusalReason

Holdings = Mapping[TrustAnchorCellId, CellIdentifiers]

_OUTCOME: Final = "outcome of every cell"


def read_report(response: Message) -> CredentialsReport:
    """The report in a CS02a response.

    Raises:
        RemoteError: the payload is malformed, or one role is not reported with success.
    """
    report = CredentialsReport.decode(response.payload)
    for entry in report.roles:
        if entry.status is not StatusCode.SUCCESS:
            raise RemoteError(f"{entry.role.label} is reported as {entry.status.label}")
    return report


def reported_holdings(report: CredentialsReport) -> dict[TrustAnchorCellId, CellIdentifiers]:
    """What a CS02a report says of every cell."""
    return {
        TrustAnchorCellId(entry.role, cell.key_usage, cell.cell_usage): CellIdentifiers(
            cell.subject_unique_id, cell.subject_key_identifier
        )
        for entry in report.roles
        for cell in entry.cells or ()
    }


def image_holdings(
    cells: Mapping[TrustAnchorCellId, Cell],
) -> dict[TrustAnchorCellId, CellIdentifiers]:
    """What a flash image says of every cell, in the terms of a report."""
    return {
        cell: CellIdentifiers(bytes(record.unique_id), record.key_identifier)
        for cell, record in cells.items()
    }


def compare_keys(
    expected: Mapping[TrustAnchorCellId, bytes], cells: Mapping[TrustAnchorCellId, Cell]
) -> StepFinding:
    """Whether the flash image has the very keys that the identifiers stand for."""
    wrong = [cell for cell, record in cells.items() if expected.get(cell) != record.public_key]
    listed = ", ".join(map(str, sorted(wrong, key=cell_order)))
    reason = f"another public key: {listed}" if wrong else ""
    count = f"{len(expected)} public keys"
    return StepFinding("public keys in the flash image", not wrong, count, reason=reason)


def compare_holdings(
    name: str, expected: Holdings, actual: Holdings, likeness: str = "as the story says"
) -> StepFinding:
    """Whether exactly the expected cells are there, with the expected credentials.

    Args:
        likeness: what `expected` stands for, in words.
    """
    everywhere = set(expected) | set(actual)
    wrong = [cell for cell in everywhere if expected.get(cell) != actual.get(cell)]
    differing = sorted(wrong, key=cell_order)
    if not differing:
        return StepFinding(name, passed=True, expected=f"{len(expected)} cells {likeness}")
    return StepFinding(
        name,
        passed=False,
        expected=_listed(expected, differing),
        actual=_listed(actual, differing),
        reason=f"not {likeness}: " + ", ".join(map(str, differing)),
    )


def check_outcome(
    response: Message,
    control: Control,
    before: Sequence[Holdings],
    after: Holdings,
    statuses: Mapping[TrustAnchorCellId, StatusCode],
) -> StepFinding:
    """Whether a CS02b response reports for every cell what it must, from `before` to `after`.

    Cells are compared as a map: the order of outcomes is the device's own.

    Args:
        before: what cells may have held: more than one, if a command of which nothing was heard
            may have been carried out.
        statuses: of each cell that the command replaces; a cell without success holds the same
            before and after.
    """
    try:
        outcome = UpdateResponse.decode(response.payload).outcome
    except RemoteError as error:
        return StepFinding(_OUTCOME, passed=False, reason=str(error))
    if outcome is None:
        reason = "the response carries no execution outcome"
        return StepFinding(_OUTCOME, passed=False, reason=reason)
    return check_execution(outcome, control, before, after, statuses)


def check_stored(response: Message) -> StepFinding:
    """Whether a response says that the command waits, or has cancelled what waited."""
    name = "kept for later, or cancelled"
    try:
        outcome = UpdateResponse.decode(response.payload).outcome
    except RemoteError as error:
        return StepFinding(name, passed=False, reason=str(error))
    reason = "" if outcome is None else "the device carried it out at once"
    return StepFinding(name, not reason, "no execution outcome", reason=reason)


def check_execution(
    outcome: ExecutionOutcome,
    control: Control,
    before: Sequence[Holdings],
    after: Holdings,
    statuses: Mapping[TrustAnchorCellId, StatusCode],
) -> StepFinding:
    """The same of what a response, or an alert, reports; see `check_outcome`."""
    found = {item.cell: item for item in outcome.outcomes}
    wrong = sorted(
        (
            cell
            for cell in set(after) | set(found)
            if found.get(cell) not in [_outcome(cell, held, after, statuses) for held in before]
        ),
        key=cell_order,
    )
    reason = _wrong_head(outcome, control)
    if len(found) != len(outcome.outcomes):
        reason = reason or "a cell is reported twice"
    if wrong:
        reason = reason or "not replaced as commanded: " + ", ".join(map(str, wrong))
    expected = _wanted(statuses)
    actual = "; ".join(f"{cell}: {_status(found.get(cell))}" for cell in wrong) or expected
    passed = not reason
    return StepFinding(_OUTCOME, passed, expected=expected, actual=actual, reason=reason)


def check_refused(seen: Seen, allowed: Collection[RefusalReason]) -> StepFinding:
    """Whether a message met a refusal, for one of the reasons that the story allows."""
    expected = " or ".join(reason.label for reason in allowed)
    if seen.response is not None:
        return StepFinding(REFUSED, False, expected, "answered", "the device answered")
    if seen.refusal is None and seen.was_handled:
        return StepFinding(
            REFUSED, False, expected, "taken in hand", "the device did not refuse it"
        )
    if seen.refusal is None:
        return StepFinding(REFUSED, False, expected, "silence", "no sign that it was refused")
    actual = f"{seen.refusal.reason.label}: {seen.refusal.text}"
    wrong = "" if seen.refusal.reason in allowed else "refused for another reason"
    return StepFinding(REFUSED, not wrong, expected, actual, wrong)


def _outcome(
    cell: TrustAnchorCellId,
    before: Holdings,
    after: Holdings,
    statuses: Mapping[TrustAnchorCellId, StatusCode],
) -> ReplacementOutcome | None:
    if cell not in statuses:
        return None
    return ReplacementOutcome(cell, statuses[cell], *before[cell], *after[cell])


def _wanted(statuses: Mapping[TrustAnchorCellId, StatusCode]) -> str:
    """The statuses in words, cells without success by name."""
    others = {cell: status for cell, status in statuses.items() if status is not StatusCode.SUCCESS}
    listed = (f"{cell}: {others[cell].label}" for cell in sorted(others, key=cell_order))
    return "; ".join((f"{len(statuses) - len(others)} cells replaced", *listed))


def _wrong_head(outcome: ExecutionOutcome, control: Control) -> str:
    if (outcome.counter, outcome.mode) != (control.counter, control.mode):
        return "the outcome is of another command"
    if list(outcome.changes) != _asked_changes(control):
        return "the outcome lists other counter changes than were asked for"
    return ""


def _asked_changes(control: Control) -> list[FloorChange]:
    role: RemotePartyRole = REPLACEMENT_RULES[control.mode].authorising_role
    own = (
        []
        if control.floor is None
        else [FloorChange(role, control.floor, control.specialist_floors)]
    )
    return own + list(control.other_changes or ())


def _status(item: ReplacementOutcome | None) -> str:
    return "not reported" if item is None else item.status.label


def _listed(holdings: Holdings, cells: list[TrustAnchorCellId]) -> str:
    return "; ".join(f"{cell}: {holdings.get(cell, 'absent')}" for cell in cells)
