"""A board in Python that does all of it: the fake one's line, and a simulated device behind it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby

from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board_protocol import BlockRun, BootRecord, ResetCause, Result
from firmware_sim.devices.links.framing import Frame
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.records import RecordKey, RecordKind, Superblock
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading, ClockReliability
from firmware_sim.machine.store.store import Store
from tests.support.fake_board import FakeBoard

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SimulatedBoard(FakeBoard):
    """Provisioned, commanded, cut and read as the firmware is.

    Attributes:
        device: None until it is provisioned.
        handed: every message that the device was given, in order.
    """

    device: Device | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.does |= {0x02: self._given, 0x06: self._made, 0x07: self._erased, 0x0A: self._page}
        self.does |= {0x08: self._armed, 0x09: self._digested}
        self.does |= {0x03: lambda _: self._result(self._running_device().tick())}
        if not hasattr(self, "handed"):
            self.handed: list[bytes] = []

    def now(self) -> ClockReading:
        seconds, reliability, _ = self.clock
        return ClockReading(
            _EPOCH + timedelta(seconds=seconds), list(ClockReliability)[reliability]
        )

    def start(self, cause: ResetCause = ResetCause.POWER_ON) -> bytes:
        if self.device is not None:
            self.device.power_on()
        return super().start(cause)

    def record(self) -> BootRecord:
        record = super().record()
        sizes = profile_of(DeviceType.ESME, Policy()).geometry.block_sizes
        runs = tuple(BlockRun(len(list(run)), size) for size, run in groupby(sizes))
        return record._replace(blocks=runs)

    def _answer(self, frame: Frame, check: int) -> bytes:
        try:
            return super()._answer(frame, check)
        except PowerCut:
            return self.start(ResetCause.SOFTWARE)

    def _running_device(self) -> Device:
        self._running()
        assert self.device is not None
        return self.device

    def _given(self, octets: bytes) -> bytes:
        device = self._running_device()
        self.handed.append(octets)
        return self._result(device.receive(octets))

    def _made(self, payload: bytes) -> bytes:
        self._provision(payload)
        assert self.device_type is not None
        assert self.entity is not None
        kind = DeviceType(self.device_type)
        flash = NorFlash(profile_of(kind, Policy()).geometry)
        superblock = Superblock(flash.geometry, kind, self.entity)
        bodies = [(RecordKey(RecordKind(kind), number), body) for kind, number, body in self.staged]
        Store.format(flash, superblock, bodies)
        self.device = Device(flash, clock=self, suite=P256Suite())
        return b"\x00"

    def _erased(self, payload: bytes) -> bytes:
        self.device = None
        return self._erase(payload)

    def _page(self, payload: bytes) -> bytes:
        offset, length = (int.from_bytes(part, "little") for part in (payload[:4], payload[4:]))
        return self._running_device().image()[offset : offset + length]

    def _digested(self, _payload: bytes) -> bytes:
        return sha256(self._running_device().image()).digest() + bytes(4)

    def _armed(self, payload: bytes) -> bytes:
        """Only before or after an operation: no test tears one here."""
        flash = self._running_device().flash
        operation = flash.operations + int.from_bytes(payload[:4], "little")
        flash.plan = CutPlan(operation, (Flavour.BEFORE, Flavour.AFTER)[payload[4]])
        return self._cut(payload)

    @staticmethod
    def _result(effects: Effects) -> bytes:
        reason = 0 if effects.refusal is None else effects.refusal.reason.value
        return Result(reason, 1, effects.messages).octets()
