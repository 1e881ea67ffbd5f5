"""How long a device takes over a mode 8 and a mode 9 command, through its real store.

Everything is measured in one run, interleaved: raw cryptography, then whole handling, again and
again, so that a busy machine slows both. Times are CPU time of the one thread, medians over the
rounds. A ratio says more than a time.

Each device meets its command just powered on. The process forgets all private keys before, so that
a device pays for the first use of its own, as a real one does; that is no part of the floor.
"""

import gc
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from statistics import median
from time import thread_time
from typing import TypeVar

from firmware_sim.bench.experiments.benchmarks.counting import CountingSuite, floor_of
from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite, forget_private_keys
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand, UpdateResponse
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import ROOT_CELL

MODES = (
    ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    ReplacementMode.ANY_BY_CONTINGENCY,
)

_Name = TypeVar("_Name", bound=Hashable)

_MICRO = 1e6
_REPEATS = 40


@dataclass(frozen=True, slots=True)
class Handling:
    """One mode, with or without a shared cache of verified certificates.

    Attributes:
        microseconds: whole handling, from octets to octets.
        floor: the cryptography that the device really asked for, at this run's raw costs.
        operations: how often it asked, by name.
    """

    mode: ReplacementMode
    shared_cache: bool
    microseconds: float
    floor: float
    operations: dict[str, int]

    @property
    def ratio(self) -> float:
        """Whole handling as a multiple of the cryptography in it."""
        return self.microseconds / self.floor


@dataclass(frozen=True, slots=True)
class Measured:
    """Result of a run; all times in microseconds.

    Attributes:
        raw: of each cryptographic operation, with keys that were used before.
        lives: of what comes before a first command: provisioning, keys and certificates included,
            and power-on.
        parts: of a mode 8 command.
    """

    devices: int
    rounds: int
    raw: dict[str, float]
    handlings: tuple[Handling, ...]
    lives: dict[str, float]
    parts: dict[str, float]


def measure_device(
    devices: int, rounds: int, on_round: Callable[[int], None] = lambda _: None
) -> Measured:
    """Measure.

    Args:
        devices: distinct devices, each with a command of its own.
        rounds: how often everything is measured; the medians count.
        on_round: called before each round with its number, for a progress display.
    """
    workload = Workload.prepare(devices)
    raw: dict[str, list[float]] = {}
    lives: dict[str, list[float]] = {}
    whole: dict[tuple[ReplacementMode, bool], list[float]] = {}
    for number in range(rounds):
        on_round(number)
        for name, cost in raw_costs(workload):
            raw.setdefault(name, []).append(cost)
        for name, cost in life_costs(workload):
            lives.setdefault(name, []).append(cost)
        for mode in MODES:
            for shared in (True, False):
                cost = handling(workload, mode, shared=shared)
                whole.setdefault((mode, shared), []).append(cost)
    costs = medians(raw)
    handlings = tuple(
        _result(workload, mode, shared, median(values), costs)
        for (mode, shared), values in whole.items()
    )
    return Measured(devices, rounds, costs, handlings, medians(lives), dict(_parts(workload)))


def medians(values: Mapping[_Name, Sequence[float]]) -> dict[_Name, float]:
    """The median of each."""
    return {name: median(each) for name, each in values.items()}


def raw_costs(workload: Workload) -> Iterator[tuple[str, float]]:
    """Microseconds of each cryptographic operation, by name."""
    suite = P256Suite()
    message = parse_message(workload.commands[MODES[0]][0])
    data, key, scalar = message.signed_octets(), workload.recovery_key, workload.scalar
    signature = message.signature or b""
    yield "verify", _cost(lambda: suite.verify(key, data, signature))
    yield "sign", _cost(lambda: suite.sign(scalar, data[:540]))
    yield "agree", _cost(lambda: suite.agree(scalar, key))


def life_costs(workload: Workload) -> Iterator[tuple[str, float]]:
    """Microseconds a device for what comes before its first command, by name."""
    suite = P256Suite()
    yield "provision", _cost_each(workload, workload.provision, workload.provision)
    device = partial(workload.device, suite=suite, cache=None)
    yield "power on", _cost_each(workload, device, device)


def handling(workload: Workload, mode: ReplacementMode, *, shared: bool) -> float:
    """Microseconds a device, over all devices of the workload."""
    suite = P256Suite()
    cache = SignatureCache() if shared else None
    fleet = [workload.device(index, suite, cache) for index in range(workload.devices)]
    commands = workload.commands[mode]

    def first(index: int) -> None:
        _checked(workload.device(index, suite, cache), commands[index])

    return _cost_each(workload, lambda index: fleet[index].receive(commands[index]), first)


def _cost_each(
    workload: Workload, action: Callable[[int], object], first: Callable[[int], object]
) -> float:
    """Microseconds a device, over all devices of the workload; `action` takes their numbers.

    `first` is done before, with one device, and is not measured. It warms what devices share,
    and the processor's caches: the collection of garbage leaves them cold, which would cost the
    first device some 700 microseconds.
    """
    gc.collect()
    first(0)
    forget_private_keys()
    started = thread_time()
    for index in range(workload.devices):
        action(index)
    return (thread_time() - started) / workload.devices * _MICRO


def _result(
    workload: Workload, mode: ReplacementMode, shared: bool, cost: float, raw: dict[str, float]
) -> Handling:
    calls = operations(workload, mode, shared=shared)
    return Handling(mode, shared, cost, floor_of(calls, raw), calls)


def operations(workload: Workload, mode: ReplacementMode, *, shared: bool) -> dict[str, int]:
    """How often a device asks for each cryptographic operation over one command."""
    suite = CountingSuite()
    cache = SignatureCache() if shared else None
    octets = workload.commands[mode][0]
    _checked(workload.device(0, suite, cache), octets)
    if shared:
        suite.calls.clear()
        _checked(workload.device(0, suite, cache), octets)
    return dict(suite.calls)


def _checked(device: Device, octets: bytes) -> None:
    """A benchmark of refusals would be fast and worthless."""
    effects = device.receive(octets)
    response = UpdateResponse.decode(parse_message(effects.messages[0]).payload)
    if response.outcome is None or any(item.status for item in response.outcome.outcomes):
        raise AssertionError("the benchmark's command was not carried out in full")


def _parts(workload: Workload) -> Iterator[tuple[str, float]]:
    """Where the time beyond the cryptography goes, for a mode 8 command with a warm cache."""
    octets = workload.commands[MODES[0]][0]
    suite: CryptoSuite = P256Suite()
    message = parse_message(octets)
    device = workload.device(0, suite, SignatureCache())
    response = UpdateResponse.decode(parse_message(device.receive(octets).messages[0]).payload)
    yield "parse the envelope", _cost(lambda: parse_message(octets))
    yield "decode the payload", _cost(lambda: UpdateCommand.decode(message.payload))
    yield "commit nine records", _commit_cost(workload, suite)
    yield "encode the outcome", _cost(response.encode)


def _commit_cost(workload: Workload, suite: CryptoSuite) -> float:
    device = workload.device(0, suite, None)
    state = device.machine.state
    counters = count(1)
    cells = [cell for cell in state.cells.values() if cell.cell != ROOT_CELL]

    def commit() -> None:
        number = next(counters).to_bytes(8, "big")
        changes = state.changes()
        for cell in cells:
            changes.put(cell._replace(key_identifier=number))
        changes.put(state.own._replace(next_counter=state.own.next_counter + 1))
        changes.commit()

    return _cost(commit)


def _cost(action: Callable[[], object]) -> float:
    started = thread_time()
    for _ in range(_REPEATS):
        action()
    return (thread_time() - started) / _REPEATS * _MICRO
