"""A board in Python, after hw/PROTOCOL.md: octets in, octets out; and lines to reach it by.

Written against the document, not against the host's code: it shares only the frame codec.
"""

import os
import queue
import select
import tty
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import ClassVar, NamedTuple, Protocol, Self
from zlib import crc32

from firmware_sim.devices.links.board_protocol import (
    BlockRun,
    BootRecord,
    Capability,
    ResetCause,
    Result,
    Statistics,
    StoreResult,
)
from firmware_sim.devices.links.framing import Frame, FrameDecoder, encode
from firmware_sim.devices.links.octet_stream import READ_SECONDS, LineLostError
from firmware_sim.gbcs.identifiers import EntityId

ALL = Capability((1 << 13) - 1)
BLOCKS = 8
FLASH_OCTETS = BLOCKS * 1024
BODY_OCTETS = dict(
    enumerate((56, 648, 104, 120, 520, 24, 24, 72, 40, 72, 504, 56, 8, 56, 152, 56), start=1)
)
"""Of the record kinds, as docs/flash-image.md numbers them."""
LENGTHS = {
    0x01: (0, 0),
    0x02: (1, 8192),
    0x03: (0, 0),
    0x04: (10, 10),
    0x05: (3, 8218),
    0x06: (9, 9),
    0x07: (5, 5),
    0x08: (9, 9),
    0x09: (0, 0),
    0x0A: (6, 6),
    0x0B: (0, 0),
    0x0C: (0, 0),
    0x0D: (5, 5),
    0x0E: (0, 64),
}
SLOW = (0x02, 0x03, 0x06, 0x07, 0x0D, 0x0E)
LAST_SECOND = 253_402_300_799  # of the year 9999
REJECTS = {"no COBS": 1, "too short": 2, "too long": 3, "wrong check": 4}

Handler = Callable[[bytes], Sequence[bytes]]


class Declined(Exception):
    """Args: the reason's number."""


class PowerCut(Exception):
    """An armed cut fell due."""


class Unplugged(Exception):
    """The cable comes out while the board works."""


class Kept(NamedTuple):
    """The last request and its answer."""

    sequence: int
    check: int
    answer: bytes


@dataclass
class FakeBoard:
    """State and behaviour; `handler` takes a message and returns messages.

    `does` holds other answers than the document has. Request types in `mute` are never
    answered, the board hangs in those of `hangs_on` and starts anew in those of `resets_on`.
    """

    handler: Handler = lambda _octets: ()
    capabilities: Capability = ALL
    entity: EntityId | None = None
    device_type: int | None = None
    boots: int = 0
    store: StoreResult = StoreResult.NO_AREA
    cause: ResetCause = ResetCause.POWER_ON
    mute: set[int] = field(default_factory=set)
    hangs_on: set[int] = field(default_factory=set)
    resets_on: set[int] = field(default_factory=set)
    protocol: int = 2
    flash: bytearray = field(default_factory=lambda: bytearray(b"\xff" * FLASH_OCTETS))
    staged: list[tuple[int, int, bytes]] = field(default_factory=list)
    clock: tuple[int, int, int] = (0, 2, 0)
    cut: tuple[int, int, int] | None = None
    does: dict[int, Callable[[bytes], bytes]] = field(default_factory=dict)
    executed: list[int] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    repeats: int = 0
    rejects: int = 0

    def __post_init__(self) -> None:
        self._decoder = FrameDecoder()
        self._kept: Kept | None = None
        self._rejecting = False
        self._hung = False
        self._greeted = False

    def record(self) -> BootRecord:
        return BootRecord(
            protocol=self.protocol,
            capabilities=self.capabilities,
            self_test_passed=True,
            store=self.store,
            reset_cause=self.cause,
            device_type=self.device_type,
            entity=self.entity,
            boots=self.boots,
            ticks_per_second=1_000_000,
            max_message=8192,
            erased_value=0xFF,
            write_unit=4,
            programs_per_unit=1,
            blocks=(BlockRun(BLOCKS, 1024),),
            build_id=bytes(range(32)),
            firmware="fake 1",
            board="none",
        )

    def start(self, cause: ResetCause = ResetCause.POWER_ON) -> bytes:
        """Power on: the octets of BOOT."""
        self.__post_init__()
        self.cause = cause
        self.staged.clear()
        self.cut = None
        self.clock = (0, 2, 0)
        self.boots += self.store is StoreResult.OK
        return encode(Frame(0xB0, 0, self.record().octets()))

    def event(self, sequence: int, *messages: bytes) -> bytes:
        return encode(Frame(0xB1, sequence, Result(0, 1, messages).octets()))

    def take(self, octets: bytes) -> bytes:
        """What the board sends when these octets have come."""
        return b"".join(map(self._take, self._decoder.feed(octets)))

    def _take(self, frame: object) -> bytes:
        if self._hung:
            return b""
        if not isinstance(frame, Frame):
            return self._reject(frame.reason)  # type: ignore[attr-defined]
        self._rejecting = False
        if frame.type >= 0x80:
            return b""
        if frame.type == 0x31:
            self.acknowledged.append(frame.sequence)
            return b""
        check = crc32(bytes(frame[:2]) + frame.payload)
        if self._kept and self._kept[:2] == (frame.sequence, check):
            self.repeats += 1
            return self._kept.answer
        return self._answer(frame, check)

    def _reject(self, reason: str) -> bytes:
        if self._rejecting:
            return b""
        self._rejecting = True
        self.rejects += 1
        return encode(Frame(0xFE, 0, bytes((REJECTS[reason],))))

    def _answer(self, frame: Frame, check: int) -> bytes:
        if frame.type in self.resets_on:
            return self.start(ResetCause.WATCHDOG)
        if frame.type in self.mute:
            return b""
        before = b""
        at_least, at_most = LENGTHS.get(frame.type, (0, 0))
        fits = at_least <= len(frame.payload) <= at_most
        obeys = self._greeted or frame.type == 0x01 or self.protocol == 1
        if Capability.WORKING in self.capabilities and frame.type in SLOW and fits and obeys:
            before = encode(Frame(0xB2, frame.sequence))
        if frame.type in self.hangs_on:
            self._hung = True
            return before
        try:
            if not obeys:
                raise Declined(8)
            self.executed.append(frame.type)
            payload = self._carry_out(frame, fits=fits)
            answer = Frame(frame.type | 0x80, frame.sequence, payload)
        except PowerCut:
            return before + self.start(ResetCause.SOFTWARE)
        except Declined as declined:
            answer = Frame(0xFF, frame.sequence, bytes((frame.type, *declined.args)))
        octets = encode(answer)
        self._kept = None if frame.type == 1 else Kept(frame.sequence, check, octets)
        after = self.start(ResetCause.SOFTWARE) if answer.type == 0x8C else b""
        return before + octets + after

    def _carry_out(self, frame: Frame, *, fits: bool) -> bytes:
        if frame.type in self.does:
            return self.does[frame.type](frame.payload)
        if frame.type not in self.METHODS:
            raise Declined(1)
        if not fits:
            raise Declined(2)
        self._greeted = True
        return self.METHODS[frame.type](self, frame.payload)

    def _message(self, payload: bytes) -> bytes:
        self._running()
        return Result(0, len(payload), tuple(self.handler(payload))).octets()

    def _tick(self, _payload: bytes) -> bytes:
        self._running()
        return Result(0, 7, ()).octets()

    def _running(self) -> None:
        if self.store is not StoreResult.OK:
            raise Declined(4)

    def _clock(self, payload: bytes) -> bytes:
        seconds = int.from_bytes(payload[:8], "little")
        if payload[8] > 2 or payload[9] > 1 or seconds > LAST_SECOND:
            raise Declined(3)
        self.clock = (seconds, payload[8], payload[9])
        return b"\x00"

    def _record(self, payload: bytes) -> bytes:
        if self.store is not StoreResult.NO_AREA:
            raise Declined(5)
        kind = payload[0]
        if kind not in BODY_OCTETS:
            raise Declined(3)
        if len(payload) != 3 + BODY_OCTETS[kind]:
            raise Declined(2)
        self.staged.append((kind, int.from_bytes(payload[1:3], "little"), payload[3:]))
        return b"\x00"

    def _provision(self, payload: bytes) -> bytes:
        if self.store is not StoreResult.NO_AREA:
            raise Declined(5)
        if payload[0] > 6:
            raise Declined(3)
        self.device_type, self.entity = payload[0], EntityId(payload[1:])
        self.store, self.boots = StoreResult.OK, 1
        body = b"".join(body for _, _, body in self.staged)
        self.flash[: len(body)] = body
        return b"\x00"

    def _erase(self, payload: bytes) -> bytes:
        if payload != b"ERASE":
            raise Declined(3)
        if self.cut is not None and self.cut[0] < BLOCKS:
            raise PowerCut
        self.device_type = self.entity = None
        self.store, self.boots = StoreResult.NO_AREA, 0
        self.flash[:] = b"\xff" * FLASH_OCTETS
        self.staged.clear()
        return b"\x01"

    def _cut(self, payload: bytes) -> bytes:
        number = int.from_bytes
        if payload[4] > 2:
            raise Declined(3)
        self.cut = (number(payload[:4], "little"), payload[4], number(payload[5:9], "little"))
        return b"\x00"

    def _digest(self, _payload: bytes) -> bytes:
        self._running()
        return bytes(range(32)) + (3).to_bytes(4, "little")

    def _read(self, payload: bytes) -> bytes:
        offset, length = (int.from_bytes(part, "little") for part in (payload[:4], payload[4:]))
        if length > 4096 or offset + length > FLASH_OCTETS:
            raise Declined(3)
        return bytes(self.flash[offset : offset + length])

    def _statistics(self, _payload: bytes) -> bytes:
        return Statistics(*range(11)).octets()

    def _measure(self, payload: bytes) -> bytes:
        count, length = (int.from_bytes(part, "little") for part in (payload[1:3], payload[3:]))
        if not 1 <= payload[0] <= 6 or not 1 <= count <= 1000 or length > 8192:
            raise Declined(3)
        return (100 * int.from_bytes(payload[1:3], "little")).to_bytes(4, "little")

    METHODS: ClassVar[dict[int, Callable[["FakeBoard", bytes], bytes]]] = {
        0x01: lambda self, _payload: self.record().octets(),
        0x02: _message,
        0x03: _tick,
        0x04: _clock,
        0x05: _record,
        0x06: _provision,
        0x07: _erase,
        0x08: _cut,
        0x09: _digest,
        0x0A: _read,
        0x0B: _statistics,
        0x0C: lambda _self, _payload: b"\x00",
        0x0D: _measure,
        0x0E: _message,
    }


class AnyBoard(Protocol):
    """What a line leads to."""

    def start(self) -> bytes: ...

    def take(self, octets: bytes) -> bytes: ...


class FakeStream:
    """The line to a board in this process: what is written is answered at once."""

    name = "fake"
    seconds_per_octet = 0.0

    def __init__(self, board: AnyBoard, *, powers_on: bool = True) -> None:
        self.board = board
        self.closed = False
        self.lost = False
        self.written = b""
        self._out: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        if powers_on:
            self.inject(board.start())

    def inject(self, octets: bytes) -> None:
        """The board says something of itself."""
        self._out.put(octets)

    def read(self) -> bytes:
        if self.lost:
            raise LineLostError("fake is gone")
        try:
            return self._out.get(timeout=READ_SECONDS)
        except queue.Empty:
            return b""

    def write(self, octets: bytes) -> None:
        if self.lost:
            raise LineLostError("fake is gone")
        self.written += octets
        self._out.put(self.board.take(octets))

    def close(self) -> None:
        self.closed = True


class PtyBoard:
    """A fake board behind a pseudo-terminal, as an emulator's UART is.

    Attributes:
        path: what pyserial opens.
    """

    def __init__(self, board: FakeBoard) -> None:
        self._board = board
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(slave)
        self._slave = slave
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        os.write(self._master, self._board.start())
        self._thread.start()
        return self

    def unplug(self) -> None:
        """Close both ends, as if the emulator died."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._thread.join(5)
        self._close()

    def _close(self) -> None:
        os.close(self._master)
        os.close(self._slave)

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def _run(self) -> None:
        """No read and no write waits for ever: a host that stopped reading would hang the test."""
        unsent = b""
        while not self._stop.is_set():
            wanted = [self._master] if unsent else []
            readable, writable, _ = select.select([self._master], wanted, [], READ_SECONDS)
            if readable:
                try:
                    unsent += self._board.take(os.read(self._master, 4096))
                except Unplugged:
                    self._stop.set()
                    self._close()
                    return
            if writable:
                unsent = unsent[os.write(self._master, unsent) :]
