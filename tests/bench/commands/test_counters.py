"""Originator Counters: more than before, and not by the order in which devices answer."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest

from firmware_sim.bench.commands.counters import OriginatorCounters, devices_in_any_order
from firmware_sim.bench.dut.clock import START, StillClock
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER

ONE, TWO = EntityId.parse("0246271123000000"), EntityId.parse("0246271123000001")


def drawn(order: tuple[EntityId, ...]) -> dict[EntityId, list[int]]:
    """Two in order, then three in any order, then two in order again."""
    counters = OriginatorCounters(StillClock())
    found: dict[EntityId, list[int]] = {ONE: [], TWO: []}
    for device in (ONE, TWO):
        found[device].append(counters.next(device))
    with devices_in_any_order():
        for device in order:
            found[device].append(counters.next(device))
    for device in (ONE, TWO):
        found[device].append(counters.next(device))
    return found


def test_what_each_device_gets_does_not_depend_on_who_is_first() -> None:
    found = drawn((ONE, ONE, TWO))
    assert found == drawn((ONE, TWO, ONE)) == drawn((TWO, ONE, ONE))
    for each in found.values():
        assert each == sorted(set(each))


def test_one_after_the_other_each_is_more_than_all_before() -> None:
    counters = OriginatorCounters(StillClock())
    found = [counters.next(device) for device in (ONE, TWO, ONE, None, TWO)]
    assert found == [*range(found[0], found[0] + 5)]
    assert found[0] == int(START.timestamp() * 1000)


@pytest.mark.parametrize("surroundings", [nullcontext, devices_in_any_order])
def test_the_sequence_runs_out_with_the_number(
    surroundings: Callable[[], AbstractContextManager[None]],
) -> None:
    counters = OriginatorCounters(StillClock())
    counters._last = MAX_SEQ_NUMBER - 1
    with surroundings():
        assert counters.next(ONE) == MAX_SEQ_NUMBER
        with pytest.raises(LocalError, match="no further value"):
            counters.next(ONE)
