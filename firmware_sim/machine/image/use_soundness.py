"""Which records of the uses of keys a device writes; see `firmware_sim.machine.image.soundness`."""

from firmware_sim.machine.image.layout import REGISTER_PLACES, TOP_UP_PLACES
from firmware_sim.machine.image.use_records import (
    Activation,
    MeterState,
    Register,
    TopUp,
    TopUpFlag,
)

LATEST = 253402300799
"""9999-12-31 23:59:59 in POSIX seconds: no clock and no message tells a later time."""

MAX_BALANCE = (1 << 31) - 1
"""In thousandths of a penny: what the answer to a top-up has room for, with either sign."""

_MAX_COUNTER_HIGH = (1 << 31) - 1
_SEQ_NUMBERS = 1 << 63
_MAX_FLAGS = int(TopUpFlag.CREDITED | TopUpFlag.ANSWERED)
_LAST_SUPPLY_STATE = 2
_NO_IMAGE = (bytes(4), bytes(32))


def is_use_within_bounds(record: TopUp | MeterState | Register | Activation) -> bool:
    """Whether a device could have written these values."""
    match record:
        case TopUp():
            is_counter = record.counter_high <= _MAX_COUNTER_HIGH
            is_flags = 1 <= record.flags <= _MAX_FLAGS
            return record.place < TOP_UP_PLACES and is_counter and is_flags
        case MeterState():
            return _is_meter_within_bounds(record)
        case Register():
            return record.place < REGISTER_PLACES and not (record.result and record.data)
        case Activation():
            return record.due <= LATEST and record.counter < _SEQ_NUMBERS


def _is_meter_within_bounds(record: MeterState) -> bool:
    has_image = (record.image_version, record.image_hash) != _NO_IMAGE
    return (
        abs(record.balance) <= MAX_BALANCE
        and (record.image_held or not has_image)
        and record.cache_head < TOP_UP_PLACES
        and record.supply_state <= _LAST_SUPPLY_STATE
    )
