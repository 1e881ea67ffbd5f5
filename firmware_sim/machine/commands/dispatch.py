"""Which handler executes which message code; the use-case table says which codes there are."""

from collections.abc import Callable

from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.use_cases import (
    CCS05,
    CS01A,
    CS01B,
    CS02A,
    CS02C,
    CS02D,
    CS02E,
    CS02F,
    CS06,
    ECS17B,
    ECS17C,
    ECS52,
    GCS09,
    GCS13A,
    GCS38,
    GCS39,
    GCS61,
    use_case,
)
from firmware_sim.machine.commands.activate_firmware import activate_firmware
from firmware_sim.machine.commands.device_certificates import (
    install_certificate,
    issue_credentials,
    provide_certificate,
)
from firmware_sim.machine.commands.dlms_uses import read_values
from firmware_sim.machine.commands.read_credentials import read_credentials
from firmware_sim.machine.commands.top_up import top_up
from firmware_sim.machine.commands.update_credentials import update_credentials
from firmware_sim.machine.commands.zcl_uses import use_zcl
from firmware_sim.machine.context import Context
from firmware_sim.machine.refusals import RefusalReason, Refused

Handler = Callable[[Context, Message], tuple[bytes, ...]]

HANDLERS: dict[MessageCode, Handler] = {
    CS02A: read_credentials,
    CS02C: issue_credentials,
    CS02D: install_certificate,
    CS02E: provide_certificate,
    CS02F: read_credentials,
    **dict.fromkeys(RULES_BY_CODE, update_credentials),
    **dict.fromkeys((CS01A, CS01B), top_up),
    CS06: activate_firmware,
    **dict.fromkeys((ECS52, ECS17B, ECS17C, CCS05), read_values),
    **dict.fromkeys((GCS38, GCS13A, GCS39, GCS61, GCS09), use_zcl),
}


def dispatch(context: Context, message: Message) -> tuple[bytes, ...]:
    """Execute a parsed message; returns the messages to send.

    Raises:
        Refused: not for this device, not a command, not executed here, or as its handler says.
        RemoteError: its payload is malformed.
    """
    if message.target != context.state.identity.entity:
        raise Refused(RefusalReason.NOT_ADDRESSED_TO_US, f"addressed to {message.target}")
    if message.cra is not CraFlag.COMMAND:
        raise Refused(RefusalReason.NOT_A_COMMAND, f"a {message.cra.name.lower()}, not a command")
    device_type = context.state.identity.device_type
    handler = HANDLERS.get(message.code)
    if handler is None or not executes(device_type, message.code):
        raise _not_executed(message.code, device_type)
    return handler(context, message)


def _not_executed(code: MessageCode, device_type: DeviceType) -> Refused:
    row = use_case(code)
    if row is None:
        return Refused(RefusalReason.UNKNOWN_USE_CASE, f"no message code {code:04x}")
    why = f"{row.name} is not for {device_type.name}"
    return Refused(RefusalReason.USE_CASE_NOT_SUPPORTED, why)
