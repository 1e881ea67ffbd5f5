"""Who speaks, in which direction, about what: the first fields of every message."""

from enum import IntEnum
from typing import NewType, Self

from firmware_sim.gbcs.errors import LocalError

ENTITY_ID_OCTETS = 8

MessageCode = NewType("MessageCode", int)
"""Two octets, big-endian, naming the use case of a message (see `firmware_sim.gbcs.use_cases`)."""


class EntityId(bytes):
    """An Entity Identifier: the EUI-64 of a device or a remote party, 8 octets, big-endian.

    It is its own wire form, so it can be sliced into a message as it is.
    """

    def __new__(cls, octets: bytes) -> Self:
        if len(octets) != ENTITY_ID_OCTETS:
            raise LocalError(
                f"an Entity Identifier has {ENTITY_ID_OCTETS} octets, not {len(octets)}",
                octets=octets,
            )
        return super().__new__(cls, octets)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``00DB1234567890A0`` or ``00-db-12-34-56-78-90-a0``.

        Raises:
            LocalError: the text is not 16 hexadecimal digits.
        """
        try:
            octets = bytes.fromhex(text.replace("-", "").replace(":", ""))
        except ValueError as error:
            raise LocalError(f"{text!r} is not an Entity Identifier (16 hex digits)") from error
        return cls(octets)

    def __str__(self) -> str:
        return self.hex()

    def __repr__(self) -> str:
        return f"EntityId({self.hex()})"


class CraFlag(IntEnum):
    """Command, Response or Alert: first octet of the transaction identifier."""

    COMMAND = 1
    RESPONSE = 2
    ALERT = 3
