"""Whose fault it is that octets came that are no good frame: the request is sent again.

A line does not spoil octets in the same way each time; a board with a wrong check does. So the same
request goes out again, as section 4 of hw/PROTOCOL.md has it; and once more behind a HELLO, for
what a kept answer leaves out: WORKING and BOOT.
"""

from typing import Final

from firmware_sim.bench.experiments.link_check.finding import NotSeenError, RuleBrokenError
from firmware_sim.bench.experiments.link_check.frames import CHECK_RULE, COBS_RULE
from firmware_sim.bench.experiments.link_check.probe import Probe, SentOctets, is_answer
from firmware_sim.bench.experiments.link_check.words import (
    both_checks,
    decoded_type,
    difference_in_check,
    frame_in_a_sentence,
    mistake_in_check,
)
from firmware_sim.devices.links.board_protocol import FrameType
from firmware_sim.devices.links.framing import BadFrame

WRONG_CHECK: Final = "wrong check"
_OF_COBS = COBS_RULE._replace(
    section="2.1, 2.2",
    says="a frame is encoded with COBS, stands between two octets 0x00, and has 6 to 12,288 octets",
    mend="encode every frame that is sent with COBS, its check too: no octet of it is 0x00",
)
_LINE_MEND = "see to cable, baud rate and supply; then check anew"


def judge_bad_frames(probe: Probe, rule: str) -> None:
    """Say whose fault it is if a bad frame came since `Probe.begin`; return if none did.

    Args:
        rule: the name of the one that was not kept.

    Raises:
        RuleBrokenError: the board's: it comes again.
        NotSeenError: the line's: it does not.
    """
    bad, sent = probe.bad_since_begin(), probe.last
    if not bad or sent is None:
        return
    what = _what_is_wrong(bad[-1], sent)
    if not _comes_again(probe, sent, bad[-1]):
        raise NotSeenError(
            f"{what}; not so when it was sent again: the line spoils frames", _LINE_MEND
        )
    broken = CHECK_RULE if bad[-1].reason == WRONG_CHECK else _OF_COBS
    ends = f"a frame is bad each time: mend that first ({rule})"
    raise RuleBrokenError(what, ends=ends, of=broken)


def _comes_again(probe: Probe, sent: SentOctets, first: BadFrame) -> bool:
    if first.reason == WRONG_CHECK and mistake_in_check(first):
        return True
    for greets in (False, True):
        if greets:
            probe.ask(FrameType.HELLO)
        seen = len(probe.bad)
        probe.put(*sent)
        probe.until(is_answer)
        probe.drain()
        if any(_is_alike(first, each) for each in probe.bad[seen:]):
            return True
    return False


def _is_alike(one: BadFrame, other: BadFrame) -> bool:
    """Whether two frames are bad in the same way, though a number in them may be another."""
    if one.reason != other.reason:
        return False
    if one.reason == WRONG_CHECK and difference_in_check(one) == difference_in_check(other):
        return True
    return one.octets == other.octets or (
        one.reason != WRONG_CHECK and len(one.octets) == len(other.octets)
    )


def _what_is_wrong(bad: BadFrame, sent: SentOctets) -> str:
    if bad.reason != WRONG_CHECK:
        return f"what came for {sent.words.split(',')[0]} is no frame: {bad.reason}"
    known = mistake_in_check(bad) or both_checks(bad)
    return f"{frame_in_a_sentence(decoded_type(bad))} has a bad CRC: {known}"
