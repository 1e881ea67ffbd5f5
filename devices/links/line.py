"""An open line to a board: frames out, and a thread that sorts what comes in."""

import logging
import queue
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import NamedTuple

from firmware_sim.devices.links.board_protocol import FrameType
from firmware_sim.devices.links.frame_trace import FROM_BOARD, TO_BOARD, FrameTrace
from firmware_sim.devices.links.framing import BadFrame, Frame, FrameDecoder, encode
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import LineLostError, OctetStream

_LOG = logging.getLogger(__name__)
_CLOSE_SECONDS = 5.0


class Ended(NamedTuple):
    """Nothing comes any more, and why."""

    error: LinkError


class Line:
    """Owns a stream from `start` to `close`.

    Args:
        on_event: called in the reading thread with the payload of each event, once.
    """

    def __init__(
        self,
        stream: OctetStream,
        trace: FrameTrace | None = None,
        on_event: Callable[[bytes], None] | None = None,
    ) -> None:
        self._stream = stream
        self._trace = trace
        self._on_event = on_event
        self._arrived: queue.SimpleQueue[Frame | Ended] = queue.SimpleQueue()
        self._writing = Lock()
        self._closing = Event()
        self._last_event: Frame | None = None
        self._thread = Thread(target=self._read, name=f"reader of {stream.name}", daemon=True)
        self.seconds_per_octet = stream.seconds_per_octet
        self.bad_frames = 0

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """Stop reading and give the stream up."""
        self._closing.set()
        self._thread.join(_CLOSE_SECONDS)
        self._stream.close()
        # A thread that waits for an answer must wait no longer.
        self._arrived.put(Ended(LinkError("the line was closed")))

    def send(self, frame: Frame) -> int:
        """Put a frame on the line; returns how many octets that were.

        Raises:
            LineLostError: the line is gone.
        """
        octets = encode(frame)
        with self._writing:
            if self._trace is not None:
                self._trace.record(TO_BOARD, frame)
            self._stream.write(octets)
        return len(octets)

    def next(self, seconds: float) -> Frame | None:
        """The next frame that is no event; None if none comes in that time.

        Raises:
            LineLostError: the line is gone.
        """
        try:
            arrived = self._arrived.get(timeout=seconds) if seconds > 0 else self._at_once()
        except queue.Empty:
            return None
        if isinstance(arrived, Ended):
            self._arrived.put(arrived)
            raise arrived.error
        return arrived

    def _at_once(self) -> Frame | Ended:
        return self._arrived.get_nowait()

    def _read(self) -> None:
        decoder = FrameDecoder()
        try:
            while not self._closing.is_set():
                for frame in decoder.feed(self._stream.read()):
                    self._take(frame)
        except LineLostError as error:
            self._arrived.put(Ended(error))

    def _take(self, frame: Frame | BadFrame) -> None:
        if self._trace is not None:
            self._trace.record(FROM_BOARD, frame)
        if isinstance(frame, BadFrame):
            self.bad_frames += 1
            _LOG.debug("%s: %d octets that are no frame: %s", self._stream.name, *_short(frame))
        elif frame.type == FrameType.EVENT:
            self._take_event(frame)
        else:
            if frame.type == FrameType.BOOT:
                self._last_event = None
            self._arrived.put(frame)

    def _take_event(self, frame: Frame) -> None:
        self.send(Frame(FrameType.EVENT_ACK, frame.sequence))
        if frame != self._last_event and self._on_event is not None:
            self._on_event(frame.payload)
        self._last_event = frame


def _short(frame: BadFrame) -> tuple[int, str]:
    return len(frame.octets), frame.reason
