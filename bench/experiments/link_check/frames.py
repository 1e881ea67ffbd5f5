"""Rules of frames: COBS, check, the reject state, directions (hw/PROTOCOL.md, sections 2 and 3)."""

from typing import Final
from zlib import crc32

from cobs import cobs

from firmware_sim.bench.experiments.link_check.finding import LinkRule, RuleBrokenError
from firmware_sim.bench.experiments.link_check.probe import Probe
from firmware_sim.bench.experiments.link_check.words import frame_in_words, why_no_answer
from firmware_sim.devices.links.board_protocol import (
    ANSWER_BIT,
    BootRecord,
    DeclineReason,
    FrameType,
    RejectReason,
)
from firmware_sim.devices.links.framing import (
    CHECK_OCTETS,
    DELIMITER,
    HEAD_OCTETS,
    MAX_FRAME_OCTETS,
    Frame,
    encode,
)

UNKNOWN_REQUEST: Final = 0x2F
"""A type that no version of the protocol has given to a request."""
_GROUP_OCTETS = 254


def greet(probe: Probe, after: int = 0) -> Frame:
    """Say HELLO, and get its answer.

    Args:
        after: octets that stand before it on the line.

    Raises:
        RuleBrokenError: something else comes, or nothing.
    """
    sent = probe.send(FrameType.HELLO)
    answer = probe.answer_to(sent._replace(payload=bytes(after)))
    return expect(answer, FrameType.HELLO | ANSWER_BIT, sent.sequence)


def expect(frame: Frame | None, type_: int, sequence: int, payload: bytes | None = None) -> Frame:
    """A frame that is as it must be.

    Raises:
        RuleBrokenError: it is another, or none came.
    """
    wanted = frame_in_words(Frame(type_, sequence, payload or b""))
    if frame is None:
        raise RuleBrokenError(f"nothing came in time, in place of {wanted}")
    if frame[:2] != (type_, sequence) or payload not in (None, frame.payload):
        why = why_no_answer(frame, type_, sequence)
        text = f"{frame_in_words(frame)} came in place of {wanted}"
        raise RuleBrokenError(f"{text}: {why}" if why else text)
    return frame


def expect_declined(frame: Frame | None, request: Frame, reason: DeclineReason) -> None:
    """That a request was declined.

    Raises:
        RuleBrokenError: it was not, or for another reason.
    """
    payload = bytes((request.type, reason))
    expect(frame, FrameType.DECLINED, request.sequence, payload)


def _stuffing(probe: Probe, _boot: BootRecord) -> str:
    """A frame of one full group, without and with the code 0x01 behind; and one delimiter."""
    for ending in (b"", b"\x01"):
        request = _full_group(probe.number())
        line = encode(request).strip(DELIMITER)
        # The library ends a full group with 0x01 or without: both must be taken.
        line = line.removesuffix(b"\x01") + ending
        end = "with" if ending else "without"
        probe.put(
            DELIMITER + line + DELIMITER, f"{frame_in_words(request)} ({end} a code 0x01 behind)"
        )
        expect_declined(probe.answer_to(request), request, DeclineReason.UNKNOWN_TYPE)
    two = [Frame(FrameType.HELLO, probe.number()) for _ in range(2)]
    first, second = (encode(each).strip(DELIMITER) for each in two)
    probe.put(
        DELIMITER * 3 + first + DELIMITER,
        f"{frame_in_words(two[0])} (three delimiters before, one behind)",
    )
    expect(probe.answer_to(two[0]), FrameType.HELLO | ANSWER_BIT, two[0].sequence)
    probe.put(second + DELIMITER, f"{frame_in_words(two[1])} (no delimiter of its own before)")
    expect(probe.answer_to(two[1]), FrameType.HELLO | ANSWER_BIT, two[1].sequence)
    return "full groups in both forms, and frames with one delimiter between them, are read"


def _full_group(sequence: int) -> Frame:
    """A frame of 254 decoded octets, none of them zero."""
    octets = _GROUP_OCTETS - HEAD_OCTETS - CHECK_OCTETS
    for filler in range(1, 256):
        payload = bytes((filler,)) * octets
        check = crc32(bytes((UNKNOWN_REQUEST, sequence)) + payload)
        if all(check.to_bytes(CHECK_OCTETS, "little")):
            return Frame(UNKNOWN_REQUEST, sequence, payload)
    raise AssertionError("one filler in 64 has a zero in its check")


def _check(probe: Probe, _boot: BootRecord) -> str:
    octets = bytes((FrameType.HELLO, probe.number()))
    check = crc32(octets).to_bytes(CHECK_OCTETS, "little")
    for spoilt, which in ((0, "first"), (CHECK_OCTETS - 1, "last")):
        changed = bytearray(check)
        changed[spoilt] ^= 1
        _put_raw(probe, octets + changed, f"HELLO with a wrong bit in the {which} octet of check")
        _expect_reject(probe, RejectReason.WRONG_CHECK, len(octets))
        greet(probe)
    return "a frame with a wrong check is rejected, and not acted upon"


def _reject_state(probe: Probe, _boot: BootRecord) -> str:
    for octets, reason, words in _BAD:
        probe.put(octets, words)
        _expect_reject(probe, reason, len(octets))
        probe.put(octets, f"{words}, again")
        # Order is kept: had the second one been rejected too, this came before the answer.
        greet(probe, after=len(octets))
    return "each of the four reasons is told once, and the next good frame is answered"


def _expect_reject(probe: Probe, reason: RejectReason, octets: int) -> None:
    came = probe.answer_to(Frame(0, 0, bytes(octets)))
    expect(came, FrameType.REJECT, 0, bytes((reason,)))


def _put_raw(probe: Probe, octets: bytes, words: str) -> None:
    probe.put(DELIMITER + bytes(cobs.encode(octets)) + DELIMITER, words)


_BAD: Final = (
    (b"\x00\x05\x01\x00", RejectReason.NO_COBS, "a group of 4 octets that ends after one"),
    (b"\x00\x06\x01\x02\x03\x04\x05\x00", RejectReason.TOO_SHORT, "a frame of 5 octets"),
    (
        DELIMITER + bytes(cobs.encode(b"\x2f" * (MAX_FRAME_OCTETS + 1))) + DELIMITER,
        RejectReason.TOO_LONG,
        f"a frame of {MAX_FRAME_OCTETS + 1:,} octets",
    ),
    (
        b"\x00\x07\x01\x01\x29\x13\xc5\x2f\x00",
        RejectReason.WRONG_CHECK,
        "HELLO, sequence 1, with a wrong check",
    ),
)


def _directions(probe: Probe, _boot: BootRecord) -> str:
    for type_ in (0x80, 0x81, 0x9F, *FrameType):
        if type_ & ANSWER_BIT:
            probe.send(type_, sequence=9)
            greet(probe)
    probe.send(FrameType.EVENT_ACK, sequence=9)
    greet(probe)
    return "frames of types from 0x80, and EVENT_ACK, are passed over in silence"


COBS_RULE: Final = LinkRule(
    "COBS",
    "2.1",
    "a full group of 254 octets may end a frame, with or without a code 0x01 behind it; one "
    "delimiter between two frames is enough; empty frames are passed over in silence",
    "look at the decoder's end of a group of code 0xFF, and at delimiters in a row",
    _stuffing,
)
CHECK_RULE: Final = LinkRule(
    "CRC",
    "2.2, 3",
    "the check is the CRC-32 of IEEE 802.3, least significant octet first, over all octets before "
    "it; octets of a bad frame are never acted upon",
    "compare all four octets of the check: CRC-32 of the text 123456789 is 0xCBF43926; if they are "
    "right, the line takes out octets: switch flow control (XON/XOFF) off",
    _check,
)
FRAME_RULES: Final = (
    COBS_RULE,
    CHECK_RULE,
    LinkRule(
        "reject state",
        "3",
        "the first bad frame makes one REJECT with sequence 0 and its reason, the next ones "
        "nothing, and a good frame is answered and ends that",
        "keep one flag: set it with REJECT, clear it with each good frame",
        _reject_state,
    ),
    LinkRule(
        "directions",
        "2.3",
        "good frames of types from 0x80 are passed over in silence; EVENT_ACK has no answer",
        "drop types from 0x80 before anything else looks at them",
        _directions,
    ),
)
