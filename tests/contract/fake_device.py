"""A device with nothing but an Originator Counter: it executes each command at most once."""

from collections import Counter
from collections.abc import Sequence

from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message, parse_message

PARTY = EntityId.parse("90b3d51f30000002")
HUB = EntityId.parse("90b3d51f30010000")
ESME = EntityId.parse("90b3d51f30010001")
GSME = EntityId.parse("90b3d51f30010002")
HAN = (HUB, ESME, GSME)

WRITE = MessageCode(0x0104)
READ = MessageCode(0x0008)


class FakeDevice:
    """Adds the payload of a WRITE to its values, and answers a READ with all of them.

    Attributes:
        executed: how often each counter was executed.
        refused: commands whose counter was not above the last one.
    """

    def __init__(self, entity: EntityId) -> None:
        self.entity = entity
        self.values: list[bytes] = []
        self.executed: Counter[int] = Counter()
        self.refused = 0
        self._last = 0

    def handle(self, entity: EntityId, octets: bytes) -> Sequence[bytes]:
        message = parse_message(octets)
        assert entity == message.target == self.entity
        if message.counter <= self._last:
            self.refused += 1
            return ()
        self._last = message.counter
        self.executed[message.counter] += 1
        if message.code == WRITE:
            self.values.append(message.payload)
        return (response(message, b"".join(self.values)),)


class FakeHan:
    """Fake devices behind one hub, as a link's handler."""

    def __init__(self, *entities: EntityId) -> None:
        self.devices = {entity: FakeDevice(entity) for entity in entities or HAN}

    def __call__(self, entity: EntityId, octets: bytes) -> Sequence[bytes]:
        return self.devices[entity].handle(entity, octets)


def command(
    counter: int, device: EntityId = ESME, code: MessageCode = WRITE, payload: bytes = b"\x30\x00"
) -> bytes:
    return Message(CraFlag.COMMAND, counter, PARTY, device, code, payload).build()


def response(message: Message, payload: bytes = b"\x05\x00") -> bytes:
    return Message(
        CraFlag.RESPONSE, message.counter, message.target, message.originator, message.code, payload
    ).build()


def alert(device: EntityId = ESME, counter: int = 1) -> bytes:
    code = MessageCode(0x1000)
    return Message(CraFlag.ALERT, counter, device, PARTY, code, b"\x01\x09\x00").build()
