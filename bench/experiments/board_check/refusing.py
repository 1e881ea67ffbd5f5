"""Whether a device leaves all as it was: by its own answer before and after, which has its MAC."""

from collections.abc import Callable, Iterator

from firmware_sim.bench.experiments.board_check.checked_device import (
    CheckedDevice,
    response_in,
)
from firmware_sim.bench.experiments.board_check.device_reading import DeviceReading
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.refusals import RefusalReason


def refused(
    device: CheckedDevice, make: Callable[[], Message], reason: RefusalReason, what: str
) -> Iterator[str]:
    """Send what must be refused for one reason, be left unanswered and without effect.

    Args:
        make: gives the command; called after the first read-back, which spends a counter that an
            earlier reading of the Broker's would then be refused for.
        what: the command, in words.

    Yields:
        What was wrong with that.
    """
    before = device.held()
    effects = device.send(make())
    changed = before.differences(device.held())
    if changed:
        yield f"{what} was carried out: it changed {changed}"
    elif response_in(effects) is not None:
        yield f"{what} was answered"
    elif effects.refusal is None:
        yield f"{what} was not refused"
    elif effects.refusal.reason is not reason:
        yield f"{what} was refused as {effects.refusal.reason.label}, not as {reason.label}"


def unchanged(
    device: CheckedDevice, command: Message, what: str, generation: int = 1
) -> Iterator[str]:
    """Send an authentic update of which no cell may be replaced, and which is answered.

    Args:
        what: the certificate or the update, in words.
        generation: of the Broker's keys that the device knows.
    """
    before = device.held(generation)
    effects = device.send(command)
    after = device.held(generation)
    changed = DeviceReading(before.cells, {}).differences(after)
    if changed:
        yield f"{what} was taken: it changed {changed}"
    elif response_in(effects) is None:
        yield f"{what}: the command was not answered, so nothing is known of its certificates"
