"""``firmware-sim sweep replay``: one cut, step by step, for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.sweep.case import (
    DoesNotFit,
    Room,
    SweepCase,
    cut,
    prepare_case,
    watched_recovery,
)
from firmware_sim.bench.experiments.sweep.case_sweep import flipped
from firmware_sim.bench.experiments.sweep.device_cuts import DeviceCuts
from firmware_sim.bench.experiments.sweep.engines import native_sweep_of
from firmware_sim.bench.experiments.sweep.judging import AfterCut, Violation
from firmware_sim.bench.experiments.sweep.native_device_cuts import NativeDeviceCuts
from firmware_sim.bench.experiments.sweep.native_replaying import NativeReplay
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.bench.experiments.sweep.replaying import SweepToken, no_such, replay
from firmware_sim.bench.experiments.sweep.result import SweepEngine
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.flash.cut import CutPlan
from firmware_sim.machine.flash.geometry import NOR_64K
from firmware_sim.machine.flash.trace import FlashOperation

_OF_NO_OPERATION = "the token's cut is of no flash operation"


def replay_token(text: str, console: Console, engine: SweepEngine) -> list[Violation]:
    """Make a token's cuts again, tell of them, and return what is wrong afterwards.

    Raises:
        UsageError: it is no token, or of a case or cut that there is not.
        BenchError: there is no native engine.
    """
    engines = [engine] if engine is not SweepEngine.BOTH else [*SweepEngine][:2]
    return [fault for each in engines for fault in _replayed(text, console, each)]


def _replayed(text: str, console: Console, engine: SweepEngine) -> list[Violation]:
    place, _, cuts = text.partition("#")
    if place.endswith(":device"):
        return _under_a_device(place.partition("@")[0], cuts, engine)
    if place.endswith(":rot"):
        token = SweepToken.parse(place.removesuffix("rot") + f"{Room.ROOMY}#0:before:0")
        return _present(_flipped(_case(token), _bit(cuts), engine))
    return _in_the_store(SweepToken.parse(text), console, engine)


def _in_the_store(token: SweepToken, console: Console, engine: SweepEngine) -> list[Violation]:
    case = _case(token)
    first, *again = token.cuts
    _tell_operations([step.operation for step in case.steps], first, console)
    try:
        found = _cut_again(case, token, engine)
    except (IndexError, ValueError):
        raise UsageError(_OF_NO_OPERATION, "see the list above") from None
    if again:
        _tell_recovery(case, token.cuts, console)
    if found.state is not None:
        console.print(f"After power-on of {engine}: {_state(found.state, len(case.live) - 1)}.")
    return _present(found.violation)


def _state(number: int, last: int) -> str:
    """One of the states that the transactions of an operation lead through, 0 the first."""
    if number == 0:
        return "the old state, as if the operation had never begun"
    if number == last:
        return "the new state, all of the operation"
    return f"the state after {number} of its {last} transactions"


def _cut_again(case: SweepCase, token: SweepToken, engine: SweepEngine) -> AfterCut:
    if engine is SweepEngine.PYTHON:
        return replay(case, token.cuts)
    with native_sweep_of(case.part.geometry) as sweep:
        return NativeReplay(case, sweep).cuts(token.cuts)


def _flipped(case: SweepCase, bit: int, engine: SweepEngine) -> Violation | None:
    if bit >= 8 * case.flash.geometry.size:
        raise UsageError(f"the flash has no bit {bit}", "copy the token from a sweep")
    if engine is SweepEngine.PYTHON:
        return flipped(case, bit)
    with native_sweep_of(case.part.geometry) as sweep:
        return NativeReplay(case, sweep).flip(bit)


def _under_a_device(name: str, cuts: str, engine: SweepEngine) -> list[Violation]:
    if name not in operations():
        raise no_such("operation", name, operations(), "see: sweep list")
    recorded = record(operations()[name])
    try:
        plan = CutPlan.parse(cuts)
        if engine is SweepEngine.PYTHON or recorded.operation.policy != Policy():
            return DeviceCuts(recorded).again(plan)
        with native_sweep_of(NOR_64K) as sweep:
            return NativeDeviceCuts(recorded, sweep).again(plan)
    except (IndexError, ValueError):
        raise UsageError(_OF_NO_OPERATION, "copy it from a sweep") from None


def _bit(text: str) -> int:
    if not text.isdecimal():
        raise UsageError(f"{text!r} is no number of a bit", "copy the token from a sweep")
    return int(text)


def _present(violation: Violation | None) -> list[Violation]:
    return [] if violation is None else [violation]


def _case(token: SweepToken) -> SweepCase:
    try:
        return prepare_case(record(operations()[token.operation]), token.part, token.room)
    except DoesNotFit as error:
        raise UsageError(f"the operation does not fit that part: {error}") from error


def _tell_recovery(case: SweepCase, cuts: Sequence[CutPlan], console: Console) -> None:
    """What power-on does after the first cut, and where the second one cuts that."""
    first, second = cuts
    step = case.steps[first.operation]
    cut(case.flash, step.before, step.operation, first)
    course = watched_recovery(case.flash, case.flash.snapshot())
    console.print("The power comes back, and is cut again while the store mends what was torn:")
    _tell_operations([operation for _, operation in course], second, console)


def _tell_operations(operations: Sequence[FlashOperation], plan: CutPlan, console: Console) -> None:
    table = Table("", "Operation", "At", "Octets", box=None, pad_edge=False, header_style="dim")
    for number, each in enumerate(operations):
        mark = f"cut {plan.flavour.value} →" if number == plan.operation else ""
        table.add_row(mark, f"{number} {each.kind.value}", str(each.address), str(len(each.after)))
    console.print(table)
