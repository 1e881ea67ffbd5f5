"""One command to a new device on the engine, and what came back."""

from pathlib import Path

from firmware_sim.bench.cli.choices import parse_device_type
from firmware_sim.bench.cli.message.exchange import SendResult
from firmware_sim.bench.dut.blueprint import blueprint_of_new
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.native.kind import NativeDevices
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, new_flash
from firmware_sim.bench.errors import UsageError
from firmware_sim.gbcs.message import Message


def exchange_with_engine(
    named: NativeDevices,
    pki: Path | None,
    octets: bytes,
    command: Message,
    seconds: float,  # noqa: ARG001 - it answers at once
) -> SendResult:
    """Send a command to a new device, whose clock shows this machine's time.

    Args:
        pki: folder of a drill PKI; the device is the command's of it.

    Raises:
        UsageError: no PKI, or no such device type.
        BenchError: there is no engine, or it crashed.
    """
    if pki is None:
        raise UsageError(
            "a new device holds no credentials",
            "give --pki DIR; or keep one: firmware-sim device run --engine native --image FILE "
            "--pki DIR, and use --target mqtt://HOST",
        )
    kind = parse_device_type(named.device_type or "esme")
    flash = new_flash(DeviceRequest(kind, command.target, pki=pki), pki)
    result = SendResult(online=True)
    with named.device() as device:
        device.begin(blueprint_of_new(flash))
        device.set_clock(RunningClock().now())
        result.capture(octets)
        result.take(device.receive(octets))
    return result
