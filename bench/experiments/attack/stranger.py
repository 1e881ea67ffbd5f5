"""A sender without any key, and how many answers a device can be made to give him.

What he writes in the header selects a key that he does not have. Behind it he may write what he
likes: a device should tell him of the same lack each time. Two answers to one header would mean
that it judges, and speaks of, what no party of its own has said.
"""

from collections.abc import Iterator
from typing import NamedTuple

from firmware_sim.bench.commands.requests import Floors
from firmware_sim.bench.experiments.attack.crafting import Mac, Sealed, Update
from firmware_sim.bench.experiments.attack.history import past
from firmware_sim.bench.experiments.attack.origins import ENROLLED
from firmware_sim.bench.experiments.attack.position import LATER, Position
from firmware_sim.bench.experiments.attack.setup import TARGETS, Moment, new_device
from firmware_sim.bench.experiments.attack.stolen_keys import LOOTS
from firmware_sim.bench.experiments.attack.updates import available, plain
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementRule
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.times import NEVER

Answer = tuple[int, ...]
"""The alert codes of what a device sent, in order; a response counts as 0. Empty: silence."""

_MALFORMED = (b"", b"\x30\x00", b"\x30\x81\x00", bytes(16))
_OLD_COUNTER = 1


class Header(NamedTuple):
    """What selects the key, and what any eavesdropper can see to be wrong."""

    code: MessageCode
    originator: EntityId
    is_signed: bool
    is_maced: bool
    is_old: bool


def provoked(target: str) -> dict[Header, frozenset[Answer]]:
    """The answers that a stranger gets for each header, over everything he puts behind it.

    Args:
        target: name in `firmware_sim.bench.experiments.attack.setup.TARGETS`.
    """
    flash = new_device(TARGETS[target], Moment()).flash
    position = Position(TARGETS[target], past(target).start, flash, LOOTS["nothing"])
    found: dict[Header, set[Answer]] = {}
    for octets in _commands(position):
        message = parse_message(octets)
        header = Header(
            message.code,
            message.originator,
            bool(message.signature),
            message.mac is not None,
            message.counter <= _OLD_COUNTER,
        )
        found.setdefault(header, set()).add(_answer(position, octets))
    return {header: frozenset(answers) for header, answers in found.items()}


def _commands(position: Position) -> Iterator[bytes]:
    [world] = (each for each in available(position) if each.name == ENROLLED)
    for rule in REPLACEMENT_RULES.values():
        truth, how = plain(position, rule, world)
        mac = Mac.FALSE if rule.maced else Mac.NONE
        usual = Sealed(how.signer, mac)
        for header, sealed in _headers(truth, usual):
            for update in _contents(position, header, rule):
                yield from _sent(position, update, sealed)
            yield from _malformed(position, header, sealed)
        yield from _sent(position, truth, usual, _OLD_COUNTER)


def _headers(truth: Update, usual: Sealed) -> Iterator[tuple[Update, Sealed]]:
    """As it should be but for the key; from another; without the signature."""
    yield truth, usual
    yield truth._replace(originator=EntityId(bytes(8))), usual
    yield truth, Sealed(None, Mac.FALSE)


def _contents(position: Position, truth: Update, rule: ReplacementRule) -> Iterator[Update]:
    """Everything that an update can say behind its header, one lie at a time."""
    yield truth
    for mode in REPLACEMENT_RULES:
        yield truth._replace(mode=mode)
    for cell in (None, *position.cells()):
        yield truth._replace(named=cell)
    for role in RemotePartyRole:
        if role not in rule.replaceable:
            yield truth._replace(floors=Floors(others=(FloorChange(role, 0),)))
    yield truth._replace(replacements=())
    yield truth._replace(replacements=truth.replacements * 2)
    for due in (LATER, NEVER):
        yield truth._replace(execution=due)


def _sent(
    position: Position, update: Update, how: Sealed, counter: int | None = None
) -> Iterator[bytes]:
    octets = position.update(update, how, counter)
    if octets is not None:
        yield octets


def _malformed(position: Position, update: Update, how: Sealed) -> Iterator[bytes]:
    for payload in _MALFORMED:
        counter, target = position.next_counter(), position.device.entity_id
        message = Message(CraFlag.COMMAND, counter, update.originator, target, update.code, payload)
        octets = position.protected(message, how)
        if octets is not None:
            yield octets


def _answer(position: Position, octets: bytes) -> Answer:
    """From a device that has refused nothing yet: later it would keep some alerts to itself."""
    messages = map(parse_message, position.device.receive(octets).messages)
    at = 9 if position.target.device_type is DeviceType.ESME else 3
    answer = tuple(
        int.from_bytes(message.payload[at : at + 2], "big") if message.cra is CraFlag.ALERT else 0
        for message in messages
    )
    position.go_back()
    return answer
