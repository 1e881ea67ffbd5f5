"""A sender without any key, and how many answers a device can be made to give him.

What he writes in the header selects a key that he does not have. Behind it he may write what he
likes: a device should tell him of the same lack each time. Two answers to one header would mean
that it judges, and speaks of, what no party of its own has said.
"""

from collections.abc import Iterator
from typing import NamedTuple

from firmware_sim.bench.commands.requests import Floors, Naming, UpdateRequest
from firmware_sim.bench.experiments.attack.crafting import Mac, Sender
from firmware_sim.bench.experiments.attack.history import history_of
from firmware_sim.bench.experiments.attack.origins import ENROLLED
from firmware_sim.bench.experiments.attack.position import LATER, Position
from firmware_sim.bench.experiments.attack.setup import TARGETS, new_device
from firmware_sim.bench.experiments.attack.stolen_keys import STOLEN_KEYS
from firmware_sim.bench.experiments.attack.updates import available, plain
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementRule
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.times import NEVER

Answer = tuple[int, ...]
"""The alert codes of what a device sent, in order; a response counts as 0. Empty: silence."""

_MALFORMED = (b"", b"\x30\x00", b"\x30\x81\x00", bytes(16))
_OLD_COUNTER = 1


class KeySelectingHeader(NamedTuple):
    """What selects the key, and what any eavesdropper can see to be wrong."""

    code: MessageCode
    originator: EntityId
    is_signed: bool
    is_maced: bool
    is_old: bool


def provoked(target: str) -> dict[KeySelectingHeader, frozenset[Answer]]:
    """The answers that a stranger gets for each header, over everything he puts behind it.

    Args:
        target: name in `firmware_sim.bench.experiments.attack.setup.TARGETS`.
    """
    flash = new_device(TARGETS[target]).flash
    start = history_of(target).start
    position = Position(TARGETS[target], start, flash, STOLEN_KEYS["nothing"])
    found: dict[KeySelectingHeader, set[Answer]] = {}
    for octets in _commands(position):
        message = parse_message(octets)
        header = KeySelectingHeader(
            message.code,
            message.originator,
            bool(message.signature),
            message.mac is not None,
            message.counter <= _OLD_COUNTER,
        )
        found.setdefault(header, set()).add(_answer(position, octets))
    return {header: frozenset(answers) for header, answers in found.items()}


def _commands(position: Position) -> Iterator[bytes]:
    [origin] = (each for each in available(position) if each.name == ENROLLED)
    for rule in REPLACEMENT_RULES.values():
        truth, sender = plain(position, rule, origin)
        # Fixed, so that another mode behind it does not change what the header says.
        truth = truth._replace(code=rule.code)
        usual = sender._replace(mac=Mac.FALSE if rule.maced else Mac.NONE)
        for header in _headers(usual):
            for request in _contents(position, truth, rule):
                yield from _sent(position, request, header)
            yield from _malformed(position, rule.code, header)
        yield from _sent(position, truth, usual, _OLD_COUNTER)


def _headers(usual: Sender) -> Iterator[Sender]:
    """As it should be but for the key; from another; without the signature."""
    yield usual
    yield usual._replace(originator=EntityId(bytes(8)))
    yield usual._replace(signer=None, mac=Mac.FALSE)


def _contents(
    position: Position, truth: UpdateRequest, rule: ReplacementRule
) -> Iterator[UpdateRequest]:
    """Everything that an update can say behind its header, one lie at a time."""
    yield truth
    for mode in REPLACEMENT_RULES:
        yield truth._replace(mode=mode)
    named: tuple[TrustAnchorCellId | Naming, ...] = (Naming.LEFT_OUT, *position.cells())
    for cell in named:
        yield truth._replace(authorising_cell=cell)
    for role in RemotePartyRole:
        if role not in rule.replaceable:
            yield truth._replace(floors=Floors(others=(FloorChange(role, 0),)))
    yield truth._replace(replacements=())
    yield truth._replace(replacements=truth.replacements * 2)
    for due in (LATER, NEVER):
        yield truth._replace(execution=due)


def _sent(
    position: Position, request: UpdateRequest, sender: Sender, counter: int | None = None
) -> Iterator[bytes]:
    octets = position.update(request, sender, counter)
    if octets is not None:
        yield octets


def _malformed(position: Position, code: MessageCode, sender: Sender) -> Iterator[bytes]:
    for payload in _MALFORMED:
        counter, target = position.next_counter(), position.device.entity_id
        message = Message(CraFlag.COMMAND, counter, sender.originator, target, code, payload)
        octets = position.protected(message, sender)
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
