"""A device behind a hub's text line, under test: it is sent messages, and nothing else."""

from collections import Counter, defaultdict
from threading import Lock
from time import monotonic
from typing import NoReturn

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.dut.device_under_test import Ability
from firmware_sim.bench.dut.target import Correlation, IsGenuine
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.devices.links.text_line import LineReader, TextMessage, encode_line
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading


class HubLine:
    """The parties' end of an open line, which all devices behind the hub share.

    Args:
        seconds: how long a response is waited for.

    Attributes:
        seconds: as given; it may be changed.
        reader: with the dropped lines.
        numbers: how often a line had each number, as it came.
    """

    def __init__(self, stream: OctetStream, seconds: float) -> None:
        self._stream = stream
        self.seconds = seconds
        self._asking = Lock()
        self._held: defaultdict[EntityId, list[bytes]] = defaultdict(list)
        self.reader = LineReader()
        self.numbers: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """Of the line."""
        return self._stream.name

    def ask(
        self,
        device: EntityId,
        octets: bytes,
        is_genuine: IsGenuine = lambda _octets: True,
    ) -> tuple[bytes, ...]:
        """Send a message, and wait for its response: what came of the device until then.

        Args:
            is_genuine: a response that is not, which anybody may have sent, ends no wait.

        Raises:
            LinkError: the line is gone.
        """
        wanted = _correlation(octets)
        with self._asking:
            until = monotonic() + self.seconds
            self._read()  # who is to be connected to first, is
            self._write_by(encode_line(TextMessage(octets)), until)
            while monotonic() < until:
                answers = (each for each in self._held[device] if _answers(each, wanted))
                if any(map(is_genuine, answers)):
                    break
                self._read()
            return self._taken(device)

    def listen(self, device: EntityId) -> tuple[bytes, ...]:
        """What a device sends of itself, if something comes in the time of a response."""
        with self._asking:
            until = monotonic() + self.seconds
            while not self._held[device] and monotonic() < until:
                self._read()
            return self._taken(device)

    def _write_by(self, line: bytes, until: float) -> None:
        while True:
            try:
                return self._stream.write(line)
            except LinkError:
                # A hub that connects to us may not have done so yet.
                if monotonic() >= until:
                    raise
                self._read()

    def _read(self) -> None:
        for message in self.reader.feed(self._stream.read()):
            self.numbers[message.number] += 1
            parsed = _parsed(message.octets)
            if parsed is not None and parsed.cra is not CraFlag.COMMAND:
                self._held[parsed.originator].append(message.octets)

    def _taken(self, device: EntityId) -> tuple[bytes, ...]:
        return tuple(self._held.pop(device, ()))


class HubLineDevice:
    """A `DeviceUnderTest` without any ability: it takes messages, as it does in the field.

    Args:
        entity: None for whichever device a message names.
    """

    abilities = Ability(0)

    def __init__(
        self,
        line: HubLine,
        entity: EntityId | None = None,
        is_genuine: IsGenuine = lambda _octets: True,
    ) -> None:
        self._line = line
        self._entity = entity
        self._is_genuine = is_genuine

    @property
    def geometry(self) -> Geometry:
        """It has none that could be known."""
        self._refuse()

    def receive(self, octets: bytes) -> Effects:
        target = self._entity
        if target is None:
            message = _parsed(octets)
            target = None if message is None else message.target
        if target is None:
            raise LinkError("octets that are no message reach no device behind a hub")
        return Effects(self._line.ask(target, octets, self._is_genuine))

    def tick(self) -> Effects:
        """Listen: the device looks at its clock by itself."""
        return Effects(() if self._entity is None else self._line.listen(self._entity))

    def begin(self, blueprint: Blueprint) -> None:  # noqa: ARG002
        self._refuse()

    def set_clock(self, reading: ClockReading) -> None:  # noqa: ARG002
        self._refuse()

    def enter(self, digits: bytes) -> Effects:  # noqa: ARG002
        self._refuse()

    def reset(self) -> None:
        self._refuse()

    def digest(self) -> bytes:
        self._refuse()

    def image(self) -> bytes:
        self._refuse()

    def wear(self) -> tuple[int, ...] | None:
        return None

    def _refuse(self) -> NoReturn:
        raise LinkError(f"a device behind {self._line.name} takes messages and nothing else")


def _parsed(octets: bytes) -> Message | None:
    try:
        return parse_message(octets)
    except GbcsError:
        return None


def _correlation(octets: bytes) -> Correlation | None:
    message = _parsed(octets)
    return None if message is None else Correlation.of(message)


def _answers(octets: bytes, wanted: Correlation | None) -> bool:
    message = _parsed(octets)
    if message is None or message.cra is not CraFlag.RESPONSE:
        return False
    return Correlation.of(message) == wanted
