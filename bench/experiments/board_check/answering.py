"""Whether responses and alerts are the device's own: signed by it, about what was asked."""

from collections.abc import Iterator, Mapping

from firmware_sim.bench.commands.responses import check_signature, response_to
from firmware_sim.bench.experiments.board_check.meter import (
    SUITE,
    CheckedMeter,
    alerts_in,
    response_in,
)
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.alerts import dlms_alert
from firmware_sim.gbcs.use_cases import GENERIC_CRITICAL_ALERT
from firmware_sim.machine.refusals import ALERTS, RefusalReason

_STAMP_OCTETS = 12


def answer(meter: CheckedMeter, commands: Mapping[str, Message]) -> Iterator[str]:
    """Send commands that are carried out; the key is the command in words."""
    for what, command in commands.items():
        octets = response_in(meter.send(command))
        if octets is None:
            yield f"{what} was not answered"
            continue
        try:
            check_signature(response_to(command, octets), meter.contact, SUITE)
        except RemoteError as error:
            yield f"the response to {what}: {error}"


def alert(
    meter: CheckedMeter, recipient: EntityId, commands: Mapping[RefusalReason, Message]
) -> Iterator[str]:
    """Send commands that are refused for the first time, each for its reason."""
    for reason, command in commands.items():
        alerts = alerts_in(meter.send(command))
        if len(alerts) != 1:
            yield f"{reason.label}: {len(alerts) or 'no'} alerts came, not one"
            continue
        message = parse_message(alerts[0])
        try:
            check_signature(message, meter.contact, SUITE)
        except RemoteError as error:
            yield f"{reason.label}: the alert: {error}"
        stamp = message.payload[-_STAMP_OCTETS:]
        if (message.code, message.target, message.payload) != (
            GENERIC_CRITICAL_ALERT,
            recipient,
            dlms_alert(ALERTS[reason], message.counter, stamp),
        ):
            yield f"{reason.label}: the alert is not {ALERTS[reason]:04X} for the supplier"
