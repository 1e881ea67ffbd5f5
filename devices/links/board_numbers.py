"""The numbers of hw/PROTOCOL.md: frame types, capabilities, reasons, results."""

from enum import IntEnum, IntFlag

PROTOCOL_VERSION = 2
SPOKEN_VERSIONS = (1, 2)
"""A board of version 1 may carry out, after a start, what was sent before it."""
ANSWER_BIT = 0x80


class FrameType(IntEnum):
    """The requests, and the frames that a board sends unasked."""

    HELLO = 0x01
    MESSAGE = 0x02
    TICK = 0x03
    CLOCK = 0x04
    RECORD = 0x05
    PROVISION = 0x06
    ERASE = 0x07
    CUT = 0x08
    DIGEST = 0x09
    READ = 0x0A
    STATISTICS = 0x0B
    RESET = 0x0C
    MEASURE = 0x0D
    ENTER = 0x0E
    EVENT_ACK = 0x31
    BOOT = 0xB0
    EVENT = 0xB1
    WORKING = 0xB2
    REJECT = 0xFE
    DECLINED = 0xFF


class Capability(IntFlag):
    """What a board does beyond HELLO and MESSAGE."""

    TICK = 1 << 0
    CLOCK = 1 << 1
    PROVISION = 1 << 2
    ERASE = 1 << 3
    CUT = 1 << 4
    DIGEST = 1 << 5
    READ = 1 << 6
    STATISTICS = 1 << 7
    RESET = 1 << 8
    MEASURE = 1 << 9
    EVENTS = 1 << 10
    WORKING = 1 << 11
    ENTER = 1 << 12


class RejectReason(IntEnum):
    """Why octets are no frame."""

    NO_COBS = 1
    TOO_SHORT = 2
    TOO_LONG = 3
    WRONG_CHECK = 4


class DeclineReason(IntEnum):
    """Why a request is not carried out."""

    UNKNOWN_TYPE = 1
    BAD_LENGTH = 2
    BAD_VALUE = 3
    NOT_RUNNING = 4
    PROVISIONED = 5
    NO_ROOM = 6
    SELF_TEST = 7
    NOT_GREETED = 8


class StoreResult(IntEnum):
    """What a board's store says of its flash."""

    OK = 0
    NO_AREA = 1
    ALTERED = 2
    FAILED = 3
    FULL = 4


class ResetCause(IntEnum):
    """Why a board started; a number that is not listed reads as unknown."""

    POWER_ON = 0
    SOFTWARE = 1
    WATCHDOG = 2
    PIN = 3
    UNKNOWN = 255

    @classmethod
    def _missing_(cls, _value: object) -> "ResetCause":
        return cls.UNKNOWN


class Measurement(IntEnum):
    """The bare cryptographic operations that MEASURE times."""

    VERIFY = 1
    SIGN = 2
    AGREE = 3
    GMAC = 4
    SHA256 = 5
    PUBLIC_KEY = 6
