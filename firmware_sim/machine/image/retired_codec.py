"""Retired keys to octets and back; see `firmware_sim.machine.image.codec`."""

from struct import Struct

from firmware_sim.machine.image.bounds import sized
from firmware_sim.machine.image.layout import RETIRED_PLACES
from firmware_sim.machine.image.records import CELL_INDICES, RetiredKey

_RETIRED_KEY = Struct("<QI32s12x")

_CELLS = {index: cell for cell, index in CELL_INDICES.items()}


def pack_retired_key(record: RetiredKey) -> bytes:
    """56 octets."""
    return _RETIRED_KEY.pack(
        record.counter, record.sequence, sized(record.key_digest, 32, "a digest")
    )


def unpack_retired_key(number: int, body: bytes) -> RetiredKey:
    """Reads what `pack_retired_key` wrote."""
    counter, sequence, digest = _RETIRED_KEY.unpack(body)
    cell, place = divmod(number, RETIRED_PLACES)
    return RetiredKey(_CELLS[cell], place, sequence, counter, digest)
