"""The kinds of records in a flash image, and the key under which each record is stored."""

from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple


class RecordKind(IntEnum):
    """What a record is about; the number stands in the image. 0x00 and 0xFF are never used."""

    # An enumeration's own hash runs in Python; keys are looked up on every boot and commit.
    __hash__ = int.__hash__

    IDENTITY = 0x01
    DEVICE_CERTIFICATE = 0x02
    DEVICE_KEY = 0x03
    CELL = 0x04
    ROOT = 0x05
    COUNTERS = 0x06
    OWN_COUNTERS = 0x07
    LOG_EVENT = 0x08
    LOG_TALLY = 0x09
    PENDING_COMMAND = 0x0A
    PENDING_CHUNK = 0x0B
    RETIRED_KEY = 0x0C
    TOP_UP = 0x0D
    METER = 0x0E
    REGISTER = 0x0F
    ACTIVATION = 0x10


class RecordKey(NamedTuple):
    """Name of one record: its kind, and a 16-bit number whose meaning depends on the kind."""

    kind: RecordKind
    number: int = 0


# To make one costs more than all else that is done with it, and devices have the same ones.
record_key = lru_cache(1024)(RecordKey)
