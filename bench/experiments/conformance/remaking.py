"""A board in the place of a device whose private keys are not published: what is made anew.

The board holds a made-up key, so its secrets with its partners are not the real ones. Where the
partner's key is published both are known: a command's MAC is made with the board's secret, and an
answer's, once it has been found right, with the real one. A top-up token that the real secret has
made is made by the board's. And the key pair that a board makes is its own: in its certification
request, once that is found signed with it, the published point takes the place of the board's.
Nothing else is changed.
"""

from collections.abc import Mapping
from dataclasses import replace

from firmware_sim.bench.experiments.conformance.requests import request_in
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.protection import mac_is_valid, with_mac
from firmware_sim.gbcs.use_cases import CS01A, CS01B
from firmware_sim.gbcs.utrn import UTRN_DIGITS, TopUpParties, Utrn, is_authentic, utrn_mac

_TOP_UPS = (CS01A, CS01B)


class Remaking:
    """For one board and its made-up key.

    Args:
        secrets: the real secret for each that the made-up key gives, 32 octets each.
        generated: published point of the key pair that the command makes, 65 octets.
    """

    def __init__(self, secrets: Mapping[bytes, bytes], generated: bytes | None) -> None:
        self._secrets = secrets
        self._generated = generated
        self._suite = P256Suite()

    def for_board(self, command: Message) -> bytes:
        """A published command as the board can check it."""
        own = self._with_own_token(command) if command.code in _TOP_UPS else command
        for made_up, real in self._secrets.items():
            if mac_is_valid(command, real, self._suite):
                return with_mac(own, made_up, self._suite).build()
        return own.build()

    def _with_own_token(self, command: Message) -> Message:
        """The digits end the payload of either use case; those that are no token stay."""
        rest, digits = command.payload[:-UTRN_DIGITS], command.payload[-UTRN_DIGITS:]
        try:
            token = Utrn.parse(digits.decode("ascii", "replace"))
        except RemoteError:
            return command
        for made_up, real in self._secrets.items():
            parties = TopUpParties(command.originator, command.target, real)
            if is_authentic(token, parties, command.counter, self._suite):
                own = parties._replace(secret=made_up)
                made = token._replace(mac=utrn_mac(token, own, command.counter, self._suite))
                return replace(command, payload=rest + str(made).encode())
        return command

    def from_board(self, octets: bytes) -> bytes:
        """An answer of the board as the real device would have sent it.

        What is no message, has another MAC than the board's key gives, or is signed with another
        key than it is about, stays as it is.
        """
        try:
            answer = parse_message(octets)
            shown = self._with_published_point(answer)
        except RemoteError:
            return octets
        for made_up, real in self._secrets.items():
            if mac_is_valid(answer, made_up, self._suite):
                return with_mac(shown, real, self._suite).build()
        return shown.build()

    def _with_published_point(self, answer: Message) -> Message:
        request = request_in(answer)
        if self._generated is None or request is None or not request.is_self_signed(self._suite):
            return answer
        payload = answer.payload.replace(request.public_key, self._generated)
        return replace(answer, payload=payload)
