"""A host that asks once and looks: no retries, no mercy, and every wait has a bound."""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from firmware_sim.bench.experiments.link_check.words import frame_in_words
from firmware_sim.devices.links.board_protocol import ANSWER_BIT, FrameType
from firmware_sim.devices.links.framing import BadFrame, Frame, FrameDecoder, encode
from firmware_sim.devices.links.octet_stream import OctetStream

SIGN_SECONDS = 5.0
"""For a first sign of an answer. Nothing that is asked here takes a board long, but an emulator on
a busy computer is slow."""
_SECONDS_PER_OCTET = 0.001
WORK_SECONDS = 10.0
"""For the answer after `WORKING`."""
_AFTER_BAD_SECONDS = 2.0
"""For another frame once a bad one came, which may have been the answer."""
_QUIET_SECONDS = 0.2
_UNASKED = (FrameType.BOOT, FrameType.EVENT, FrameType.WORKING)


class SentOctets(NamedTuple):
    """What was put on the line: octets with their delimiters, and in words."""

    octets: bytes
    words: str


class Probe:
    """One line, and what went over it since `begin`.

    Args:
        stream: open, and nobody else's.
        clock: seconds, on any scale.

    Attributes:
        sent, came: in words.
        bad: octets that came and are no frame, since the line was opened.
        answers: good frames that answered a request, since the line was opened.
        boot: the last BOOT, since the line was opened; None if none came.
        last: what was sent last; None if nothing was.
    """

    def __init__(self, stream: OctetStream, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._decoder = FrameDecoder()
        self._waiting: list[Frame | BadFrame] = []
        self._sequence = 0
        self.sent: list[str] = []
        self.came: list[str] = []
        self.bad: list[BadFrame] = []
        self.answers = 0
        self.boot: Frame | None = None
        self.last: SentOctets | None = None
        self._bad_before = 0

    def begin(self) -> None:
        """Forget what was sent and what came, and take what is still on its way."""
        self.drain()
        self.sent, self.came = [], []
        self._bad_before = len(self.bad)

    def bad_since_begin(self) -> list[BadFrame]:
        """Octets that came since `begin`, and are no frame."""
        return self.bad[self._bad_before :]

    def drain(self) -> list[Frame | BadFrame]:
        """What comes unasked until the line is quiet, for two seconds at most."""
        until = self._clock() + SIGN_SECONDS
        found = []
        while self._clock() < until:
            frame = self._next(self._clock() + _QUIET_SECONDS)
            if frame is None:
                break
            found.append(frame)
        return found

    def number(self) -> int:
        """A new sequence number: 1 to 255, then 1 again."""
        self._sequence = self._sequence % 255 + 1
        return self._sequence

    def put(self, octets: bytes, words: str) -> None:
        """Send octets as they are."""
        self.last = SentOctets(octets, words)
        self.sent.append(words)
        self._stream.write(octets)

    def send(self, type_: int, payload: bytes = b"", sequence: int | None = None) -> Frame:
        """Send a request, and do not wait."""
        frame = Frame(type_, self.number() if sequence is None else sequence, payload)
        self.put(encode(frame), frame_in_words(frame))
        return frame

    def ask(self, type_: int, payload: bytes = b"", sequence: int | None = None) -> Frame | None:
        """Send a request and get its answer, or `DECLINED`, or what stands in their place."""
        return self.answer_to(self.send(type_, payload, sequence))

    def answer_to(self, request: Frame) -> Frame | None:
        """The answer to a request; also a `REJECT`, or an answer to another; None if none comes.

        Where none comes, another frame that no board may send in its place: an echo is passed over
        as long as an answer follows it.
        """
        frames = self.until(is_answer, self._line_seconds(len(request.payload)))
        if frames and is_answer(frames[-1]):
            return frames[-1]
        return next((frame for frame in frames if frame.type not in _UNASKED), None)

    def until(self, ends: Callable[[Frame], bool], extra: float = 0) -> list[Frame]:
        """The good frames up to the first that ends the wait, or until the time is over."""
        found: list[Frame] = []
        until = self._clock() + SIGN_SECONDS + extra
        while (frame := self._next(until)) is not None:
            if isinstance(frame, BadFrame):
                until = min(until, self._clock() + _AFTER_BAD_SECONDS + extra)
                continue
            found.append(frame)
            if ends(frame):
                break
            if frame.type == FrameType.WORKING:
                until = self._clock() + WORK_SECONDS
        return found

    def _line_seconds(self, octets: int) -> float:
        slowest = max(_SECONDS_PER_OCTET, 2 * self._stream.seconds_per_octet)
        return octets * slowest + 512 * self._stream.seconds_per_octet

    def _next(self, until: float) -> Frame | BadFrame | None:
        while not self._waiting:
            if self._clock() >= until:
                return None
            self._waiting += self._decoder.feed(self._stream.read())
        frame = self._waiting.pop(0)
        self._note(frame)
        return frame

    def _note(self, frame: Frame | BadFrame) -> None:
        self.came.append(frame_in_words(frame))
        if isinstance(frame, BadFrame):
            self.bad.append(frame)
            return
        self.answers += is_answer(frame)
        if frame.type == FrameType.BOOT:
            self.boot = frame
        if frame.type == FrameType.EVENT:
            self._stream.write(encode(Frame(FrameType.EVENT_ACK, frame.sequence)))


def is_answer(frame: Frame) -> bool:
    """Whether a frame answers a request, declines it, or rejects what was sent."""
    answered = ANSWER_BIT < frame.type < FrameType.BOOT
    return answered or frame.type in (FrameType.REJECT, FrameType.DECLINED)
