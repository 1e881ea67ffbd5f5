"""Records of the uses of keys to octets and back; see `firmware_sim.machine.image.codec`."""

from struct import Struct

from firmware_sim.gbcs.uses import ObjectName
from firmware_sim.machine.image.bounds import bounded, sized
from firmware_sim.machine.image.layout import MAX_REGISTER_OCTETS
from firmware_sim.machine.image.use_records import (
    Activation,
    MeterState,
    Register,
    TopUp,
    TopUpFlag,
)

_TOP_UP = Struct("<IB3x")
_METER = Struct("<q4s4s32sBBBBI")
_REGISTER = Struct(f"<H6sHBBH{MAX_REGISTER_OCTETS}s")
_ACTIVATION = Struct("<QQ8s32s")


def pack_top_up(record: TopUp) -> bytes:
    """8 octets."""
    return _TOP_UP.pack(record.counter_high, record.flags)


def unpack_top_up(number: int, body: bytes) -> TopUp:
    """Reads what `pack_top_up` wrote."""
    counter_high, flags = _TOP_UP.unpack(body)
    return TopUp(number, counter_high, TopUpFlag(flags))


def pack_meter(record: MeterState) -> bytes:
    """56 octets."""
    return _METER.pack(
        record.balance,
        sized(record.firmware_version, 4, "a firmware version"),
        sized(record.image_version, 4, "an image's version"),
        sized(record.image_hash, 32, "an image's hash"),
        *record[4:],
    )


def unpack_meter(_number: int, body: bytes) -> MeterState:
    """Reads what `pack_meter` wrote."""
    balance, running, version, digest, held, *rest = _METER.unpack(body)
    return MeterState(balance, running, version, digest, bool(held), *rest)


def pack_register(record: Register) -> bytes:
    """152 octets."""
    name = record.name
    return _REGISTER.pack(
        name.interface,
        sized(name.instance, 6, "an instance"),
        name.attribute,
        name.is_command,
        record.result,
        bounded(record.data, MAX_REGISTER_OCTETS, "a register's value"),
        record.data,
    )


def unpack_register(number: int, body: bytes) -> Register:
    """Reads what `pack_register` wrote."""
    interface, instance, attribute, is_command, result, length, data = _REGISTER.unpack(body)
    name = ObjectName(interface, attribute, instance, bool(is_command))
    return Register(number, name, data[:length], result)


def pack_activation(record: Activation) -> bytes:
    """56 octets."""
    return _ACTIVATION.pack(
        record.due,
        record.counter,
        sized(record.originator, 8, "an originator"),
        sized(record.image_hash, 32, "an image's hash"),
    )


def unpack_activation(_number: int, body: bytes) -> Activation:
    """Reads what `pack_activation` wrote."""
    return Activation(*_ACTIVATION.unpack(body))
