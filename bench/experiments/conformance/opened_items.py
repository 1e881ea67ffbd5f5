"""Every encrypted item of a published answer or alert, opened with published keys."""

from collections.abc import Iterator

from firmware_sim.bench.experiments.conformance.protections import Checked
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.sensitive import ItemKey, decrypted
from firmware_sim.gbcs.sensitive_items import items_in


def check_items(message: Message, keys: PublishedKeys, suite: CryptoSuite) -> Iterator[Checked]:
    """For each encrypted item of a message, whether a published key opens it."""
    items = items_in(message)
    candidates = list(_item_keys(message, keys, suite)) if items else []
    for item in items:
        if not candidates:
            yield Checked.NO_KEY
        else:
            is_open = any(_opened(item, key, suite) is not None for key in candidates)
            yield Checked.OK if is_open else Checked.BAD


def opened_item(
    item: bytes, message: Message, keys: PublishedKeys, suite: CryptoSuite
) -> bytes | None:
    """What an encrypted item of a message holds; None if no published key opens it."""
    found = (_opened(item, key, suite) for key in _item_keys(message, keys, suite))
    return next((plain for plain in found if plain is not None), None)


def _opened(item: bytes, key: ItemKey, suite: CryptoSuite) -> bytes | None:
    try:
        return decrypted(item, key, suite)
    except RemoteError:
        return None


def _item_keys(message: Message, keys: PublishedKeys, suite: CryptoSuite) -> Iterator[ItemKey]:
    user, reader, counter = message.supplementary, message.target, message.counter
    if user is not None:
        reader = user.party
        counter = message.counter if user.originator_counter is None else user.originator_counter
    for own in keys.of(message.originator, KeyUsage.KEY_AGREEMENT):
        for other in keys.of(reader, KeyUsage.KEY_AGREEMENT):
            if own.private_key is not None:
                secret = suite.agree(own.private_key, other.certificate.public_key)
            elif other.private_key is not None:
                secret = suite.agree(other.private_key, own.certificate.public_key)
            else:
                continue
            yield ItemKey(secret, message.originator, reader, counter)
