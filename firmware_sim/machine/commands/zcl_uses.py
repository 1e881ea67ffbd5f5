"""GCS38, GCS13a, GCS39, GCS61 and GCS09: a party reads or changes a device that speaks ZCL."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.sensitive import ItemKey, encrypted
from firmware_sim.gbcs.uses import (
    CHANGE_OF_TENANCY,
    CHANGE_SUPPLY,
    GET_SAMPLED_DATA,
    METERING_CLUSTER,
    USES,
    ObjectName,
)
from firmware_sim.gbcs.zcl import (
    CLUSTER_TO_CLIENT,
    CLUSTER_TO_SERVER,
    GLOBAL_TO_SERVER,
    READ_ATTRIBUTES,
    ZclFrame,
    ZclStatus,
    asked_attributes,
    attribute_records,
    attributes_response,
    build_frames,
    default_response,
    number_at,
    read_frames,
)
from firmware_sim.machine.commands.asking import (
    Asker,
    authentic_asker,
    check_use_header,
    reader_of,
)
from firmware_sim.machine.commands.respond import use_response
from firmware_sim.machine.commands.spending import read_or_spend, spent
from firmware_sim.machine.context import Context
from firmware_sim.machine.image.use_records import MeterState
from firmware_sim.machine.meter.values import zcl_value

_SUPPLY_STATUS_RESPONSE = 0x0C
_LAST_SUPPLY_STATE = 2


class _Done(NamedTuple):
    """What a command to a cluster gives: the answer, and what it changes of the meter."""

    answer: ZclFrame
    meter: MeterState | None = None


def use_zcl(context: Context, message: Message) -> tuple[bytes, ...]:
    """Carry out one ZCL command, and answer it.

    Raises:
        Refused: not authenticated, and nothing has changed; or malformed, and its counter is spent.
        InsufficientSpace: not even the counter fits; nothing is answered then.
    """
    use = USES[message.code]
    asker = authentic_asker(context, message, use)

    def read() -> _Done:
        check_use_header(context, message, asker)
        frame = only_frame(message.payload)
        return _carry_out(context, message, asker, frame)

    done = read_or_spend(asker.role, read)
    changes = spent(context, message, asker.role)
    if done.meter is not None:
        changes.put(done.meter)
    changes.commit()
    recipient_key = None if use.signed else asker.cell.public_key
    return (use_response(context, message, build_frames((done.answer,)), recipient_key),)


def only_frame(payload: bytes) -> ZclFrame:
    """The one plain component of a payload, to be carried out now.

    Raises:
        RemoteError: another number of components, an encrypted one, or one with a due time.
    """
    frames = read_frames(payload)
    frame = frames[0]
    if len(frames) != 1 or frame.is_encrypted or frame.due or frame.sequence:
        raise RemoteError("not one plain component with sequence 0")
    return frame


def _carry_out(context: Context, message: Message, asker: Asker, frame: ZclFrame) -> _Done:
    use = USES[message.code]
    is_read = (frame.frame_control, frame.command) == (GLOBAL_TO_SERVER, READ_ATTRIBUTES)
    if is_read and frame.cluster == METERING_CLUSTER and not use.objects[0].is_command:
        return _Done(_read(context, message, asker, frame))
    name = ObjectName(frame.cluster, frame.command, is_command=True)
    if name not in use.objects or frame.frame_control != _CONTROLS[name]:
        return _Done(default_response(frame, ZclStatus.UNSUPPORTED_CLUSTER_COMMAND))
    octets, carry_out = _COMMANDS[name]
    if len(frame.content) != octets:
        raise RemoteError(f"the content of the ZCL command has {octets} octets")
    held = context.state.registers.get(name)
    if held is not None and held.result:
        return _Done(default_response(frame, held.result))
    return carry_out(context.state.meter, frame)


def _read(context: Context, message: Message, asker: Asker, frame: ZclFrame) -> ZclFrame:
    use, attributes = USES[message.code], asked_attributes(frame)

    def read(attribute: int) -> tuple[int, bytes]:
        name = ObjectName(frame.cluster, attribute)
        if name not in use.objects:
            return ZclStatus.UNSUPPORTED_ATTRIBUTE, b""
        return zcl_value(context.state, name)

    content = attribute_records(attributes, read)
    if not use.encrypted:
        return attributes_response(frame, content, is_encrypted=False)
    reader = reader_of(context, message, asker)
    if reader is None:
        return default_response(frame, ZclStatus.NOT_AUTHORISED)
    secret, device = context.secret_with(reader.public_key), context.state.identity.entity
    key = ItemKey(secret, device, reader.unique_id, message.counter)
    item = encrypted(content, key, context.suite)
    return attributes_response(frame, item, is_encrypted=True)


def _change_supply(meter: MeterState, frame: ZclFrame) -> _Done:
    """Provider, event, time of request, time of change, state, control bits."""
    content, state = frame.content, frame.content[16]
    if state > _LAST_SUPPLY_STATE:
        return _Done(default_response(frame, ZclStatus.INVALID_FIELD))
    told = content[:8] + content[12:17]
    answer = ZclFrame(frame.cluster, CLUSTER_TO_CLIENT, _SUPPLY_STATUS_RESPONSE, told)
    return _Done(answer, meter._replace(supply_state=state))


def _get_sampled_data(_meter: MeterState, frame: ZclFrame) -> _Done:
    return _Done(default_response(frame, ZclStatus.NOT_FOUND))


def _change_of_tenancy(meter: MeterState, frame: ZclFrame) -> _Done:
    """Supplier, event, tariff type, time of change, what to control."""
    changed = meter._replace(tenancy_start=number_at(frame.content, 9, 4))
    return _Done(default_response(frame, ZclStatus.SUCCESS), changed)


_Carrier = Callable[[MeterState, ZclFrame], _Done]
_COMMANDS: Mapping[ObjectName, tuple[int, _Carrier]] = MappingProxyType(
    {
        CHANGE_SUPPLY: (18, _change_supply),
        GET_SAMPLED_DATA: (9, _get_sampled_data),
        CHANGE_OF_TENANCY: (17, _change_of_tenancy),
    }
)
"""How many octets the content of each command has, and what it does."""
_CONTROLS: Mapping[ObjectName, int] = MappingProxyType(
    {
        CHANGE_SUPPLY: CLUSTER_TO_SERVER,
        GET_SAMPLED_DATA: CLUSTER_TO_SERVER,
        CHANGE_OF_TENANCY: CLUSTER_TO_CLIENT,
    }
)
