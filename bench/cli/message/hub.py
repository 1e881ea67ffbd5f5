"""One command to a device behind a hub's text line, and what came back in time."""

from firmware_sim.bench.cli.message.exchange import SendResult, answers, is_alert
from firmware_sim.bench.dut.hub_line.device import HubLineDevice
from firmware_sim.bench.dut.hub_line.kind import MEND, opened_hub_line
from firmware_sim.bench.dut.hub_line.names import HubLineName
from firmware_sim.bench.dut.target import IsGenuine
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.gbcs.message import Message

_SILENCE = (
    "nothing on this line tells whether the hub has such a device, or whether it refused the "
    "command: message read-back shows what it did"
)


def exchange_with_hub(
    name: HubLineName,
    is_genuine: IsGenuine,
    octets: bytes,
    command: Message,
    seconds: float,
) -> SendResult:
    """Send a command and wait for its response, at most so many seconds.

    Args:
        is_genuine: whether a response is the device's, as far as is known; others are counted.

    Raises:
        BenchError: there is no hub, or its line is lost.
    """
    result = SendResult(silence=_SILENCE)
    with board_trouble_as_bench_error(MEND), opened_hub_line(name) as line:
        line.seconds = seconds
        result.capture(octets)
        device = HubLineDevice(line, command.target, is_genuine)
        for came in device.receive(octets).messages:
            result.capture(came)
            if is_alert(came):
                result.alerts.append(came)
            elif answers(came, command):
                _take_answer(result, came, is_genuine)
    return result


def _take_answer(result: SendResult, came: bytes, is_genuine: IsGenuine) -> None:
    if not is_genuine(came):
        result.others += 1
        result.response = result.response or came
    elif result.response is None or not is_genuine(result.response):
        result.response = came
