"""The words ``--target board:NAME`` and ``--target serial:URL``."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.emulated import emulated_target
from firmware_sim.bench.dut.board.names import (
    EmulatedName,
    SerialName,
    board_target,
)
from firmware_sim.bench.dut.board.opening import opened_board
from firmware_sim.bench.dut.board.serial_line import device_type_at, serial_target
from firmware_sim.bench.dut.default_policy import check_default_policy
from firmware_sim.bench.dut.devices_target import DevicesTarget
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.build.catalogue import board_named


@dataclass(frozen=True, slots=True)
class EmulatedBoards:
    """Emulated boards, as many as a drill has devices."""

    name: EmulatedName
    is_one_device = True
    cuts_power = False

    @classmethod
    def read(cls, target: str) -> "EmulatedBoards | None":
        name = board_target(target)
        if not isinstance(name, EmulatedName):
            return None
        with board_trouble_as_bench_error():
            board_named(name.name)
        return cls(name)

    def check_policy(self, policy: Policy) -> None:
        check_default_policy(policy)

    def device_types(self) -> frozenset[DeviceType] | None:
        return None

    @contextmanager
    def device(self) -> Iterator[BoardDevice]:
        with _device_on(self.name) as device:
            yield device

    def devices(self, premises: Iterable[Premises]) -> AbstractAsyncContextManager[DevicesTarget]:
        return emulated_target(premises, self.name)


@dataclass(frozen=True, slots=True)
class SerialBoard:
    """The one board at the end of a line."""

    name: SerialName
    is_one_device = True
    cuts_power = False

    @classmethod
    def read(cls, target: str) -> "SerialBoard | None":
        name = board_target(target)
        return cls(name) if isinstance(name, SerialName) else None

    def check_policy(self, policy: Policy) -> None:
        check_default_policy(policy)

    def device_types(self) -> frozenset[DeviceType] | None:
        return frozenset((device_type_at(self.name),))

    @contextmanager
    def device(self) -> Iterator[BoardDevice]:
        with _device_on(self.name) as device:
            yield device

    def devices(self, premises: Iterable[Premises]) -> AbstractAsyncContextManager[DevicesTarget]:
        return serial_target(premises, self.name)


@contextmanager
def _device_on(name: EmulatedName | SerialName) -> Iterator[BoardDevice]:
    with ExitStack() as stack:
        with board_trouble_as_bench_error():
            board = stack.enter_context(opened_board(name))
        yield BoardDevice(board)
