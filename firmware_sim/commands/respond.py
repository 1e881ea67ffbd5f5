"""Responses and alerts: who they go to, what protects them."""

from firmware_sim.context import Context
from gbcs.identifiers import CraFlag, EntityId, MessageCode
from gbcs.message import Message
from gbcs.protection import with_mac, with_signature
from gbcs.roles import KeyUsage


def signed_response(
    context: Context, command: Message, payload: bytes, date_time: bytes = b""
) -> bytes:
    """A response to the command's originator, signed with the device's key."""
    return _signed(context, _response(command, payload, date_time))


def maced_response(
    context: Context, command: Message, payload: bytes, recipient_key: bytes
) -> bytes:
    """A response with a MAC under the recipient's key agreement key (65-octet point)."""
    response = _response(command, payload, b"")
    return with_mac(response, context.secret_with(recipient_key), context.suite).build()


def signed_alert(
    context: Context, code: MessageCode, counter: int, recipient: EntityId, payload: bytes
) -> bytes:
    """An alert; `counter` is one of the device's own, reserved durably before."""
    entity = context.state.identity.entity
    return _signed(context, Message(CraFlag.ALERT, counter, entity, recipient, code, payload))


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


def _signed(context: Context, message: Message) -> bytes:
    private_key = context.state.keys[KeyUsage.DIGITAL_SIGNATURE].private_key
    return with_signature(message, private_key, context.suite).build()
