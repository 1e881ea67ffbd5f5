"""Frames in words, and what is wrong with one that has no right check."""

from collections.abc import Callable
from typing import Final
from zlib import crc32

from cobs import cobs

from firmware_sim.devices.links.board_protocol import (
    ANSWER_BIT,
    DeclineReason,
    FrameType,
    RejectReason,
)
from firmware_sim.devices.links.frame_trace import holds_secret, type_name
from firmware_sim.devices.links.framing import CHECK_OCTETS, BadFrame, Frame

_SHOWN_OCTETS = 24


def frame_in_words(frame: Frame | BadFrame) -> str:
    """Type, sequence and the first octets in hexadecimal; never what may hold a secret."""
    if isinstance(frame, BadFrame):
        return f"no frame ({frame.reason}): {_hex(frame.octets)}"
    words = f"{type_name(frame.type)}, sequence {frame.sequence}"
    if holds_secret(frame):
        return f"{words}: {len(frame.payload)} octets"
    if frame.type == FrameType.DECLINED and len(frame.payload) >= 2:
        asked, reason = frame.payload[:2]
        return f"{words}: {type_name(asked)}, {_named(DeclineReason, reason)}"
    if frame.type == FrameType.REJECT and frame.payload:
        return f"{words}: {_named(RejectReason, frame.payload[0])}"
    return f"{words}: {_hex(frame.payload)}" if frame.payload else words


def why_no_answer(frame: Frame, type_: int, sequence: int) -> str:
    """What is wrong with a frame that came in place of an answer; empty if nothing is known."""
    if frame.type == type_ & ~ANSWER_BIT:
        if not frame.payload:
            return "your own request came back: the line echoes, or the answer's type lacks 0x80"
        return "your own request type came back: the answer's type lacks 0x80"
    if frame.type == type_ and frame.sequence != sequence:
        return f"its sequence is {frame.sequence}, and the request's was {sequence}"
    return ""


def _named(numbers: type[DeclineReason] | type[RejectReason], value: int) -> str:
    return numbers(value).name if value in list(numbers) else f"reason {value}"


def _hex(octets: bytes) -> str:
    more = f" … {len(octets)} octets" if len(octets) > _SHOWN_OCTETS else ""
    return octets[:_SHOWN_OCTETS].hex(" ") + more


def _little(value: int) -> bytes:
    return value.to_bytes(CHECK_OCTETS, "little")


_MISTAKES: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("most significant octet first", lambda octets: _little(crc32(octets))[::-1]),
    ("without the last inversion", lambda octets: _little(crc32(octets) ^ 0xFFFFFFFF)),
    ("with the first value 0", lambda octets: _little(crc32(octets, 0xFFFFFFFF))),
    ("over the payload alone", lambda octets: _little(crc32(octets[2:]))),
)


def mistake_in_check(bad: BadFrame) -> str:
    """How the check of a frame comes about, if it is one of the mistakes that are often made."""
    decoded = bytes(cobs.decode(bad.octets))
    content, check = decoded[:-CHECK_OCTETS], decoded[-CHECK_OCTETS:]
    made = (f"the check is {words}" for words, made in _MISTAKES if made(content) == check)
    return next(made, "")


def both_checks(bad: BadFrame) -> str:
    """The check that a frame has, and the right one."""
    check, right = _checks(bad)
    return f"the check is {check.hex(' ')}, and should be {right.hex(' ')}"


def difference_in_check(bad: BadFrame) -> bytes:
    """The bits in which its check is wrong."""
    return bytes(has ^ should for has, should in zip(*_checks(bad), strict=True))


def decoded_type(bad: BadFrame) -> int:
    """The type of a frame of which only the check is wrong."""
    return bytes(cobs.decode(bad.octets))[0]


def frame_in_a_sentence(type_: int) -> str:
    """A frame by its type: ``DECLINED``, ``the answer to HELLO``."""
    is_answer = ANSWER_BIT < type_ < FrameType.BOOT
    return f"the answer to {type_name(type_ ^ ANSWER_BIT)}" if is_answer else type_name(type_)


def _checks(bad: BadFrame) -> tuple[bytes, bytes]:
    """The check that a frame has, and the right one."""
    decoded = bytes(cobs.decode(bad.octets))
    return decoded[-CHECK_OCTETS:], _little(crc32(decoded[:-CHECK_OCTETS]))
