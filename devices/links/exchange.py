"""One request on an open line, from sending it to its answer: waits bounded, nothing judged.

The waits are those of hw/PROTOCOL.md, section 4.
"""

import math
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from firmware_sim.devices.links.board_errors import DeclinedError, DeviceFaultError
from firmware_sim.devices.links.board_protocol import ANSWER_BIT, DeclineReason, FrameType
from firmware_sim.devices.links.framing import MAX_FRAME_OCTETS, Frame
from firmware_sim.devices.links.line import Line
from firmware_sim.devices.links.link import LinkError

SLOW = frozenset(
    (
        FrameType.MESSAGE,
        FrameType.ENTER,
        FrameType.TICK,
        FrameType.PROVISION,
        FrameType.ERASE,
        FrameType.MEASURE,
    )
)
"""Requests that a board announces with WORKING, if it can."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to ask.

    Args:
        sign: for the first sign of a request (an answer, or that the board works on it);
            doubled with each further attempt.
        answer: for the answer of a board that works.
        attempts: how often one request is sent.
        start: for a board that starts.
        reconnect: for a board that was unplugged; 0 gives it up at once.
    """

    sign: float = 0.5
    answer: float = 60.0
    attempts: int = 5
    start: float = 10.0
    reconnect: float = 10.0


class Request(NamedTuple):
    """What is sent, the same each time."""

    type: FrameType
    sequence: int
    payload: bytes


class UnansweredError(Exception):
    """An attempt had no answer: why."""


class StartedError(Exception):
    """The board sent BOOT in place of an answer.

    Attributes:
        payload: its boot record.
    """

    def __init__(self, payload: bytes) -> None:
        super().__init__("the board started")
        self.payload = payload


class Exchange:
    """The attempts of one request.

    Args:
        announces: whether the board sends WORKING.
        until: no attempt waits beyond this moment of the monotonic clock.

    Attributes:
        was_working: whether it did.
        was_spoilt: whether a frame, either way, was bad.
        attempts: how often it was sent.
    """

    def __init__(
        self,
        request: Request,
        patience: Patience,
        *,
        announces: bool,
        until: float = math.inf,
    ) -> None:
        self._until = until
        self.request = request
        self._patience = patience
        self._first_sign = patience.sign
        if request.type in SLOW and not announces:
            self._first_sign = patience.answer
        self.was_working = False
        self.was_spoilt = False
        self.attempts = 0

    def attempt(self, line: Line) -> bytes:
        """Send the request; the payload of its answer.

        Raises:
            UnansweredError: none in time.
            StartedError: the board started instead.
            DeclinedError: it does not carry the request out.
            LineLostError: the line is gone.
        """
        self.attempts += 1
        sent = line.send(Frame(*self.request))
        on_the_line = (sent + MAX_FRAME_OCTETS) * line.seconds_per_octet
        first_sign = self._first_sign + on_the_line
        self._first_sign = min(2 * self._first_sign, self._patience.answer)
        return self._await(line, first_sign, on_the_line)

    def _await(self, line: Line, first_sign: float, on_the_line: float) -> bytes:
        bad_frames, is_working = line.bad_frames, False
        bad_before = bad_frames
        deadline = min(monotonic() + first_sign, self._until)
        while (left := deadline - monotonic()) > 0:
            frame = line.next(left)
            if line.bad_frames != bad_frames:
                bad_frames, self.was_spoilt = line.bad_frames, True
                if is_working:  # that was the answer, if anything
                    deadline = min(deadline, monotonic() + first_sign)
            if frame is None:
                continue
            if frame.type == FrameType.WORKING and frame.sequence == self.request.sequence:
                self.was_working = is_working = True
                deadline = min(monotonic() + self._patience.answer + on_the_line, self._until)
            elif (answer := self._answer(frame)) is not None:
                return answer
        if line.bad_frames != bad_before:
            raise UnansweredError("frames come, but their CRC or their form is wrong")
        raise UnansweredError("it works, but sends no answer" if is_working else "nothing comes")

    def _answer(self, frame: Frame) -> bytes | None:
        """The payload, if this frame is the answer; None for a late one to an earlier request."""
        if frame.type == FrameType.BOOT:
            raise StartedError(frame.payload)
        if frame.type == FrameType.REJECT:
            self.was_spoilt = True
            raise UnansweredError("the line spoils frames")
        if frame.sequence != self.request.sequence:
            return None
        if frame.type == FrameType.DECLINED:
            raise _declined(frame.payload, self.request.type)
        return frame.payload if frame.type == self.request.type | ANSWER_BIT else None


def _declined(payload: bytes, request: FrameType) -> LinkError:
    if len(payload) < 2:
        return DeviceFaultError(f"the board declines {request.name} without a reason")
    try:
        return DeclinedError(request, DeclineReason(payload[1]))
    except ValueError:
        return DeclinedError(request, payload[1])
