"""CS06 as plain values: firmware to activate, and what became of it."""

from firmware_sim.bench.cli.message.payload_words import Fields, coded, execution_words
from firmware_sim.gbcs.payloads.activation import (
    ActivationAlert,
    ActivationCommand,
    ActivationOutcome,
    ActivationResponse,
)


def activation_fields(payload: bytes) -> Fields:
    """A command's payload."""
    command = ActivationCommand.decode(payload)
    fields: Fields = {"image_hash": command.image_hash.hex(), "counter": command.counter}
    if command.execution is not None:
        fields["execution"] = execution_words(command.execution)
    return fields


def activation_response_fields(payload: bytes) -> Fields:
    """A response's payload."""
    outcome = ActivationResponse.decode(payload).outcome
    return {"accepted": "for later"} if outcome is None else _outcome_fields(outcome)


def activation_alert_fields(payload: bytes) -> Fields:
    """The payload of the alert after a future-dated activation."""
    alert = ActivationAlert.decode(payload)
    return {
        "alert": f"{alert.code:04x}",
        "execution": alert.execution.isoformat(),
        "counter": alert.counter,
        **_outcome_fields(alert.outcome),
    }


def _outcome_fields(outcome: ActivationOutcome) -> Fields:
    return {"code": coded(outcome.code), "firmware_version": outcome.version.hex()}
