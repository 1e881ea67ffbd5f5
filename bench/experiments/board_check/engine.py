"""The same checks on the native engine: the firmware itself, without a board."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from firmware_sim.bench.dut.native.device import NativeDevice
from firmware_sim.bench.dut.native.kind import NativeDevices
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.experiments.board_check.one_check import BoardCheck, protects, timed
from firmware_sim.bench.experiments.board_check.protections import PROTECTIONS, Protection
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.progress import Progress


def check_engine(named: NativeDevices, progress: Progress) -> Iterator[BoardCheck]:
    """The checks, one by one; where there is no engine there is but one."""
    with ExitStack() as stack:
        devices = list[NativeDevice]()

        def starts() -> tuple[Verdict, str]:
            devices.append(stack.enter_context(named.device()))
            return Verdict.PASSED, "it is this package's firmware, self-test passed"

        yield timed("starts", starts)
        if not devices:
            return
        progress.start(len(PROTECTIONS), "protections")
        for protection in PROTECTIONS:
            check = partial(_protects, devices[0], protection)
            yield timed(f"protection {protection.name}", check)
            progress.advance()


def _protects(device: NativeDevice, protection: Protection) -> tuple[Verdict, str]:
    with board_trouble_as_bench_error():
        return protects(device, protection, device.cut)
