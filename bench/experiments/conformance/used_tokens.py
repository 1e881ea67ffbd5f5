"""What a top-up and its answer tell of a meter: the balance before, or that the UTRN was spent."""

from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKey, PublishedKeys
from firmware_sim.devices.meter_values import MeterValues
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.dlms_access import AccessResponse, read_request
from firmware_sim.gbcs.dlms_data import one_value
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import CS01A
from firmware_sim.gbcs.utrn import TopUpParties, Utrn, is_authentic
from firmware_sim.gbcs.zcl import read_frames

_RESULT_AND_CREDIT = 6


def top_up_state(
    pair: Pair, keys: PublishedKeys, suite: CryptoSuite
) -> tuple[MeterValues, tuple[str, ...]]:
    """The values that the answer implies, and in words what came from it.

    A good UTRN that was refused has been spent: nothing else of these messages can be the cause.

    Raises:
        RemoteError: a payload does not decode.
    """
    code, numbers = _answer(pair.response)
    if code == 0 and numbers:
        credit, balance = numbers
        return MeterValues(balance=balance - credit), ("its balance",)
    if code == 0 or signing_key(pair.command, keys, suite) is None:
        return MeterValues(), ()
    spent = MeterValues(spent_counters=(pair.command.counter,))
    return spent, ("that the UTRN was spent before",)


def signing_key(command: Message, keys: PublishedKeys, suite: CryptoSuite) -> PublishedKey | None:
    """The published prepayment key that made the UTRN of a top-up; None if none did."""
    try:
        utrn = Utrn.parse(_digits(command).decode("ascii", "replace"))
    except RemoteError:
        return None
    for key in keys.top_up_keys(command.originator):
        for device in keys.of(command.target, KeyUsage.KEY_AGREEMENT):
            secret = _secret(key, device, suite)
            if secret is None:
                continue
            parties = TopUpParties(command.originator, command.target, secret)
            if is_authentic(utrn, parties, command.counter, suite):
                return key
    return None


def _secret(key: PublishedKey, device: PublishedKey, suite: CryptoSuite) -> bytes | None:
    if key.private_key is not None:
        return suite.agree(key.private_key, device.certificate.public_key)
    if device.private_key is not None:
        return suite.agree(device.private_key, key.certificate.public_key)
    return None


def _digits(command: Message) -> bytes:
    if command.code == CS01A:
        [item] = read_request(command.payload, command.counter).items
        return one_value(item.data).content
    [frame] = read_frames(command.payload)
    return frame.content[2:]


def _answer(response: Message) -> tuple[int, tuple[int, ...]]:
    """Result, then credit and balance where the answer shows them."""
    if response.code == CS01A:
        [outcome] = AccessResponse.decode(response.payload).outcomes
        return outcome.result, ()
    [frame] = read_frames(response.payload)
    fields = frame.content[1:5], frame.content[_RESULT_AND_CREDIT:]
    credit, balance = (int.from_bytes(each, "little", signed=True) for each in fields)
    return frame.content[0], (credit, balance)
