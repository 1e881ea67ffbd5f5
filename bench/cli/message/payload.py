"""What stands in a payload, as plain values; opaque where the use case is not one of ours.

The Contingency Symmetric Key, which travels in clear, is never among them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import IntEnum
from typing import Final

from firmware_sim.bench.cli.message.use_payload import Opener, closed, use_fields
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.certification_request import parse_certification_request
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.activation import (
    ActivationAlert,
    ActivationCommand,
    ActivationOutcome,
    ActivationResponse,
)
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.payloads.device_certificates import (
    CertificateCommand,
    InstallResponse,
    IssueResponse,
    KeyUsageQuery,
    ProvideResponse,
)
from firmware_sim.gbcs.payloads.floors import FloorChange, SpecialistFloor
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery, CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    UpdateAlert,
    UpdateCommand,
    UpdateResponse,
)
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RULES_BY_CODE, ReplacementMode
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import (
    CS02A,
    CS02B_FUTURE_DATED_ALERT,
    CS02C,
    CS02D,
    CS02E,
    CS02F,
    CS02G_FUTURE_DATED_ALERT,
    CS06,
    CS06_FUTURE_DATED_ALERT,
    GENERIC_CRITICAL_ALERT,
)
from firmware_sim.gbcs.uses import USES

Fields = dict[str, object]
_Reader = Callable[[bytes], Fields]

_CONTINGENCY = REPLACEMENT_RULES[ReplacementMode.ANY_BY_CONTINGENCY].code


def payload_fields(message: Message, opener: Opener = closed) -> Fields:
    """The payload by its use case or its language; its length and hex if we read neither.

    Args:
        opener: opens the encrypted items in it.

    Raises:
        RemoteError: it is not what the use case says.
    """
    reader = reader_of(message.cra, message.code)
    if reader is not None:
        return reader(message.payload)
    try:
        fields = use_fields(message, opener)
    except RemoteError:
        if message.code in USES:
            raise
        fields = None  # of a use case that no device here carries out, it may be anything
    return opaque_fields(message) if fields is None else fields


def reader_of(cra: CraFlag, code: MessageCode) -> _Reader | None:
    """What reads such a payload; None if it is opaque here."""
    if code in RULES_BY_CODE:
        return {CraFlag.COMMAND: _update, CraFlag.RESPONSE: _update_response}.get(cra)
    return _READERS.get((cra, code))


def opaque_fields(message: Message) -> Fields:
    """The payload as hex; without it where the Contingency Symmetric Key may be in it."""
    length = {"opaque_octets": len(message.payload)}
    if (message.cra, message.code) == (CraFlag.COMMAND, _CONTINGENCY):
        return {**length}
    return {**length, "hex": message.payload.hex()}


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
        "replacements": [
            {"cell": str(each.cell), **certificate_fields(each.certificate)}
            for each in command.replacements
        ],
        "path_certificates": len(command.path),
        "execution": None if command.execution is None else _execution(command.execution),
    }
    return {name: value for name, value in fields.items() if value not in (None, {})}


def _execution(at: datetime) -> str:
    return "never: cancels what waits" if at == NEVER else at.isoformat()


def certificate_fields(octets: bytes) -> Fields:
    """A certificate in few words: whose it is, its key, its length."""
    try:
        certificate = parse_certificate(octets)
    except RemoteError as error:
        return {"certificate": f"does not parse: {error.reason}"}
    fields: Fields = {
        "subject": in_one_line(str(certificate.subject)),
        "key_identifier": certificate.key_identifier.hex(),
        "octets": len(octets),
    }
    # A Device Certificate has an empty subject: the Device stands in its subjectAltName.
    if certificate.device_entity_id is not None:
        fields["device"] = str(certificate.device_entity_id)
    return fields


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


def _usage_query(payload: bytes) -> Fields:
    names = {usage.value: usage.label for usage in KeyUsage}
    bits = sorted(KeyUsageQuery.decode(payload).usages)
    return {"key_usage": [names.get(bit, f"bit {bit}") for bit in bits]}


def _issued(payload: bytes) -> Fields:
    result = IssueResponse.decode(payload).result
    if isinstance(result, IntEnum):
        return {"code": _coded(result)}
    request = parse_certification_request(result)
    return {
        "request_for": str(request.entity_id),
        "key_usage": request.key_usage.label,
        "hardware_type": request.hardware_type,
        "octets": len(result),
    }


def _brought(payload: bytes) -> Fields:
    return certificate_fields(CertificateCommand.decode(payload).certificate)


def _installed(payload: bytes) -> Fields:
    return {"code": _coded(InstallResponse.decode(payload).code)}


def _provided(payload: bytes) -> Fields:
    result = ProvideResponse.decode(payload).result
    return {"code": _coded(result)} if isinstance(result, IntEnum) else certificate_fields(result)


def _coded(code: IntEnum) -> str:
    return f"{int(code)} {code.name.lower().replace('_', ' ')}"


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


def _activation(payload: bytes) -> Fields:
    command = ActivationCommand.decode(payload)
    fields: Fields = {"image_hash": command.image_hash.hex(), "counter": command.counter}
    if command.execution is not None:
        fields["execution"] = _execution(command.execution)
    return fields


def _activation_response(payload: bytes) -> Fields:
    outcome = ActivationResponse.decode(payload).outcome
    return {"accepted": "for later"} if outcome is None else _activation_outcome(outcome)


def _activation_alert(payload: bytes) -> Fields:
    alert = ActivationAlert.decode(payload)
    return {
        "alert": f"{alert.code:04x}",
        "execution": alert.execution.isoformat(),
        "counter": alert.counter,
        **_activation_outcome(alert.outcome),
    }


def _activation_outcome(outcome: ActivationOutcome) -> Fields:
    label = outcome.code.name.lower().replace("_", " ")
    return {"code": f"{int(outcome.code)} {label}", "firmware_version": outcome.version.hex()}


_READERS: Final[Mapping[tuple[CraFlag, MessageCode], _Reader]] = {
    (CraFlag.COMMAND, CS06): _activation,
    (CraFlag.RESPONSE, CS06): _activation_response,
    (CraFlag.ALERT, CS06_FUTURE_DATED_ALERT): _activation_alert,
    (CraFlag.COMMAND, CS02A): _query,
    (CraFlag.RESPONSE, CS02A): _report,
    (CraFlag.COMMAND, CS02F): _query,
    (CraFlag.RESPONSE, CS02F): _report,
    (CraFlag.COMMAND, CS02C): _usage_query,
    (CraFlag.RESPONSE, CS02C): _issued,
    (CraFlag.COMMAND, CS02D): _brought,
    (CraFlag.RESPONSE, CS02D): _installed,
    (CraFlag.COMMAND, CS02E): _usage_query,
    (CraFlag.RESPONSE, CS02E): _provided,
    (CraFlag.ALERT, CS02B_FUTURE_DATED_ALERT): _update_alert,
    (CraFlag.ALERT, CS02G_FUTURE_DATED_ALERT): _update_alert,
    (CraFlag.ALERT, GENERIC_CRITICAL_ALERT): _critical_alert,
}
