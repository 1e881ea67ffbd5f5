"""Answers as devices in the field write them: read leniently, and said where they are not DER.

Of the published answers to credential commands, two in five have lengths in more octets than DER
allows, and a captured meter writes a DEFAULT out. Such an answer says clearly what it says, so its
values are read and the departure is a warning. A device is as strict with commands as ever.
"""

from dataclasses import replace
from typing import NamedTuple

from firmware_sim.bench.commands.ber import Departure, to_der
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.use_cases import use_case_name

_CREDENTIALS = "CS02"


class LenientAnswer(NamedTuple):
    """An answer with its payload in DER.

    Attributes:
        message: no protection of it verifies any more if there are departures.
        departures: where the payload was not DER; offsets count from its first octet.
    """

    message: Message
    departures: tuple[Departure, ...] = ()


def read_leniently(answer: Message) -> LenientAnswer:
    """A response or alert about credentials with its payload in DER; others as they are.

    A payload that is no BER at all stays as it is: who decodes it finds out what is wrong.
    """
    if answer.cra is CraFlag.COMMAND or not use_case_name(answer.code).startswith(_CREDENTIALS):
        return LenientAnswer(answer)
    try:
        payload, departures = to_der(answer.payload)
    except RemoteError:
        return LenientAnswer(answer)
    if not departures:
        return LenientAnswer(answer)
    return LenientAnswer(replace(answer, payload=payload), tuple(departures))


def described(departures: tuple[Departure, ...]) -> str:
    """The departures in one line; empty if there are none."""
    return "; ".join(f"octet {each.offset} of the payload: {each.what}" for each in departures)
