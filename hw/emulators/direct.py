"""Requests to a board in Unicorn without a line in between: one frame in, its answer out."""

from firmware_sim.devices.links.board_protocol import (
    ANSWER_BIT,
    BootRecord,
    DeclineReason,
    FrameType,
)
from firmware_sim.devices.links.framing import Frame, FrameDecoder, encode
from firmware_sim.hw.emulators.unicorn_board import UnicornBoard
from firmware_sim.hw.errors import HardwareError


class SilentFirmwareError(HardwareError):
    """The firmware does not answer, or does not start; there is no line that could be to blame."""


class DirectLink:
    """Asks the firmware in a `UnicornBoard`, in its caller's thread."""

    def __init__(self, board: UnicornBoard) -> None:
        self.board = board
        self._sequence = 0

    def power_on(self) -> BootRecord:
        """Start the board; what it says when it comes up.

        Raises:
            SilentFirmwareError: it says nothing.
        """
        self.board.power_on()
        self.board.run()
        boot = self._boot(self.board.line.take())
        self.ask(FrameType.HELLO)
        return boot

    def ask(self, request: FrameType, payload: bytes = b"") -> bytes | None:
        """The payload of the answer; None if an armed cut came first.

        Raises:
            SilentFirmwareError: the board declines the request, or sends no answer.
        """
        self._sequence = self._sequence % 255 + 1
        octets = self.board.exchange(encode(Frame(request, self._sequence, payload)))
        if not self.board.powered:
            return None
        for frame in FrameDecoder().feed(octets):
            if isinstance(frame, Frame) and frame.type == request | ANSWER_BIT:
                return frame.payload
            if isinstance(frame, Frame) and frame.type == FrameType.DECLINED:
                reason = DeclineReason(frame.payload[1]).name
                raise SilentFirmwareError(f"the board declines {request.name}: {reason}")
        raise SilentFirmwareError(f"the board does not answer {request.name}")

    def starts_anew(self, request: FrameType, payload: bytes) -> bool:
        """Send a request, and say whether the board sends BOOT and no answer; greet it then."""
        self._sequence = self._sequence % 255 + 1
        octets = self.board.exchange(encode(Frame(request, self._sequence, payload)))
        frames = [frame for frame in FrameDecoder().feed(octets) if isinstance(frame, Frame)]
        types = {frame.type for frame in frames}
        if FrameType.BOOT not in types or request | ANSWER_BIT in types:
            return False
        self.ask(FrameType.HELLO)
        return True

    def _boot(self, octets: bytes) -> BootRecord:
        for frame in FrameDecoder().feed(octets):
            if isinstance(frame, Frame) and frame.type == FrameType.BOOT:
                return BootRecord.parse(frame.payload)
        raise SilentFirmwareError("the board does not start")
