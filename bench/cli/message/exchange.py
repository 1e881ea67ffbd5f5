"""One command over a broker, and what came back in time."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from firmware_sim.bench.dut.target import Correlation, IsGenuine
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.pcap import Captured
from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.mqtt import MqttPartyLink
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.presence import Presence
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.machine.machine import Effects


@dataclass(slots=True)
class SendResult:
    """What came back for one command.

    Attributes:
        response: the first genuine response with the command's correlation; if none came in
            time, the first of the others.
        others: how many came that are not genuine.
        alerts: the device's alerts that came meanwhile.
        seen: the command and everything that came of the device, with its time.
        online: what the device's hub says; None if no hub speaks for it. Of a board: whether the
            device on it is the one that is meant.
        refusal: why a board says that it refused; empty if it does not say.
        silence: what no response means on this line; empty where the broker tells of presence.
    """

    response: bytes | None = None
    others: int = 0
    alerts: list[bytes] = field(default_factory=list)
    seen: list[Captured] = field(default_factory=list)
    online: bool | None = None
    refusal: str = ""
    silence: str = ""

    def capture(self, octets: bytes) -> None:
        """Note a message that goes or comes now."""
        self.seen.append(Captured(datetime.now(UTC), octets))

    def take(self, effects: Effects) -> None:
        """Note what a device did that needs no broker: its first message is the response."""
        self.refusal = "" if effects.refusal is None else effects.refusal.reason.label
        for octets in effects.messages:
            self.capture(octets)
            if is_alert(octets):
                self.alerts.append(octets)
            elif self.response is None:
                self.response = octets


async def exchange(
    options: MqttOptions,
    octets: bytes,
    command: Message,
    seconds: float,
    is_genuine: IsGenuine = lambda _octets: True,
) -> SendResult:
    """Send a command and wait for its response, at most so many seconds.

    Args:
        is_genuine: whether a response is the device's, as far as is known; anyone at the broker
            can publish another before it.

    Raises:
        BenchError: the broker is not there, or was lost.
    """
    result = SendResult()
    device = command.target
    try:
        async with MqttPartyLink(options, [device]) as link:
            result.capture(octets)
            await link.send(device, octets)
            try:
                async with asyncio.timeout(seconds):
                    await _listen(link, command, result, is_genuine)
            except TimeoutError:
                pass
    except LinkError as error:
        raise BenchError(str(error), "start a broker, or check --target") from error
    return result


async def _listen(
    link: MqttPartyLink, command: Message, result: SendResult, is_genuine: IsGenuine
) -> None:
    async for arrival in link.messages():
        if arrival.channel is Channel.STATUS:
            _note(arrival.octets, command, result)
            continue
        result.capture(arrival.octets)
        if arrival.channel is Channel.ALERT:
            result.alerts.append(arrival.octets)
        elif answers(arrival.octets, command):
            if is_genuine(arrival.octets):
                result.response = arrival.octets
                return
            result.others += 1
            result.response = result.response or arrival.octets


def is_alert(octets: bytes) -> bool:
    """Whether octets are an Alert."""
    try:
        return parse_message(octets).cra is CraFlag.ALERT
    except RemoteError:
        return False


def _note(status: bytes, command: Message, result: SendResult) -> None:
    try:
        presence = Presence.parse(status)
    except RemoteError:
        return  # retained, and no presence of a hub
    if command.target in presence.devices:
        result.online = presence.online


def answers(octets: bytes, command: Message) -> bool:
    """Whether octets are a Response with the correlation of a command."""
    try:
        message = parse_message(octets)
    except RemoteError:
        return False
    return message.cra is CraFlag.RESPONSE and Correlation.of(message) == Correlation.of(command)
