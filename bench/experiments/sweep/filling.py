"""A journal filled to the brim without a change to what it holds: the next commit must compact."""

from collections.abc import Mapping
from functools import cache

from firmware_sim.bench.experiments.sweep.recording import Changes
from firmware_sim.machine.image.codec import encode, unpack_own_counters
from firmware_sim.machine.image.entries import delete_entry, put_entry
from firmware_sim.machine.image.layout import COMMIT_OCTETS, MAX_CHUNK_OCTETS
from firmware_sim.machine.image.records import (
    OWN_COUNTERS_KEY,
    PendingChunk,
    PendingCommand,
    RecordKey,
)
from firmware_sim.machine.store import Store
from firmware_sim.machine.store.journal import snapshot_size
from firmware_sim.machine.store.model import State

_PLACE = 15
"""Of a waiting command; devices use the first four."""

_MOST_CHUNKS = 200

_Pair = tuple[Changes, Changes]


def commit(store: Store, changes: Changes) -> None:
    """One transaction."""
    with store.transaction() as transaction:
        for key, body in changes.items():
            if body is None:
                transaction.delete(key)
            else:
                transaction.put(key, body)


def fill(store: Store, state: State, due: Changes) -> None:
    """Take the journal's room by pairs of transactions that undo each other.

    Args:
        store: formatted just now, so that its journal holds one snapshot of `state`.
        due: what must not fit any more.
    """
    entries = sum(len(put_entry(key, body)) for key, body in state.items())
    room = store.superblock.geometry.areas[0].size - snapshot_size(entries)
    need = _octets(due)
    many = min(_MOST_CHUNKS, (room - need) // 2 // MAX_CHUNK_OCTETS)
    for pair in _pairs(room, need, state, many):
        for changes in pair:
            commit(store, changes)


def _pairs(room: int, need: int, state: State, many: int) -> list[_Pair]:
    middle, small = _there_and_back(_waiting()), _toggle(state)
    reserve = need + 2 * _size(middle) + _size(small)
    chosen: list[_Pair] = []
    for chunks in range(many, 0, -1):
        large, size = _large(chunks)
        times = max(0, room - reserve) // size
        chosen += [large] * times
        room -= times * size
    for count in range(room // _size(middle) + 1):
        left = room - count * _size(middle)
        times = max(0, -(-(left - need + 1) // _size(small)))
        if times * _size(small) <= left:
            return [*chosen, *[middle] * count, *[small] * times]
    raise AssertionError(f"no pairs fill {room} octets up to {need}")


@cache
def _large(chunks: int) -> tuple[_Pair, int]:
    """So many chunks there and back, and their octets: the same for every device."""
    pair = _there_and_back(_chunks(chunks))
    return pair, _size(pair)


def _chunks(count: int) -> Mapping[RecordKey, bytes]:
    filler = bytes(MAX_CHUNK_OCTETS)
    return dict(encode(PendingChunk(_PLACE, number, filler)) for number in range(count))


def _waiting() -> Mapping[RecordKey, bytes]:
    return dict([encode(PendingCommand(_PLACE, 0, bytes(8), 0, 0, 0, bytes(32)))])


def _there_and_back(put: Mapping[RecordKey, bytes]) -> _Pair:
    return put, dict.fromkeys(put)


def _toggle(state: State) -> _Pair:
    held = state[OWN_COUNTERS_KEY]
    own = unpack_own_counters(0, held)
    return dict([encode(own._replace(boots=own.boots ^ 1 << 30))]), {OWN_COUNTERS_KEY: held}


def _size(pair: _Pair) -> int:
    return sum(map(_octets, pair))


def _octets(changes: Changes) -> int:
    """Of a journal, mark included."""
    entries = (
        delete_entry(key) if body is None else put_entry(key, body) for key, body in changes.items()
    )
    return sum(map(len, entries)) + COMMIT_OCTETS
