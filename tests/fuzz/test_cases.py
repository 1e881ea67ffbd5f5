"""The target keeps its promises on every seed and every case, and breaks if a device does."""

import tracemalloc
from collections.abc import Callable
from random import Random
from time import thread_time
from typing import Any
from unittest.mock import patch

import pytest

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.machine import Effects, Machine
from firmware_sim.machine.refusals import Refusal, RefusalReason
from tests.fuzz.beside import beside_the_engine
from tests.fuzz.cases import Case, all_cases, octets_of
from tests.fuzz.mutator import mutate
from tests.fuzz.seeds import own_seeds, reference_seeds
from tests.fuzz.target import DEVICES, MAX_SECONDS, BrokenPromise, as_input, check, fresh
from tests.requirements import require_engine
from tests.support import commands
from tests.support.host_device import EngineAnswer, HostDevice
from tests.support.shadow import Difference

CASES = dict(all_cases())
MAX_MEMORY = 2**20
"""Octets that one message may make a device allocate at a time."""


@pytest.mark.parametrize("device_type", DEVICES, ids=lambda each: each.name)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_device_keeps_its_promises(device_type: DeviceType, case: Case) -> None:
    assert check(as_input(device_type, octets_of(case, device_type))) is not None


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_memory_of_one_message_is_bounded(case: Case) -> None:
    target = fresh(DeviceType.ESME)
    octets = case(target)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        target.device.receive(octets)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < MAX_MEMORY


def test_the_engine_beside_the_device_does_the_same_on_every_case_and_mutation() -> None:
    require_engine()
    seeds, random = list(own_seeds()), Random(2027)
    with beside_the_engine() as shadow:
        for case in CASES.values():
            for device_type in DEVICES:
                check(as_input(device_type, octets_of(case, device_type)))
        for seed in range(100):
            check(mutate(random.choice(seeds), MAX_MESSAGE_OCTETS, seed, _change(random)))
    assert shadow.counts["receive"] > 2 * len(CASES)
    assert shadow.counts["left alone"] == 0


def test_an_engine_that_answers_otherwise_is_found() -> None:
    require_engine()

    def otherwise(target: HostDevice, octets: bytes) -> EngineAnswer:
        return EngineAnswer((octets,), 0)

    with (
        beside_the_engine(),
        patch.object(HostDevice, "receive", otherwise),
        pytest.raises(Difference),
    ):
        check(QUERY)


def test_unchanged_seeds_are_carried_out() -> None:
    found = [check(seed) for seed in own_seeds()]
    refused = [effects for effects in found if effects is not None and effects.refusal]
    assert len(found) > 60
    # A Communications Hub has no supplier, and no CS02f.
    assert len(refused) == 2


def test_mutated_seeds_keep_the_promises_and_many_are_authentic() -> None:
    seeds, random = list(own_seeds()), Random(2026)
    found = [
        check(mutate(random.choice(seeds), MAX_MESSAGE_OCTETS + 64, seed, _change(random)))
        for seed in range(300)
    ]
    accepted = sum(effects is not None and effects.refusal is None for effects in found)
    assert 60 < accepted < 240


def test_reference_set_keeps_the_promises(rtds: Any) -> None:
    seeds = list(reference_seeds(rtds))
    assert seeds
    accepted = 0
    for seed in seeds[::3]:
        effects = check(seed)
        accepted += effects is not None and effects.refusal is None
    assert accepted


def _change(random: Random) -> Callable[[bytes, int], bytes]:
    """What libFuzzer does, in small: an octet more, less or other."""

    def change(octets: bytes, max_octets: int) -> bytes:
        at = random.randrange(len(octets) + 1)
        new = bytes((random.randrange(256),)) * random.randrange(2)
        return (octets[:at] + new + octets[at + random.randrange(2) :])[:max_octets]

    return change


RECEIVE = Machine.receive
QUERY = as_input(DeviceType.ESME, commands.query(fresh(DeviceType.ESME)).build())


def raises(target: Machine, octets: bytes) -> Effects:
    raise IndexError("planted")


def forgets_counters(target: Machine, octets: bytes) -> Effects:
    before = target.state.counters[RemotePartyRole.ACCESS_CONTROL_BROKER]
    effects = RECEIVE(target, octets)
    changes = target.state.changes()
    changes.put(before)
    changes.commit()
    return effects


def refuses_what_it_did(target: Machine, octets: bytes) -> Effects:
    RECEIVE(target, octets)
    return Effects((), Refusal(RefusalReason.BAD_MAC, "", None, None, None))


def answers_in_another_name(target: Machine, octets: bytes) -> Effects:
    return Effects((octets,))


def answers_with_anything(target: Machine, octets: bytes) -> Effects:
    return Effects((b"\xdd\x00",))


def talks_too_much(target: Machine, octets: bytes) -> Effects:
    return Effects(RECEIVE(target, octets).messages * 3)


def takes_its_time(target: Machine, octets: bytes) -> Effects:
    until = thread_time() + MAX_SECONDS
    while thread_time() <= until:
        pass
    return Effects()


@pytest.mark.parametrize(
    ("broken", "error", "text"),
    [
        (raises, IndexError, "planted"),
        (forgets_counters, BrokenPromise, "twice"),
        (refuses_what_it_did, BrokenPromise, "state changed"),
        (answers_in_another_name, BrokenPromise, "another device"),
        (answers_with_anything, RemoteError, "MAC header"),
        (talks_too_much, BrokenPromise, "3 messages"),
        (takes_its_time, BrokenPromise, "took more"),
    ],
)
def test_device_that_breaks_a_promise_is_found(
    broken: Callable[[Machine, bytes], Effects],
    error: type[Exception],
    text: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check(QUERY)
    monkeypatch.setattr(Machine, "receive", broken)
    with pytest.raises(error, match=text):
        check(QUERY)
