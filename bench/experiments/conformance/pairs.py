"""Commands with the responses and alerts that a Device gave to them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from firmware_sim.bench.experiments.conformance.payloads import concerns_keys, read_payload
from firmware_sim.bench.experiments.conformance.reference import MessageFile
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.activation import ActivationAlert
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.use_cases import CS06


class ReferenceMessage(NamedTuple):
    """One file that holds a message, and the message."""

    file: MessageFile
    message: Message


@dataclass(frozen=True, slots=True)
class Pair:
    """One command and its response; for a future-dated command that ran, its alert too."""

    name: str
    command: Message
    response: Message
    alert: Message | None = None


class Pairing(NamedTuple):
    """The pairs, and the names of messages whose counterpart is not there."""

    pairs: tuple[Pair, ...]
    unpaired: tuple[str, ...]


def pair_up(messages: Iterable[ReferenceMessage]) -> Pairing:
    """Pair by folder and file name; an alert belongs to the command whose counter it reports.

    Only messages of the use cases that devices carry out take part, and no Pre-Commands: no Device
    ever sees one.
    """
    messages = [
        item
        for item in messages
        if concerns_keys(item.message) and item.message.signature is not None
    ]
    commands = _by_family(messages, CraFlag.COMMAND)
    responses = _by_family(messages, CraFlag.RESPONSE)
    alerts = {item.file.name: item for item in messages if item.message.cra is CraFlag.ALERT}
    pairs = []
    for family, command in commands.items():
        if family in responses:
            alert = _alert_for(command, alerts)
            pairs.append(
                Pair(
                    command.file.name,
                    command.message,
                    responses[family].message,
                    None if alert is None else alerts.pop(alert).message,
                )
            )
    lonely = {**commands, **responses}.keys() - (commands.keys() & responses.keys())
    names = [{**commands, **responses}[family].file.name for family in lonely]
    return Pairing(tuple(pairs), tuple(sorted([*names, *alerts])))


def all_pairs(messages: Iterable[ReferenceMessage]) -> Iterator[Pair]:
    """Every command that has a response, of whatever use case; no alerts, no Pre-Commands."""
    messages = [item for item in messages if item.message.signature is not None]
    responses = _by_family(messages, CraFlag.RESPONSE)
    for family, command in _by_family(messages, CraFlag.COMMAND).items():
        if family in responses:
            yield Pair(command.file.name, command.message, responses[family].message)


def _by_family(messages: Iterable[ReferenceMessage], cra: CraFlag) -> dict[str, ReferenceMessage]:
    return {item.file.family: item for item in messages if item.message.cra is cra}


def _alert_for(item: ReferenceMessage, alerts: dict[str, ReferenceMessage]) -> str | None:
    """The alert about a command; one in the command's own folder goes before others."""
    command = item.message
    about = [
        name
        for name, alert in alerts.items()
        if alert.message.originator == command.target
        and alert.message.target == command.originator
        and _reported(alert.message) == (command.code, command.counter)
    ]
    return min(
        about, key=lambda name: alerts[name].file.path.parent != item.file.path.parent, default=None
    )


def _reported(alert: Message) -> tuple[MessageCode, int] | None:
    """Message code and counter of the command that an alert is about."""
    try:
        payload = read_payload(alert)
    except RemoteError:
        return None
    if isinstance(payload, ActivationAlert):
        return CS06, payload.counter
    if not isinstance(payload, UpdateAlert):
        return None
    return REPLACEMENT_RULES[payload.outcome.mode].code, payload.outcome.counter
