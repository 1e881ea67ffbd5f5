"""Encryption of sensitive items in an answer or alert, for the party that it is for.

On the wire an item is ``31 00000000``, the ciphertext and a tag of 12 octets. Its key is derived
as that of a MAC is, from the two parties' key agreement keys, with the octet 04 where a message's
CRA flag stands. **All items of one message have the same key and the same IV**, and so the same
keystream: whoever knows the plain values of one item reads as many octets of each other one, and
the exclusive or of two ciphertexts is that of their values. The reference messages show it. It is
reproduced here and must not be copied elsewhere.
"""

from typing import Final, NamedTuple

from firmware_sim.gbcs.crypto import MAC_OCTETS, CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.protection import message_key

ITEM_START: Final = bytes.fromhex("3100000000")

_PURPOSE = 4
_CONTROL = b"\x31"
_IV_TAIL = bytes(4)


class ItemKey(NamedTuple):
    """What the key of a message's items depends on.

    Attributes:
        secret: 32-octet ECDH secret of the Device's and the reader's key agreement keys.
        device: who encrypts.
        reader: the party that is addressed, or for whom the Access Control Broker asks.
        counter: the message's, or the supplementary originator counter if it has one.
    """

    secret: bytes
    device: EntityId
    reader: EntityId
    counter: int

    def __repr__(self) -> str:
        return f"ItemKey({self.device}, {self.reader}, {self.counter}, secret=…)"

    def key(self) -> bytes:
        """The AES key, 16 octets."""
        return message_key(
            self.secret,
            originator=self.device,
            cra=_PURPOSE,
            counter=self.counter,
            target=self.reader,
        )


def encrypted(plain: bytes, item_key: ItemKey, suite: CryptoSuite) -> bytes:
    """The item: 17 octets longer than the plain one."""
    iv = item_key.device + _IV_TAIL
    return ITEM_START + suite.encrypt(item_key.key(), iv, plain, _CONTROL)


def decrypted(item: bytes, item_key: ItemKey, suite: CryptoSuite) -> bytes:
    """Inverse of `encrypted`.

    Raises:
        RemoteError: it is no encrypted item, or another key's, or altered.
    """
    if not item.startswith(ITEM_START) or len(item) < len(ITEM_START) + MAC_OCTETS:
        raise RemoteError("not an encrypted item")
    iv = item_key.device + _IV_TAIL
    return suite.decrypt(item_key.key(), iv, item[len(ITEM_START) :], _CONTROL)
