"""What a device stores for the uses of its keys: top-ups, balance, registers, an activation.

Nothing here is a credential: `firmware_sim.machine.image.records` has those. Numbers are
non-negative unless they are said to be signed.
"""

from enum import IntFlag
from typing import NamedTuple

from firmware_sim.gbcs.uses import ObjectName
from firmware_sim.machine.image.record_keys import RecordKey, RecordKind, record_key


class TopUpFlag(IntFlag):
    """What has happened under one UTRN counter."""

    CREDITED = 1
    """Its token is spent."""
    ANSWERED = 2
    """A command with this Originator Counter is spent: the keys of its answer must not serve
    twice."""


class TopUp(NamedTuple):
    """One entry of the UTRN Counter Cache.

    `place` is 0 to 99; `counter_high` is bits 63 to 32 of the counter, whose other bits are zero.
    """

    place: int
    counter_high: int
    flags: TopUpFlag

    @property
    def key(self) -> RecordKey:
        """Number: place in the ring."""
        return record_key(RecordKind.TOP_UP, self.place)


class MeterState(NamedTuple):
    """What changes of a meter when its keys are used.

    Attributes:
        balance: signed, in thousandths of a penny.
        firmware_version: of the firmware that runs; 4 octets.
        image_version: of the firmware image that is held; 4 octets, zero if there is none.
        image_hash: SHA-256 of that image; 32 octets, zero if there is none.
        image_held: whether an image is held that can be activated.
        entry_failures: tokens typed in, in a row, that were not authentic.
        cache_head: the place in the UTRN Counter Cache that the next new counter takes.
        supply_state: as ZSE numbers it: 0 off, 1 armed, 2 on.
        tenancy_start: seconds since 2000-01-01, as the last change of tenancy gave them.
    """

    balance: int = 0
    firmware_version: bytes = bytes(4)
    image_version: bytes = bytes(4)
    image_hash: bytes = bytes(32)
    image_held: bool = False
    entry_failures: int = 0
    cache_head: int = 0
    supply_state: int = 0
    tenancy_start: int = 0

    @property
    def key(self) -> RecordKey:
        """There is one."""
        return record_key(RecordKind.METER)


class Register(NamedTuple):
    """A value that a device holds from manufacture; no command changes it.

    Attributes:
        place: 0 to 31.
        data: up to 138 octets: a DLMS data value, or the ZCL type and value.
        result: 0, or the DLMS access result or ZCL status that every use of it ends with; `data`
            is then empty.
    """

    place: int
    name: ObjectName
    data: bytes
    result: int = 0

    @property
    def key(self) -> RecordKey:
        """Number: place."""
        return record_key(RecordKind.REGISTER, self.place)


class Activation(NamedTuple):
    """A firmware activation that waits: due time in POSIX seconds, and the command it came with.

    `originator` has 8 octets, `image_hash` 32.
    """

    due: int
    counter: int
    originator: bytes
    image_hash: bytes

    @property
    def key(self) -> RecordKey:
        """At most one waits."""
        return record_key(RecordKind.ACTIVATION)
