"""Every published answer built again from its command: header, counter, protection.

Of the answer itself only what no command tells is taken: the payload, the clock in the header, and
the Device's own counter beside a certificate of a user without a cell. Signatures are made with a
key that is not published; they must verify.
"""

from dataclasses import replace

from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.protections import (
    Checked,
    check_signature,
    mac_secrets,
)
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, Supplementary
from firmware_sim.gbcs.protection import with_mac


def check_answer(pair: Pair, keys: PublishedKeys, suite: CryptoSuite) -> Checked:
    """Whether the answer is the one that its command, clock and payload give, octet for octet."""
    response = pair.response
    built = _answer_to(pair.command, response)
    if response.mac is None:
        verdict = check_signature(response, keys, suite)
        is_equal = replace(built, signature=response.signature).build() == response.build()
        return (verdict or Checked.BAD) if is_equal else Checked.BAD
    secrets = {secret for _, secret in mac_secrets(response, keys, suite)}
    if not secrets:
        return Checked.NO_KEY
    octets = response.build()
    is_built = any(with_mac(built, secret, suite).build() == octets for secret in secrets)
    return Checked.OK if is_built else Checked.BAD


def _answer_to(command: Message, response: Message) -> Message:
    return Message(
        CraFlag.RESPONSE,
        command.counter,
        command.target,
        command.originator,
        command.code,
        response.payload,
        response.date_time,
        _user(command, response),
    )


def _user(command: Message, response: Message) -> Supplementary | None:
    """For whom the Broker asks; a certificate is answered with the Device's own counter."""
    user, answered = command.supplementary, response.supplementary
    if user is None or not user.certificate or answered is None:
        return user
    return replace(user, certificate=b"", originator_counter=answered.originator_counter)
