"""The same checks on the native engine: the firmware itself, without a board."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from functools import partial

from firmware_sim.bench.dut.native.device import NativeDevice
from firmware_sim.bench.dut.native.kind import NativeDevices
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.experiments.board_check.one_check import (
    BoardCheck,
    all_protect,
    protects,
    timed,
)
from firmware_sim.bench.experiments.board_check.protections import PROTECTIONS, Protection
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.progress import Progress
from firmware_sim.gbcs.roles import DeviceType


def check_engine(
    named: NativeDevices, also: Collection[DeviceType], progress: Progress
) -> Iterator[BoardCheck]:
    """The checks, one by one; where there is no engine there is but one.

    Args:
        also: device types, beside the Electricity Meter, that its protections are tried as.
    """
    with ExitStack() as stack:
        devices = list[NativeDevice]()

        def starts() -> tuple[Verdict, str]:
            devices.append(stack.enter_context(named.device()))
            return Verdict.PASSED, "it is this package's firmware, self-test passed"

        yield timed("starts", starts)
        if not devices:
            return
        progress.start(len(PROTECTIONS) + len(also), "protections")
        for protection in PROTECTIONS:
            check = partial(_protects, devices[0], protection)
            yield timed(f"protection {protection.name}", check)
            progress.advance()
        for device_type in also:
            check = partial(_all_of, devices[0], device_type)
            yield timed(f"protections as {device_type.name}", check)
            progress.advance()


def _protects(device: NativeDevice, protection: Protection) -> tuple[Verdict, str]:
    with board_trouble_as_bench_error():
        return protects(device, protection, device.cut)


def _all_of(device: NativeDevice, device_type: DeviceType) -> tuple[Verdict, str]:
    with board_trouble_as_bench_error():
        return all_protect(device, device_type, device.cut)
