"""What stands in a message, as plain values: one shape for the tree on screen and for JSON.

The Contingency Symmetric Key, which travels in clear, is never among them.
"""

from collections.abc import Callable, Mapping
from typing import Final

from gbcs.certificates import parse_certificate
from gbcs.errors import RemoteError
from gbcs.identifiers import CraFlag, MessageCode
from gbcs.message import Message, parse_message
from gbcs.payloads.alerts import AlertCode
from gbcs.payloads.floors import FloorChange, SpecialistFloor
from gbcs.payloads.security_credentials import CredentialsQuery, CredentialsReport
from gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    Replacement,
    UpdateAlert,
    UpdateCommand,
    UpdateResponse,
)
from gbcs.replacement import RULES_BY_CODE
from gbcs.roles import TrustAnchorCellId
from gbcs.times import decode_date_time
from gbcs.use_cases import (
    CS02A,
    CS02B_FUTURE_DATED_ALERT,
    GENERIC_CRITICAL_ALERT,
    use_case_name,
)

Fields = dict[str, object]

_CLOCK = {0: "reliable", 1: "invalid", 2: "unreliable"}


def headline(message: Message) -> str:
    """One line: ``CS02a Command, counter 7, 90b3… to 00db…``."""
    return (
        f"{use_case_name(message.code)} {message.cra.name.title()}, counter {message.counter}, "
        f"{message.originator} to {message.target}"
    )


def headline_of(octets: bytes) -> str:
    """As `headline`; of octets that are no message, their number."""
    try:
        return headline(parse_message(octets))
    except RemoteError:
        return f"{len(octets)} octets that are no message"


def message_fields(message: Message) -> Fields:
    """The envelope, and the payload where the project knows the use case."""
    fields: Fields = {
        "use_case": use_case_name(message.code),
        "code": f"{message.code:04x}",
        "kind": message.cra.name.title(),
        "originator": str(message.originator),
        "target": str(message.target),
        "counter": message.counter,
        "octets": len(message.build()),
        "signature": _presence(message.signature),
        "mac": "present" if message.mac is not None else "none",
    }
    if message.date_time:
        fields["time"] = _time(message.date_time)
    if message.supplementary is not None:
        fields["on_behalf_of"] = str(message.supplementary.party)
    fields["payload"] = payload_fields(message)
    return fields


def payload_fields(message: Message) -> Fields:
    """The payload by its use case; in hex if the use case is not one of ours.

    Raises:
        RemoteError: it is not what the use case says.
    """
    reader = _reader(message.cra, message.code)
    return {"hex": message.payload.hex()} if reader is None else reader(message.payload)


def _reader(cra: CraFlag, code: MessageCode) -> Callable[[bytes], Fields] | None:
    if code == CS02A:
        return {CraFlag.COMMAND: _query, CraFlag.RESPONSE: _report}.get(cra)
    if code in RULES_BY_CODE:
        return {CraFlag.COMMAND: _update, CraFlag.RESPONSE: _update_response}.get(cra)
    if cra is CraFlag.ALERT:
        return _ALERTS.get(code)
    return None


def _presence(signature: bytes | None) -> str:
    if signature is None:
        return "no field"
    return "present" if signature else "empty"


def _time(octets: bytes) -> str:
    try:
        at, status = decode_date_time(octets)
    except RemoteError as error:
        return f"{octets.hex()} ({error.reason})"
    return f"{at.isoformat()} (clock {_CLOCK.get(status, f'status {status:02x}')})"


def _query(payload: bytes) -> Fields:
    query = CredentialsQuery.decode(payload)
    return {
        "authorised_by": str(query.authorising_cell),
        "roles": [role.label for role in query.roles],
    }


def _report(payload: bytes) -> Fields:
    roles: Fields = {}
    for each in CredentialsReport.decode(payload).roles:
        answer: Fields = {"status": each.status.label}
        if each.counter is not None:
            answer["counter"] = each.counter
        for held in each.cells or ():
            cell = TrustAnchorCellId(each.role, held.key_usage, held.cell_usage)
            answer[str(cell)] = {
                "subject": held.subject_unique_id.hex(),
                "key_identifier": held.subject_key_identifier.hex(),
            }
        roles[each.role.label] = answer
    return roles


def _update(payload: bytes) -> Fields:
    command = UpdateCommand.decode(payload)
    control = command.control
    cell = control.authorising_cell
    fields: Fields = {
        "mode": f"{int(control.mode)} {control.mode.label}",
        "counter": control.counter,
        "authorised_by": None if cell is None else str(cell),
        "contingency_symmetric_key": "present" if control.symmetric_key else "none",
        "time_checks": control.time_checks,
        "floor": control.floor,
        "specialist_floors": _specialist(control.specialist_floors),
        "other_floors": _changes(control.other_changes),
        "replacements": {str(each.cell): _certificate(each) for each in command.replacements},
        "path_certificates": len(command.path),
        "execution": None if command.execution is None else command.execution.isoformat(),
    }
    return {name: value for name, value in fields.items() if value not in (None, {})}


def _certificate(replacement: Replacement) -> Fields:
    try:
        certificate = parse_certificate(replacement.certificate)
    except RemoteError as error:
        return {"certificate": f"does not parse: {error.reason}"}
    return {
        "subject": str(certificate.subject),
        "key_identifier": certificate.key_identifier.hex(),
        "octets": len(replacement.certificate),
    }


def _update_response(payload: bytes) -> Fields:
    outcome = UpdateResponse.decode(payload).outcome
    if outcome is None:
        return {"accepted": "nothing executed yet, or another command cancelled"}
    return _outcome(outcome)


def _update_alert(payload: bytes) -> Fields:
    alert = UpdateAlert.decode(payload)
    return {
        "alert": f"{alert.alert_code:04x}",
        "execution": alert.execution.isoformat(),
        **_outcome(alert.outcome),
    }


def _critical_alert(payload: bytes) -> Fields:
    """The alert code stands behind a fixed beginning, one for each application protocol."""
    at = {b"\x0f\x20": 9, b"\x01\x09": 3}.get(payload[:2])
    if at is None or len(payload) < at + 2:
        return {"hex": payload.hex()}
    code = int.from_bytes(payload[at : at + 2], "big")
    name = AlertCode(code).name.lower().replace("_", " ") if code in _ALERT_CODES else "unknown"
    return {"alert": f"{code:04x} {name}", "hex": payload.hex()}


_ALERT_CODES: Final = frozenset(AlertCode)
_ALERTS: Final[Mapping[int, Callable[[bytes], Fields]]] = {
    CS02B_FUTURE_DATED_ALERT: _update_alert,
    MessageCode(0x0124): _update_alert,
    GENERIC_CRITICAL_ALERT: _critical_alert,
}


def _outcome(outcome: ExecutionOutcome) -> Fields:
    return {
        "mode": f"{int(outcome.mode)} {outcome.mode.label}",
        "counter": outcome.counter,
        "floors": _changes(outcome.changes),
        "cells": {
            str(each.cell): {
                "status": each.status.label,
                "before": _holding(each.existing_subject_id, each.existing_key_identifier),
                "after": _holding(each.replacing_subject_id, each.replacing_key_identifier),
            }
            for each in outcome.outcomes
        },
    }


def _holding(subject: bytes, key_identifier: bytes) -> str:
    return f"subject {subject.hex()}, key {key_identifier.hex()}"


def _changes(changes: tuple[FloorChange, ...] | None) -> Mapping[str, object]:
    return {
        each.role.label: {"floor": each.floor, **_specialist(each.specialist_floors)}
        for each in changes or ()
    }


def _specialist(floors: tuple[SpecialistFloor, ...] | None) -> dict[str, int]:
    return {each.usage.name.lower(): each.floor for each in floors or ()}
