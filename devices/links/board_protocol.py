"""What frames say: the payloads that hosts read (hw/PROTOCOL.md), and the numbers in them.

Numbers are little-endian. A payload may be longer than this version of the protocol knows:
what follows is passed over.
"""

from struct import Struct
from typing import NamedTuple, Self

from firmware_sim.devices.links.board_numbers import ANSWER_BIT as ANSWER_BIT
from firmware_sim.devices.links.board_numbers import PROTOCOL_VERSION as PROTOCOL_VERSION
from firmware_sim.devices.links.board_numbers import SPOKEN_VERSIONS as SPOKEN_VERSIONS
from firmware_sim.devices.links.board_numbers import Capability as Capability
from firmware_sim.devices.links.board_numbers import DeclineReason as DeclineReason
from firmware_sim.devices.links.board_numbers import FrameType as FrameType
from firmware_sim.devices.links.board_numbers import Measurement as Measurement
from firmware_sim.devices.links.board_numbers import RejectReason as RejectReason
from firmware_sim.devices.links.board_numbers import ResetCause as ResetCause
from firmware_sim.devices.links.board_numbers import StoreResult as StoreResult
from firmware_sim.gbcs.identifiers import EntityId


class ProtocolError(ValueError):
    """A payload has not the form that the protocol gives it."""


class BlockRun(NamedTuple):
    """So many adjacent erase blocks of `size` octets."""

    blocks: int
    size: int


_BOOT = Struct("<BIBBBB8sIIHBBB")
_RUN = Struct("<HI")
_RUNS = 4
_DIGEST_OCTETS = 32


class BootRecord(NamedTuple):
    """Who a board is and how it came up; the payload of BOOT and of HELLO's answer.

    `device_type` is a `gbcs.roles.DeviceType`, and `entity` not zero, on a provisioned board
    only; otherwise None. `build_id` is SHA-256 over the firmware's text and read-only data.
    `boots` counts the starts since provisioning.
    """

    protocol: int
    capabilities: Capability
    self_test_passed: bool
    store: StoreResult
    reset_cause: ResetCause
    device_type: int | None
    entity: EntityId | None
    boots: int
    ticks_per_second: int
    max_message: int
    erased_value: int
    write_unit: int
    programs_per_unit: int
    blocks: tuple[BlockRun, ...]
    build_id: bytes
    firmware: str
    board: str

    @property
    def flash_octets(self) -> int:
        """Size of the flash that holds the image."""
        return sum(run.blocks * run.size for run in self.blocks)

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Read a payload.

        Raises:
            ProtocolError: too short, or a value that the protocol does not have.
        """
        runs_end = _BOOT.size + _RUNS * _RUN.size
        digest_end = runs_end + _DIGEST_OCTETS
        if len(octets) < digest_end + 2:
            raise ProtocolError(f"a boot record of {len(octets)} octets")
        head = _BOOT.unpack_from(octets)
        runs = (BlockRun(*run) for run in _RUN.iter_unpack(octets[_BOOT.size : runs_end]))
        firmware, rest = _text(octets[digest_end:])
        board, _ = _text(rest)
        return cls(
            protocol=head[0],
            capabilities=Capability(head[1]),
            self_test_passed=head[2] == 0,
            store=_store_result(head[3]),
            reset_cause=ResetCause(head[4]),
            device_type=None if head[5] == 0xFF else head[5],
            entity=EntityId(head[6]) if any(head[6]) else None,
            boots=head[7],
            ticks_per_second=head[8],
            max_message=head[9],
            erased_value=head[10],
            write_unit=head[11],
            programs_per_unit=head[12],
            blocks=tuple(run for run in runs if run.blocks),
            build_id=octets[runs_end:digest_end],
            firmware=firmware,
            board=board,
        )

    def octets(self) -> bytes:
        """The payload."""
        head = _BOOT.pack(
            self.protocol,
            self.capabilities,
            0 if self.self_test_passed else 1,
            self.store,
            self.reset_cause,
            0xFF if self.device_type is None else self.device_type,
            bytes(8) if self.entity is None else self.entity,
            self.boots,
            self.ticks_per_second,
            self.max_message,
            self.erased_value,
            self.write_unit,
            self.programs_per_unit,
        )
        unused = (BlockRun(0, 0),) * (_RUNS - len(self.blocks))
        runs = b"".join(_RUN.pack(*run) for run in self.blocks + unused)
        texts = b"".join(
            len(text).to_bytes() + text for text in (self.firmware.encode(), self.board.encode())
        )
        return head + runs + self.build_id + texts


_RESULT = Struct("<BBI")


class Result(NamedTuple):
    """What came of a message or of the passing of time; the payload of RESULT and EVENT.

    `reason` is 0, or a `firmware_sim.machine.refusals.RefusalReason`; `messages` are complete GBCS
    octets; `ticks` is the time it took, by the board's own timer.
    """

    reason: int
    ticks: int
    messages: tuple[bytes, ...]

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Read a payload.

        Raises:
            ProtocolError: too short for what it announces.
        """
        if len(octets) < _RESULT.size:
            raise ProtocolError(f"a result of {len(octets)} octets")
        reason, count, ticks = _RESULT.unpack_from(octets)
        messages, at = [], _RESULT.size
        for _ in range(count):
            start = at + 2
            at = start + int.from_bytes(octets[at:start], "little")
            if start > len(octets) or at > len(octets):
                raise ProtocolError(f"a result of {count} messages ends within one")
            messages.append(octets[start:at])
        return cls(reason, ticks, tuple(messages))

    def octets(self) -> bytes:
        """The payload."""
        head = _RESULT.pack(self.reason, len(self.messages), self.ticks)
        return head + b"".join(len(each).to_bytes(2, "little") + each for each in self.messages)


class Statistics(NamedTuple):
    """Counters since the board started; the payload of STATISTICS' answer, 4 octets each."""

    good_frames: int
    bad_frames: int
    ignored_frames: int
    repeated_answers: int
    rejects: int
    events: int
    lost_events: int
    programs: int
    erases: int
    stack_octets: int
    last_ticks: int

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Read a payload.

        Raises:
            ProtocolError: too short.
        """
        fields = len(cls._fields)
        if len(octets) < 4 * fields:
            raise ProtocolError(f"statistics of {len(octets)} octets")
        return cls(*Struct(f"<{fields}I").unpack_from(octets))

    def octets(self) -> bytes:
        """The payload."""
        return Struct(f"<{len(self)}I").pack(*self)


def _store_result(value: int) -> StoreResult:
    try:
        return StoreResult(value)
    except ValueError:
        raise ProtocolError(f"no store result has the number {value}") from None


def _text(octets: bytes) -> tuple[str, bytes]:
    """A text after its length, and what follows."""
    end = 1 + octets[0] if octets else 1
    if len(octets) < end:
        raise ProtocolError("a text ends before its length says")
    return octets[1:end].decode("utf-8", "replace"), octets[end:]
