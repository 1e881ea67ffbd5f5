"""The UTRN Counter Cache: which counters are spent, in a ring of 100 places.

A counter is *credited* when its UTRN has been added to the balance, and *answered* when a command
with it has been accepted: the keys of the answer depend on the counter, so it must not be answered
twice. What falls out of the ring raises the specialist floor of the supplier to its counter: if it
did not, a hundred commands would make the oldest spent UTRN good again.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.gbcs.utrn import COUNTER_BITS, COUNTER_STEP
from firmware_sim.machine.image.layout import TOP_UP_PLACES
from firmware_sim.machine.image.records import Counters, Record
from firmware_sim.machine.image.use_records import MeterState, TopUp, TopUpFlag
from firmware_sim.machine.state import DeviceState

_LAST_HIGH = (1 << 31) - 1
_TURN = 1 << COUNTER_BITS


class Remembered(NamedTuple):
    """What a counter leaves behind: its entry, the head of the ring, the floor if it rises."""

    entry: TopUp
    meter: MeterState
    counters: Counters | None

    def records(self, before: MeterState) -> Iterator[Record]:
        """What is to be put, in the order in which a transaction takes it."""
        yield self.entry
        if self.meter != before:
            yield self.meter
        if self.counters is not None:
            yield self.counters


def floor_of(state: DeviceState) -> int:
    """UTRN counters up to this one are refused: the supplier's specialist floor."""
    held = state.counters.get(RemotePartyRole.SUPPLIER)
    return 0 if held is None else held.specialist or 0


def has(state: DeviceState, counter: int, flag: TopUpFlag) -> bool:
    """Whether this has happened under a counter, as far as the ring remembers."""
    entry = _entry(state, counter)
    return entry is not None and flag in entry.flags


def credited_counters(entries: Iterable[TopUp]) -> frozenset[int]:
    """The counters whose UTRNs are spent, as far as a ring remembers."""
    spent = (each for each in entries if TopUpFlag.CREDITED in each.flags)
    return frozenset(each.counter_high * COUNTER_STEP for each in spent)


def highest_credited(state: DeviceState) -> int:
    """The highest counter whose UTRN is spent, or the floor if that is higher."""
    return max(*credited_counters(state.top_ups.values()), 0, floor_of(state))


def remember(state: DeviceState, counter: int, flags: TopUpFlag) -> Remembered:
    """Note what has happened under a counter, in its place or in that of the oldest."""
    held = _entry(state, counter)
    if held is not None:
        return Remembered(held._replace(flags=held.flags | flags), state.meter, None)
    place = state.meter.cache_head
    entry = TopUp(place, counter // COUNTER_STEP, flags)
    meter = state.meter._replace(cache_head=(place + 1) % TOP_UP_PLACES)
    return Remembered(entry, meter, _risen(state, place))


def whole_counter(state: DeviceState, low: int, policy: Policy) -> int | None:
    """The counter of a UTRN of which only bits 41 to 32 are known; None if there can be none."""
    if policy.utrn_counter_high_bits == "zero":
        return low * COUNTER_STEP
    reference = highest_credited(state) // COUNTER_STEP
    turn = reference - reference % _TURN
    candidates = [turn + low + step for step in (-_TURN, 0, _TURN)]
    if policy.utrn_counter_high_bits == "above":
        candidates = [each for each in candidates if each > reference]
        high = min(candidates)
    else:
        fitting = (each for each in candidates if 0 <= each <= _LAST_HIGH)
        high = min(fitting, key=lambda each: (abs(each - reference), -each))
    return high * COUNTER_STEP if high <= _LAST_HIGH else None


def _entry(state: DeviceState, counter: int) -> TopUp | None:
    high = counter // COUNTER_STEP
    return next((each for each in state.top_ups.values() if each.counter_high == high), None)


def _risen(state: DeviceState, place: int) -> Counters | None:
    """The supplier's counters once the entry of a place is forgotten; None if they stay."""
    oldest = state.top_ups.get(place)
    if oldest is None or oldest.counter_high * COUNTER_STEP <= floor_of(state):
        return None
    role = RemotePartyRole.SUPPLIER
    held = state.counters.get(role, Counters(role))
    return held._replace(specialist=oldest.counter_high * COUNTER_STEP)
