"""Whether responses and alerts are the device's own: signed by it, about what was asked."""

from collections.abc import Iterator, Mapping

from firmware_sim.bench.commands.responses import check_signature, response_to
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.board_check.checked_device import (
    SUITE,
    CheckedDevice,
    alerts_in,
    response_in,
)
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.alerts import AlertCode, dlms_alert, gbz_alert
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.use_cases import GENERIC_CRITICAL_ALERT
from firmware_sim.machine.refusals import ALERTS, RefusalReason

_STAMP_OCTETS, _TIME_OCTETS = 12, 4


def answer(device: CheckedDevice, commands: Mapping[str, Message]) -> Iterator[str]:
    """Send commands that are carried out; the key is the command in words."""
    for what, command in commands.items():
        octets = response_in(device.send(command))
        if octets is None:
            yield f"{what} was not answered"
            continue
        try:
            check_signature(response_to(command, octets), device.contact, SUITE)
        except RemoteError as error:
            yield f"the response to {what}: {error}"


def alert(device: CheckedDevice, commands: Mapping[RefusalReason, Message]) -> Iterator[str]:
    """Send commands that are refused for the first time, each for its reason."""
    alerted = device.commanding.alerted
    for reason, command in commands.items():
        alerts = alerts_in(device.send(command))
        if len(alerts) != 1:
            yield f"{reason.label}: {len(alerts) or 'no'} alerts came, not one"
            continue
        message = parse_message(alerts[0])
        try:
            check_signature(message, device.contact, SUITE)
        except RemoteError as error:
            yield f"{reason.label}: the alert: {error}"
        if (message.code, message.target, message.payload) != (
            GENERIC_CRITICAL_ALERT,
            device.keys.originator(alerted),
            _payload(device.contact.device_type, ALERTS[reason], message),
        ):
            yield f"{reason.label}: the alert is not {ALERTS[reason]:04X} for the {alerted.label}"


def _payload(device_type: DeviceType, code: AlertCode, message: Message) -> bytes:
    """What an alert must say; its time is the device's own, and taken from the message."""
    if device_type is DeviceType.ESME:
        return dlms_alert(code, message.counter, message.payload[-_STAMP_OCTETS:])
    return gbz_alert(code, START)[:-_TIME_OCTETS] + message.payload[-_TIME_OCTETS:]
