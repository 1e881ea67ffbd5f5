"""Cutting one durable operation everywhere, and judging what stands after power returns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

from firmware_sim.machine.flash.cut import CutPlan, PowerCut
from firmware_sim.machine.flash.nor import FlashError, FlashSnapshot, NorFlash
from firmware_sim.machine.flash.trace import FlashOperation, OperationKind, cuts, single_bit_cuts
from firmware_sim.machine.image.records import RecordKey, RecordKind
from firmware_sim.machine.image.scan import is_blank
from firmware_sim.machine.store import Store, StoreError
from firmware_sim.machine.store.model import State

Changes = dict[RecordKey, bytes | None]

MASKS = (0x01, 0x80, 0x55, 0xAA, 0xFF, 0xF00000000F, 0x37C1, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFF)
"""Patterns of torn bits, repeated over an operation; 0xFF tears an erase that reads complete."""


@dataclass
class Verdict:
    """Counts of one sweep, and the plans after which something was wrong."""

    operations: int = 0
    cuts: int = 0
    before: int = 0
    after: int = 0
    states: set[bytes] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def everything(store: Store) -> State:
    return {key: body for kind in RecordKind for key, body in store.items(kind)}


def commit(store: Store, changes: Changes) -> None:
    with store.transaction() as transaction:
        for key, body in changes.items():
            if body is None:
                transaction.delete(key)
            else:
                transaction.put(key, body)


def traced(flash: NorFlash, run: Callable[[], object]) -> list[FlashOperation]:
    flash.trace = []
    run()
    trace, flash.trace = flash.trace, None
    return trace


def all_cuts(trace: list[FlashOperation], step: int, bits: bool) -> Iterable[CutPlan]:
    yield from cuts(trace, step=step, erase_step=max(step, 64), masks=MASKS)
    if bits:
        for number, operation in enumerate(trace):
            if operation.kind is OperationKind.PROGRAM and len(operation.after) <= 64:
                yield from single_bit_cuts(operation, number)


def sweep(
    flash: NorFlash,
    changes: Changes,
    outcomes: tuple[State, State],
    later: State,
    *,
    store_type: type[Store] = Store,
    step: int | None = None,
    bits: bool = True,
    secrets: tuple[bytes, bytes] | None = None,
) -> Verdict:
    """Cut the commit of `changes` in every way; after each, the state must be one of the two.

    `later` is committed after each recovery, to show that the store still works. `secrets` are
    octets that belong to the first and to the second state, and may not be found with the other.
    """
    start = flash.snapshot()
    store = store_type.open(flash)
    flash.restore(start)
    trace = traced(flash, lambda: commit(store, changes))
    verdict = Verdict(operations=len(trace))
    for plan in all_cuts(trace, step or flash.geometry.write_unit, bits):
        flash.restore(start)
        store = store_type.open(flash)
        flash.restore(start, plan)
        verdict.cuts += 1
        try:
            commit(store, changes)
        except PowerCut:
            flash.power_on()
            _judge(verdict, plan, flash, store_type, outcomes, later, secrets)
        else:
            verdict.faults.append(f"{plan}: never came")
    flash.restore(start)
    return verdict


def _judge(
    verdict: Verdict,
    plan: CutPlan,
    flash: NorFlash,
    store_type: type[Store],
    outcomes: tuple[State, State],
    later: State,
    secrets: tuple[bytes, bytes] | None,
) -> None:
    verdict.states.add(flash.image())
    try:
        state = everything(store_type.open(flash))
        if state not in outcomes:
            verdict.faults.append(f"{plan}: a mixture")
            return
        verdict.before += state == outcomes[0]
        verdict.after += state == outcomes[1]
        if secrets and secrets[state == outcomes[0]] in flash.image():
            verdict.faults.append(f"{plan}: a secret of the other state is still there")
        if not one_area_is_blank(flash):
            verdict.faults.append(f"{plan}: no area is blank after recovery")
        _work_on(flash, store_type, state, later)
    except (StoreError, FlashError) as error:
        verdict.faults.append(f"{plan}: {error.reason}")
    except AssertionError as error:
        verdict.faults.append(f"{plan}: {error}")


def _work_on(flash: NorFlash, store_type: type[Store], state: State, later: State) -> None:
    """One more commit by append and, through it being repeated, by rewriting; then a clean boot."""
    store = store_type.open(flash)
    generation = store.generation
    expected = dict(state)
    for turn in count():
        commit(store, {key: turn.to_bytes(4) + body[4:] for key, body in later.items()})
        expected |= {key: turn.to_bytes(4) + body[4:] for key, body in later.items()}
        if store.generation != generation:
            break
    assert everything(store) == expected, "a later commit went wrong"
    assert everything(store_type.open(flash)) == expected, "a later commit did not last"


def one_area_is_blank(flash: NorFlash) -> bool:
    erased = flash.geometry.erased_value
    return any(is_blank(flash.read(area.base, area.size), erased) for area in flash.geometry.areas)


def double_sweep(
    flash: NorFlash,
    after_first: FlashSnapshot,
    outcomes: tuple[State, State],
    later: State,
    *,
    step: int,
) -> Verdict:
    """Cut the recovery itself in every way, then let a second recovery finish."""
    flash.restore(after_first)
    trace = traced(flash, lambda: Store.open(flash))
    verdict = Verdict(operations=len(trace))
    for plan in all_cuts(trace, step, bits=False):
        flash.restore(after_first, plan)
        verdict.cuts += 1
        try:
            Store.open(flash)
        except PowerCut:
            flash.power_on()
            _judge(verdict, plan, flash, Store, outcomes, later, None)
    return verdict
