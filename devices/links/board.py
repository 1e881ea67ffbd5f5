"""What a host can ask of a board: the requests of hw/PROTOCOL.md, section 5. Blocking."""

from collections.abc import Callable, Iterable
from struct import pack
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_port import BoardPort
from firmware_sim.devices.links.board_protocol import (
    BootRecord,
    Capability,
    FrameType,
    Measurement,
    ProtocolError,
    Result,
    Statistics,
    StoreResult,
)
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.ports import ClockReliability

Payload = TypeVar("Payload")

MAX_READ_OCTETS = 4096
NEVER = 0xFFFF_FFFF
"""The operation of a cut that is not to come."""

CUT_BEFORE, CUT_AFTER, CUT_TORN = range(3)


class StagedRecord(NamedTuple):
    """One record of a first image: kind and number as in a `RecordKey`, and its body."""

    kind: int
    number: int
    body: bytes

    def __repr__(self) -> str:
        return f"StagedRecord({self.kind}, {self.number}, {len(self.body)} octets)"


class StoreDigest(NamedTuple):
    """What a store trusts: SHA-256 over its live entries; and the generation of its area."""

    digest: bytes
    generation: int


class Board:
    """A board by its port; an open one, or to be opened as a context manager.

    Each method raises what `BoardPort.request` does, and `LinkError` if the board does not
    have the capability.
    """

    def __init__(self, port: BoardPort) -> None:
        self.port = port

    @property
    def boot(self) -> BootRecord:
        """The last boot record."""
        return self.port.boot

    def __enter__(self) -> Self:
        self.port.open()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.port.close()

    def hello(self) -> BootRecord:
        """Ask who it is, and in what state."""
        return self.port.hello()

    def message(self, octets: bytes) -> Result:
        """Hand over a GBCS message, and get what came of it."""
        return self._result(FrameType.MESSAGE, octets)

    def tick(self) -> Result:
        """Let the device do what has fallen due."""
        self._need(Capability.TICK)
        return self._result(FrameType.TICK, b"")

    def enter(self, digits: bytes) -> Result:
        """Type in a token, up to 64 octets, as the customer would at the meter."""
        self._need(Capability.ENTER)
        return self._result(FrameType.ENTER, digits)

    def set_clock(
        self,
        seconds: int,
        reliability: ClockReliability = ClockReliability.RELIABLE,
        *,
        runs: bool = False,
    ) -> None:
        """Set the clock to POSIX seconds; one that runs makes the device tick by itself."""
        self._need(Capability.CLOCK)
        self.port.request(FrameType.CLOCK, pack("<QBB", seconds, reliability, runs))

    def provision(
        self, device_type: int, entity: EntityId, records: Iterable[StagedRecord]
    ) -> BootRecord:
        """Write a first image: what the board says of itself then.

        Raises:
            DeviceFaultError: its store does not come up.
        """
        self._need(Capability.PROVISION)
        reopened = self.port.reopened
        for kind, number, body in records:
            self.port.request(FrameType.RECORD, pack("<BH", kind, number) + body)
        if self.port.reopened != reopened:
            raise LinkError(f"{self.port.name} was unplugged while the board was provisioned")
        self._store(FrameType.PROVISION, bytes((device_type,)) + entity, StoreResult.OK)
        return self.port.hello()

    def erase(self) -> BootRecord:
        """Erase the whole image: credentials, counters, everything."""
        self._need(Capability.ERASE)
        self._store(FrameType.ERASE, b"ERASE", StoreResult.NO_AREA)
        return self.port.hello()

    def cut(self, operation: int, flavour: int = CUT_BEFORE, mask: int = NEVER) -> None:
        """Cut the power at flash operation number `operation` from now, counted from 0.

        The request in which it falls due raises `BoardResetError`.

        Args:
            operation: a word programmed or a block erased; `NEVER` disarms.
            flavour: CUT_BEFORE, CUT_AFTER or CUT_TORN it.
            mask: which bits of a torn operation change, 32 of them.
        """
        self._need(Capability.CUT)
        self.port.request(FrameType.CUT, pack("<IBI", operation, flavour, mask))

    def digest(self) -> StoreDigest:
        """The canonical trust-store digest."""
        self._need(Capability.DIGEST)
        answer = self._sized(FrameType.DIGEST, b"", 36)
        return StoreDigest(answer[:32], int.from_bytes(answer[32:36], "little"))

    def read_flash(self, offset: int = 0, length: int | None = None) -> bytes:
        """Octets of the image; by default all of them."""
        self._need(Capability.READ)
        end = self.boot.flash_octets if length is None else offset + length
        parts = []
        for at in range(offset, end, MAX_READ_OCTETS):
            octets = min(MAX_READ_OCTETS, end - at)
            parts.append(self._sized(FrameType.READ, pack("<IH", at, octets), octets))
        return b"".join(parts)

    def statistics(self) -> Statistics:
        """Counters since the board started."""
        self._need(Capability.STATISTICS)
        return self._parsed(Statistics.parse, self.port.request(FrameType.STATISTICS))

    def reset(self) -> BootRecord:
        """Let it start anew."""
        self._need(Capability.RESET)
        return self.port.restart()

    def measure(self, operation: Measurement, count: int = 1, length: int = 0) -> int:
        """The ticks of `count` bare cryptographic operations, on `length` octets of data."""
        self._need(Capability.MEASURE)
        answer = self._sized(FrameType.MEASURE, pack("<BHH", operation, count, length), 4)
        return int.from_bytes(answer, "little")

    def _need(self, capability: Capability) -> None:
        if capability not in self.boot.capabilities:
            raise LinkError(f"the board at {self.port.name} does not do {capability.name}")

    def _store(self, request: FrameType, payload: bytes, wanted: StoreResult) -> None:
        (status, *_) = self._sized(request, payload, 1)
        if status != wanted:
            what = StoreResult(status).name if status in list(StoreResult) else str(status)
            raise DeviceFaultError(f"after {request.name} the board's store says {what}")

    def _result(self, request: FrameType, payload: bytes) -> Result:
        return self._parsed(Result.parse, self.port.request(request, payload))

    def _sized(self, request: FrameType, payload: bytes, octets: int) -> bytes:
        answer = self.port.request(request, payload)
        if len(answer) < octets:
            raise DeviceFaultError(f"the board answers {request.name} with {len(answer)} octets")
        return answer

    def _parsed(self, parse: Callable[[bytes], Payload], octets: bytes) -> Payload:
        try:
            return parse(octets)
        except ProtocolError as error:
            raise DeviceFaultError(f"the board at {self.port.name} sends {error}") from error
