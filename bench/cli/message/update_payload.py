"""CS02b and CS02g as plain values: what is replaced, and what became of it.

The Contingency Symmetric Key, which travels in clear, is never among them.
"""

from collections.abc import Mapping

from firmware_sim.bench.cli.message.certificate_payload import certificate_fields
from firmware_sim.bench.cli.message.payload_words import Fields, execution_words
from firmware_sim.gbcs.payloads.floors import FloorChange, SpecialistFloor
from firmware_sim.gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    UpdateAlert,
    UpdateCommand,
    UpdateResponse,
)


def update_fields(payload: bytes) -> Fields:
    """A command's payload."""
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
        "execution": None if command.execution is None else execution_words(command.execution),
    }
    return {name: value for name, value in fields.items() if value not in (None, {})}


def update_response_fields(payload: bytes) -> Fields:
    """A response's payload."""
    outcome = UpdateResponse.decode(payload).outcome
    if outcome is None:
        return {"accepted": "nothing executed yet, or another command cancelled"}
    return _outcome(outcome)


def update_alert_fields(payload: bytes) -> Fields:
    """The payload of the alert after a future-dated command."""
    alert = UpdateAlert.decode(payload)
    return {
        "alert": f"{alert.alert_code:04x}",
        "execution": alert.execution.isoformat(),
        **_outcome(alert.outcome),
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
