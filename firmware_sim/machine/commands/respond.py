"""Responses and alerts: who they go to, what protects them."""

from dataclasses import replace

from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.alerts import AlertCode, dlms_alert, gbz_alert
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.use_cases import (
    GENERIC_CRITICAL_ALERT,
    GENERIC_NON_CRITICAL_ALERT,
    use_case,
)
from firmware_sim.machine.context import Context, date_time_stamp
from firmware_sim.machine.image.records import Cell


def signed_response(
    context: Context,
    command: Message,
    payload: bytes,
    date_time: bytes = b"",
    *,
    signer: bytes | None = None,
) -> bytes:
    """A response to the command's originator, signed with the device's key.

    Args:
        signer: another private key than the one in use, which the command may just have changed.
    """
    response = _response(command, payload, date_time)
    if signer is not None:
        return with_signature(response, signer, context.suite).build()
    return response.build_signed(context.sign)


def maced_response(
    context: Context, command: Message, payload: bytes, recipient_key: bytes
) -> bytes:
    """A response with a MAC under the recipient's key agreement key (65-octet point)."""
    response = _response(command, payload, b"")
    return with_mac(response, context.secret_with(recipient_key), context.suite).build()


def use_response(
    context: Context, command: Message, payload: bytes, recipient_key: bytes | None
) -> bytes:
    """The answer to a use of keys, with the clock in its header where the use-case table says so.

    It repeats for whom the Access Control Broker has asked.

    Args:
        recipient_key: key agreement point (65 octets) for the answer's MAC; None to sign it.
    """
    row = use_case(command.code)
    is_stamped = context.policy.header_clock == "always" or (row is not None and row.stamped)
    stamp = date_time_stamp(context.clock.now()) if is_stamped else b""
    response = replace(_response(command, payload, stamp), supplementary=command.supplementary)
    if recipient_key is None:
        return response.build_signed(context.sign)
    return with_mac(response, context.secret_with(recipient_key), context.suite).build()


def signed_alert(
    context: Context, code: MessageCode, counter: int, recipient: EntityId, payload: bytes
) -> bytes:
    """An alert; `counter` is one of the device's own, reserved durably before."""
    entity = context.state.identity.entity
    alert = Message(CraFlag.ALERT, counter, entity, recipient, code, payload)
    return alert.build_signed(context.sign)


def critical_alert(context: Context, code: AlertCode, counter: int, recipient: EntityId) -> bytes:
    """A generic critical alert in the form of the device type; `counter` as for `signed_alert`."""
    payload = _generic_alert(context, code, counter)
    return signed_alert(context, GENERIC_CRITICAL_ALERT, counter, recipient, payload)


def non_critical_alert(context: Context, code: AlertCode, counter: int, recipient: Cell) -> bytes:
    """A generic non-critical alert, with a MAC for the party of a key agreement cell."""
    entity, payload = context.state.identity.entity, _generic_alert(context, code, counter)
    to, kind = recipient.unique_id, GENERIC_NON_CRITICAL_ALERT
    alert = Message(CraFlag.ALERT, counter, entity, to, kind, payload)
    return with_mac(alert, context.secret_with(recipient.public_key), context.suite).build()


def _generic_alert(context: Context, code: AlertCode, counter: int) -> bytes:
    reading = context.clock.now()
    if context.state.identity.device_type is DeviceType.ESME:
        return dlms_alert(code, counter, date_time_stamp(reading))
    return gbz_alert(code, reading.time)


def _response(command: Message, payload: bytes, date_time: bytes) -> Message:
    return Message(
        CraFlag.RESPONSE,
        command.counter,
        command.target,
        command.originator,
        command.code,
        payload,
        date_time,
    )
