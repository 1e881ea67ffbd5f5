"""What a sweep counts, how it names a cut, and how it makes a failing one simpler."""

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.sweep import replaying
from firmware_sim.bench.experiments.sweep.case import (
    DoesNotFit,
    FlashPart,
    Room,
    fingerprint,
    prepare_case,
    rooms,
)
from firmware_sim.bench.experiments.sweep.case_sweep import CaseSweep, sweep_rot
from firmware_sim.bench.experiments.sweep.effort import SweepEffort
from firmware_sim.bench.experiments.sweep.judging import SweepCheck
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.plans import CLOSE, COARSE, EXHAUSTIVE, WIDE
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.bench.experiments.sweep.replaying import SweepToken, replay, shrunk
from firmware_sim.bench.experiments.sweep.running import sweep_operation
from firmware_sim.bench.experiments.sweep.second_cuts import Second
from firmware_sim.machine.flash.cut import CutPlan, Flavour
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.flash.trace import OperationKind
from firmware_sim.machine.store import Store
from tests.bench.experiments.sweep.finding import TINY, UPDATE
from tests.machine.store.test_planted_bugs import erase_before_copy


@pytest.mark.parametrize("name", NAMED)
def test_a_roomy_journal_appends_and_a_full_one_compacts(name: str) -> None:
    recorded = record(operations()["esme/boot"])
    roomy, full = (prepare_case(recorded, FlashPart.native(name), room) for room in Room)
    assert [step.operation.kind for step in roomy.steps] == [OperationKind.PROGRAM] * 2
    assert OperationKind.ERASE in {step.operation.kind for step in full.steps}


def test_filling_changes_nothing_of_what_a_journal_holds() -> None:
    recorded = record(operations()[UPDATE])
    case = prepare_case(recorded, TINY, Room.FULL)
    case.flash.restore(case.start)
    store = Store.open(case.flash)
    assert {key: store.get(key) for key in recorded.states[0] or {}} == recorded.states[0]
    assert store.generation == 1


def test_operation_larger_than_a_part_does_not_fit_it() -> None:
    recorded = record(operations()["esme/future/supersede"])
    small = FlashPart("stm32l1", 4, 0)
    prepare_case(recorded, small, Room.ROOMY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NAMED, "stm32l1", Geometry((256,) * 32, write_unit=4, erased_value=0))
        with pytest.raises(DoesNotFit):
            prepare_case(recorded, small, Room.ROOMY)


def test_states_before_and_after_add_up_to_all_states() -> None:
    recorded = record(operations()[UPDATE])
    result = CaseSweep(prepare_case(recorded, TINY, Room.ROOMY), CLOSE, Second.SAMPLED).run()
    assert result.flash_operations == 2
    assert result.before + result.after == result.states <= result.cuts
    assert result.before > 0 < result.after
    assert result.second_cuts > 0
    assert result.faults == {}


def test_each_octet_and_bit_of_a_commit_mark_is_torn() -> None:
    recorded = record(operations()["esme/boot"])
    case = prepare_case(recorded, FlashPart.native("nor-64k"), Room.ROOMY)
    sweep = CaseSweep(case, CLOSE, Second.NONE)
    mark = case.steps[1].operation
    made = list(sweep._plans(mark, 1))
    prefixes = {plan.amount for plan in made if plan.flavour is Flavour.TORN_PREFIX}
    assert prefixes == set(range(1, 16))
    masks = {plan.amount & mark.changed_bits for plan in made if plan.flavour is Flavour.TORN_BITS}
    changed = mark.changed_bits
    bits = {1 << place for place in range(128) if changed >> place & 1}
    assert bits | {changed ^ bit for bit in bits} <= masks


def test_a_closer_sweep_makes_every_cut_of_a_wider_one_and_more() -> None:
    recorded = record(operations()["esme/boot"])
    case = prepare_case(recorded, TINY, Room.ROOMY)
    counts = [
        CaseSweep(case, density, Second.NONE).run().cuts
        for density in (COARSE, WIDE, CLOSE, EXHAUSTIVE)
    ]
    assert counts == sorted(set(counts))


def test_each_degree_of_second_cuts_makes_more_of_them() -> None:
    recorded = record(operations()["esme/boot"])
    case = prepare_case(recorded, TINY, Room.ROOMY)
    degrees = (Second.NONE, Second.SAMPLED, Second.COURSES)
    counts = [CaseSweep(case, CLOSE, second).run().second_cuts for second in degrees]
    assert counts[0] == 0
    assert counts == sorted(set(counts))


def test_every_operation_of_a_device_comes_through_a_sweep_on_odd_parts() -> None:
    parts = [part for part in SweepEffort.FULL.parts(["tiny"]) if part.write_unit in (1, 16)]
    for name in ("chf/update/anyByContingency", "chf/own/install-DS"):
        cases = sweep_operation(name, parts, SweepEffort.QUICK)
        assert sum(case.cuts for case in cases) > 1000
        assert [failure for case in cases for failure in case.failures] == []


def test_no_flipped_bit_is_obeyed() -> None:
    case = prepare_case(record(operations()["chf/boot"]), TINY, Room.ROOMY)
    result = sweep_rot(case, 5)
    assert result.flips > 4000
    assert result.faults == {}


def test_a_token_reads_back() -> None:
    cuts = (CutPlan(7, Flavour.TORN_PREFIX, 28), CutPlan(2, Flavour.TORN_BITS, 255))
    token = SweepToken("esme/boot", FlashPart("tiny", 8, 0), Room.FULL, cuts)
    assert str(token) == "esme/boot@tiny:8:00:full#7:prefix:1c,2:bits:ff"
    assert SweepToken.parse(str(token)) == token


@pytest.mark.parametrize(
    "text",
    [
        "",
        "esme/boot@tiny:4:ff:full",
        "esme/boot@tiny:4:ff:full#7:sideways:1",
        "esme/nothing@tiny:4:ff:full#7:after:0",
        "esme/boot@tiny:5:ff:full#7:after:0",
        "esme/boot@tiny:4:fe:full#7:after:0",
        "esme/boot@huge:4:ff:full#7:after:0",
        "esme/boot@tiny:4:ff:full#7:after:0,7:after:0,7:after:0",
    ],
)
def test_a_wrong_token_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        SweepToken.parse(text)


def test_a_failure_shrinks_and_its_token_shows_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    erase_before_copy(monkeypatch)
    case = prepare_case(record(operations()[UPDATE]), TINY, Room.FULL)
    result = CaseSweep(case, WIDE, Second.NONE).run()
    [first, *_] = [each for each in result.failures if each.check == SweepCheck.STARTS]
    token = SweepToken.parse(first.token)
    assert token.cuts[0].flavour in (Flavour.BEFORE, Flavour.AFTER)
    found = replay(prepare_case(record(operations()[UPDATE]), token.part, token.room), token.cuts)
    assert found.violation is not None
    assert found.violation.check == SweepCheck.STARTS


def test_torn_bits_shrink_to_the_one_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object, cuts: tuple[CutPlan, ...], __: object) -> bool:
        return cuts[0].flavour is Flavour.TORN_BITS and bool(cuts[0].amount >> 500 & 1)

    monkeypatch.setattr(replaying, "_fails", fails)
    case = prepare_case(record(operations()[UPDATE]), TINY, Room.FULL)
    plan = CutPlan(2, Flavour.TORN_BITS, (1 << 1000) - 1)
    [simplest] = shrunk(case, (plan,), SweepCheck.STARTS)
    assert simplest.amount == 1 << 500


def test_a_fingerprint_sees_program_counts_too() -> None:
    case = prepare_case(record(operations()["esme/boot"]), FlashPart.native("nor-64k"), Room.ROOMY)
    case.flash.restore(case.start)
    before = fingerprint(case.flash.snapshot())
    address = case.flash.geometry.size - 1
    case.flash.program(address, b"\xff")
    assert fingerprint(case.flash.snapshot()) != before


def test_provisioning_has_one_room() -> None:
    assert rooms(record(operations()["esme/provision"])) == (Room.ROOMY,)
