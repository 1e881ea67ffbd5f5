"""The native sweep beside the one in Python: the same cuts, the same states, the same verdicts."""

from collections.abc import Iterator
from itertools import islice

import pytest

from firmware_sim.bench.experiments.sweep.case import (
    FlashPart,
    Room,
    SweepCase,
    prepare_case,
    rooms,
)
from firmware_sim.bench.experiments.sweep.case_sweep import CaseSweep, sweep_rot
from firmware_sim.bench.experiments.sweep.device_cuts import DeviceCuts
from firmware_sim.bench.experiments.sweep.effort import SweepEffort
from firmware_sim.bench.experiments.sweep.engines import beside, native_sweep_of
from firmware_sim.bench.experiments.sweep.flash_sweep import FlashSweep, packed_cuts
from firmware_sim.bench.experiments.sweep.judging import SweepCheck
from firmware_sim.bench.experiments.sweep.native_case import NativeCase
from firmware_sim.bench.experiments.sweep.native_device_cuts import NativeDeviceCuts
from firmware_sim.bench.experiments.sweep.native_replaying import NativeReplay
from firmware_sim.bench.experiments.sweep.native_sweep import NativeSweep, sweep_rot_natively
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.plans import EXHAUSTIVE, WIDE, Density, plans
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.bench.experiments.sweep.replaying import replay
from firmware_sim.bench.experiments.sweep.result import CaseResult, SweepEngine
from firmware_sim.bench.experiments.sweep.running import sweep_operation
from firmware_sim.bench.experiments.sweep.second_cuts import Second
from firmware_sim.hw.engine.sweep import SweepLevel
from firmware_sim.machine.flash.cut import CutPlan, Flavour
from firmware_sim.machine.flash.geometry import NAMED, NOR_64K, Geometry
from tests.bench.experiments.sweep.finding import NEW_KEY, TINY, UPDATE
from tests.machine.store.test_planted_bugs import no_commit_mark

pytestmark = pytest.mark.usefixtures("engine")

PARTS = (TINY, FlashPart("tiny", 16, 0), FlashPart.native("stm32l1"), FlashPart("nor-64k", 1, 0xFF))


def both(
    name: str, part: FlashPart, density: Density, second: Second
) -> list[tuple[CaseResult, CaseResult]]:
    recorded, found = record(operations()[name]), []
    for room in rooms(recorded):
        case = prepare_case(recorded, part, room)
        with native_sweep_of(part.geometry) as sweep:
            native = NativeSweep(case, sweep, density, second).run()
        found.append((native, CaseSweep(case, density, second).run()))
    return found


def without_time(result: CaseResult) -> CaseResult:
    result.seconds = 0
    return result


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("name", ["gsme/boot", UPDATE, NEW_KEY, "chf/provision"])
def test_both_engines_make_the_same_cuts_and_count_the_same_states(
    name: str, part: FlashPart
) -> None:
    for native, reference in both(name, part, WIDE, Second.SAMPLED):
        assert without_time(native) == without_time(reference)
        assert native.cuts > native.states > 0
        assert native.second_cuts > 0 or native.case.startswith("chf/provision")
        assert native.faults == {}


def test_the_closest_cuts_and_all_courses_are_the_same_too() -> None:
    for density, second in ((EXHAUSTIVE, Second.NONE), (WIDE, Second.COURSES)):
        for native, reference in both("ppmid/boot", TINY, density, second)[:1]:
            assert without_time(native) == without_time(reference)


def test_a_flash_that_the_firmware_has_no_name_for_is_swept_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odd = Geometry((1024, 1024, 2048, 4096, 4096, 4096), 8, programs_per_unit=2, erased_value=0)
    monkeypatch.setitem(NAMED, "tiny", odd)
    for native, reference in both("gpf/boot", FlashPart.native("tiny"), WIDE, Second.SAMPLED):
        assert without_time(native) == without_time(reference)
        assert native.faults == {}


def test_every_pair_of_cuts_is_more_than_one_of_each_course() -> None:
    case = prepare_case(record(operations()["ppmid/boot"]), TINY, Room.ROOMY)
    counts = {}
    for second in Second:
        with native_sweep_of(TINY.geometry) as sweep:
            result = NativeSweep(case, sweep, WIDE, second).run()
        assert result.faults == {}
        counts[second] = result.second_cuts
    assert counts[Second.PAIRS] > 10 * counts[Second.COURSES] > counts[Second.SAMPLED] > 0


@pytest.fixture(name="case")
def roomy_case() -> SweepCase:
    return prepare_case(record(operations()[UPDATE]), TINY, Room.ROOMY)


@pytest.fixture(name="sweep")
def sweep_of_tiny() -> Iterator[FlashSweep]:
    with native_sweep_of(TINY.geometry) as sweep:
        yield sweep


def test_a_recovery_that_is_known_from_its_middle_on_ends_as_it_would_have(
    case: SweepCase, sweep: FlashSweep
) -> None:
    native = NativeCase(case, sweep)
    first = packed_cuts(native.steps[0], [CutPlan(0, Flavour.TORN_PREFIX, 40)])
    together = [
        (number, packed_cuts(operation, [plan]), plan)
        for number, operation in enumerate(sweep.recovery_after(0, first))
        for plan in islice(plans(operation, number, 4, WIDE), 0, None, 9)
    ]
    outcomes = [sweep.cut(SweepLevel.RECOVERY, number, cut).numbers for number, cut, _ in together]
    for (number, cut, plan), outcome in zip(together, outcomes, strict=True):
        sweep.recovery_after(0, first)  # forgets what it knew of the middle
        assert sweep.cut(SweepLevel.RECOVERY, number, cut).numbers == outcome, str(plan)


def test_no_flipped_bit_is_obeyed_by_the_firmware(case: SweepCase, sweep: FlashSweep) -> None:
    native, reference = sweep_rot_natively(case, sweep, 7), sweep_rot(case, 7)
    assert native == reference
    assert native.flips > 3000


def test_what_the_firmware_does_to_the_flash_is_what_the_reference_does() -> None:
    for name in ("esme/update/anyByContingency", NEW_KEY, "hcalcs/provision"):
        recorded = record(operations()[name])
        for room in rooms(recorded):
            case = prepare_case(recorded, FlashPart.native("nrf52840"), room)
            with native_sweep_of(case.part.geometry) as sweep:
                native = NativeCase(case, sweep)
                assert native.difference() is None
                assert list(native.steps) == [step.operation for step in case.steps]


def test_another_trace_than_the_reference_s_is_a_finding(
    case: SweepCase, sweep: FlashSweep
) -> None:
    native = NativeCase(case, sweep)
    native.steps = native.steps[:-1]
    difference = native.difference()
    assert difference is not None
    assert difference.check == SweepCheck.SAME
    assert "from step 1 on" in difference.text


def test_one_cut_again_gives_the_state_that_the_reference_finds(
    case: SweepCase, sweep: FlashSweep
) -> None:
    again = NativeReplay(case, sweep)
    for cuts in (
        (CutPlan(0, Flavour.TORN_PREFIX, 40),),
        (CutPlan(1, Flavour.AFTER),),
        (CutPlan(1, Flavour.TORN_BITS, 0xFF), CutPlan(0, Flavour.TORN_PREFIX, 8)),
    ):
        assert again.cuts(cuts) == replay(case, cuts)
    with pytest.raises(IndexError):
        again.cuts((CutPlan(99, Flavour.AFTER),))
    with pytest.raises(ValueError, match="cannot make"):
        again.cuts((CutPlan(1, Flavour.PREPROGRAMMED),))


@pytest.mark.parametrize("name", [UPDATE, "gpf/future/execute", "chf/read/accessControlBroker.KA"])
def test_a_whole_device_is_cut_on_both_engines_alike(name: str) -> None:
    recorded = record(operations()[name])
    with native_sweep_of(NOR_64K) as sweep:
        native = NativeDeviceCuts(recorded, sweep).run(words=True)
    reference = DeviceCuts(recorded).run()
    assert native.device_cuts == reference.device_cuts > 0
    assert native.word_cuts > native.device_cuts
    assert native.faults == reference.faults == {}


def test_a_torn_word_under_a_whole_device_can_be_cut_again() -> None:
    torn, wrong = (
        CutPlan(0, Flavour.TORN_BITS, int.from_bytes(mask.ljust(32, b"\0")))
        for mask in (b"\xff" * 10, b"\xff" * 10 + b"\0\0\1")
    )
    with native_sweep_of(NOR_64K) as sweep:
        cuts = NativeDeviceCuts(record(operations()["gpf/read/supplier.DS"]), sweep)
        cuts.again(CutPlan(0, Flavour.BEFORE))
        octets = len(cuts.steps[0].after)
        torn, wrong = (
            plan._replace(amount=plan.amount << 8 * (octets - 32)) for plan in (torn, wrong)
        )
        assert cuts.again(torn) == []
        with pytest.raises(ValueError, match="torn word"):
            cuts.again(wrong)


def test_a_mixture_in_the_reference_is_its_own_finding_beside_a_sound_firmware(
    monkeypatch: pytest.MonkeyPatch, case: SweepCase, sweep: FlashSweep
) -> None:
    native = NativeSweep(case, sweep, WIDE, Second.NONE).run()
    no_commit_mark(monkeypatch)
    result = beside(native, CaseSweep(case, WIDE, Second.NONE).run())
    assert result.faults[SweepCheck.OUTCOME] > 0
    mixtures = [each for each in result.failures if each.check == SweepCheck.OUTCOME]
    assert {each.engine for each in mixtures} == {SweepEngine.PYTHON}


def test_engines_that_count_differently_are_a_finding() -> None:
    native, reference = (CaseResult("a", "a@tiny", cuts=cuts) for cuts in (3, 4))
    [failure] = beside(native, reference).failures
    assert failure == ("a@tiny", SweepCheck.SAME, "3 cuts and 4 cuts", "both")


def test_an_operation_of_another_policy_keeps_its_cuts_under_a_device() -> None:
    name = "esme/update/loadControllerByLoadController"
    native, reference = (
        sweep_operation(name, [TINY], SweepEffort.QUICK, engine)
        for engine in (SweepEngine.NATIVE, SweepEngine.PYTHON)
    )
    assert [case.case for case in native] == [case.case for case in reference]
    assert native[0].device_cuts == reference[0].device_cuts > 0
