"""Typed payloads as the plain values that asn1tools makes of `credentials.asn`.

asn1tools must only be given octets that are known to be well formed: version 0.169 does not
come back from an inner length that overruns its SEQUENCE OF.
"""

from datetime import UTC
from pathlib import Path
from typing import Any

import asn1tools

from firmware_sim.gbcs.payloads.floors import FloorChange, SpecialistFloor
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery, CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    UpdateAlert,
    UpdateCommand,
    UpdateResponse,
)
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId

Values = Any

SCHEMA = asn1tools.compile_files([str(Path(__file__).with_name("credentials.asn"))], "der")

TYPE_NAMES = {
    CredentialsQuery: "Query",
    CredentialsReport: "Report",
    UpdateCommand: "Command",
    UpdateResponse: "Response",
    UpdateAlert: "Alert",
}

_USAGE_BITS = {
    KeyUsage.DIGITAL_SIGNATURE: (b"\x80", 1),
    KeyUsage.KEY_AGREEMENT: (b"\x08", 5),
    KeyUsage.KEY_CERT_SIGN: (b"\x04", 6),
}


def decoded(kind: type, octets: bytes) -> Values:
    """What asn1tools reads."""
    values = SCHEMA.decode(TYPE_NAMES[kind], octets)
    # asn1tools leaves the zone out; GeneralizedTime in DER is UTC (X.690 11.7.1).
    if isinstance(values, dict) and "execution" in values:
        values["execution"] = values["execution"].replace(tzinfo=UTC)
    return values


def encoded(kind: type, values: Values) -> bytes:
    """What asn1tools writes."""
    return bytes(SCHEMA.encode(TYPE_NAMES[kind], values))


def values_of(payload: object) -> Values:
    """The typed payload in asn1tools' terms."""
    match payload:
        case CredentialsQuery(cell, roles):
            return {"authorising": _cell(cell), "roles": [int(role) for role in roles]}
        case CredentialsReport(roles):
            return [_details(role) for role in roles]
        case UpdateCommand():
            return _command(payload)
        case UpdateResponse(ExecutionOutcome() as outcome):
            return {"accepted": None, "outcome": _execution(outcome)}
        case UpdateResponse():
            return {"accepted": None}
        case UpdateAlert(code, execution, outcome):
            return {"code": code, "execution": execution, "outcome": _execution(outcome)}
    raise AssertionError(type(payload))


def _cell(cell: TrustAnchorCellId) -> Values:
    return {
        "role": int(cell.role),
        "keyUsage": _USAGE_BITS[cell.key_usage],
        "cellUsage": int(cell.cell_usage),
    }


def _details(role: Any) -> Values:
    cells = (
        None
        if role.cells is None
        else [
            {
                "keyUsage": _USAGE_BITS[cell.key_usage],
                "cellUsage": int(cell.cell_usage),
                "subjectId": cell.subject_unique_id,
                "keyIdentifier": cell.subject_key_identifier,
            }
            for cell in role.cells
        ]
    )
    return _present(
        role=int(role.role), status=role.status.label, counter=role.counter, cells=cells
    )


def _command(command: UpdateCommand) -> Values:
    control = command.control
    return _present(
        control=_present(
            mode=int(control.mode),
            symmetricKey=control.symmetric_key,
            timeChecks=int(not control.time_checks),
            authorising=control.authorising_cell and _cell(control.authorising_cell),
            counter=control.counter,
            floor=control.floor,
            specialist=_specialist(control.specialist_floors),
            changes=None
            if control.other_changes is None
            else list(map(_change, control.other_changes)),
        ),
        replacements=[
            {"certificate": SCHEMA.decode("Opaque", item.certificate), "cell": _cell(item.cell)}
            for item in command.replacements
        ],
        path=[SCHEMA.decode("Opaque", octets) for octets in command.path],
        execution=command.execution,
    )


def _execution(outcome: ExecutionOutcome) -> Values:
    return {
        "counter": outcome.counter,
        "mode": int(outcome.mode),
        "changes": list(map(_change, outcome.changes)),
        "outcomes": [
            {
                "cell": _cell(item.cell),
                "status": item.status.label,
                "existingSubjectId": item.existing_subject_id,
                "existingKeyIdentifier": item.existing_key_identifier,
                "replacingSubjectId": item.replacing_subject_id,
                "replacingKeyIdentifier": item.replacing_key_identifier,
            }
            for item in outcome.outcomes
        ],
    }


def _change(change: FloorChange) -> Values:
    return _present(
        role=int(change.role),
        floor=change.floor,
        specialist=_specialist(change.specialist_floors),
    )


def _specialist(floors: tuple[SpecialistFloor, ...] | None) -> Values:
    if floors is None:
        return None
    return [{"usage": int(item.usage), "floor": item.floor} for item in floors]


def _present(**fields: Values) -> Values:
    return {name: value for name, value in fields.items() if value is not None}
