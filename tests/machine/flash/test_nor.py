"""The flash keeps the rules of the part, and after a cut holds what the plan says."""

import pytest

from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import NAMED, NOR_64K, Geometry
from firmware_sim.machine.flash.nor import FlashError, NorFlash
from firmware_sim.machine.flash.trace import OperationKind, cuts, single_bit_cuts

SMALL = Geometry((64, 64, 128), write_unit=4)
TWICE = Geometry((64, 64), write_unit=8, programs_per_unit=2)


@pytest.mark.parametrize("name", NAMED)
def test_a_new_flash_reads_erased_and_takes_a_program_across_pages(name: str) -> None:
    geometry = NAMED[name]
    flash = NorFlash(geometry)
    assert set(flash.image()) == {geometry.erased_value}
    octets = bytes(range(256)) * 12
    flash.program(992, octets)
    assert flash.read(992, len(octets)) == octets
    assert flash.image()[992 : 992 + len(octets)] == octets
    assert flash.image().count(geometry.erased_value) >= geometry.size - len(octets)


@pytest.mark.parametrize(("address", "length"), [(2, 4), (0, 6), (1, 1)])
def test_programs_start_and_end_on_a_unit(address: int, length: int) -> None:
    with pytest.raises(FlashError, match="units of 4"):
        NorFlash(SMALL).program(address, bytes(length))


@pytest.mark.parametrize("erased", [0x00, 0xFF])
def test_a_bit_never_returns_to_the_erased_value(erased: int) -> None:
    flash = NorFlash(Geometry((64, 64), 4, 3, erased))
    flash.program(0, bytes([erased ^ 0x0F] * 4))
    flash.program(0, bytes([erased ^ 0xFF] * 4))
    with pytest.raises(FlashError, match="return a bit"):
        flash.program(0, bytes([erased ^ 0x0F] * 4))
    assert flash.read(0, 4) == bytes([erased ^ 0xFF] * 4)


def test_a_unit_is_programmed_as_often_as_the_part_allows() -> None:
    flash = NorFlash(TWICE)
    flash.program(0, b"\xff" * 8)
    flash.program(0, b"\xf0" * 16)
    with pytest.raises(FlashError, match="used up"):
        flash.program(0, b"\xf0" * 8)
    flash.program(8, b"\x00" * 8)
    flash.erase(0)
    flash.program(0, b"\x00" * 8)


def test_erase_is_by_block_and_counted() -> None:
    flash = NorFlash(SMALL)
    for block_start in (0, 64, 128):
        flash.program(block_start, bytes(4))
    flash.erase(1)
    assert flash.read(0, 4) == flash.read(128, 4) == bytes(4)
    assert flash.read(64, 64) == b"\xff" * 64
    assert (flash.wear, flash.erases, flash.programs) == ([0, 1, 0], 1, 3)
    for block in (-1, 3):
        with pytest.raises(FlashError, match="no block"):
            flash.erase(block)


@pytest.mark.parametrize(("address", "length"), [(256, 4), (252, 8), (-4, 4)])
def test_access_outside_the_flash_is_refused(address: int, length: int) -> None:
    with pytest.raises(FlashError, match="outside"):
        NorFlash(SMALL).read(address, length)
    with pytest.raises(FlashError, match="outside"):
        NorFlash(SMALL).program(address, bytes(length))


def test_a_refused_program_changes_and_counts_nothing() -> None:
    flash = NorFlash(SMALL)
    flash.program(4, bytes(4))
    image = flash.image()
    with pytest.raises(FlashError):
        flash.program(0, b"\xff" * 8)
    assert (flash.image(), flash.programs) == (image, 1)
    flash.program(0, bytes(4))


def test_saved_contents_load_again_and_used_units_stay_used() -> None:
    flash = NorFlash(SMALL)
    flash.program(8, b"abcd")
    loaded = NorFlash.load(flash.image(), SMALL)
    assert loaded.image() == flash.image()
    with pytest.raises(FlashError, match="used up"):
        loaded.program(8, bytes(4))
    loaded.program(12, bytes(4))
    with pytest.raises(FlashError, match="256 octets"):
        NorFlash.load(b"short", SMALL)


def test_a_snapshot_brings_everything_back() -> None:
    flash = NorFlash(SMALL)
    flash.program(0, b"abcd")
    snapshot = flash.snapshot()
    flash.program(4, b"efgh")
    flash.erase(0)
    flash.restore(snapshot)
    assert flash.read(0, 8) == b"abcd\xff\xff\xff\xff"
    assert flash.wear == [0, 0, 0]
    assert flash.operations == 0
    with pytest.raises(FlashError):
        flash.program(0, bytes(4))


def test_many_devices_share_the_pages_they_have_not_changed() -> None:
    base = NorFlash(NOR_64K)
    base.program(0, bytes(4096))
    other = NorFlash(NOR_64K)
    other.restore(base.snapshot())
    other.program(4096, b"own!")
    assert other.read(0, 1024) is base.read(0, 1024)
    assert base.read(4096, 4) == b"\xff" * 4


def test_an_observer_can_mirror_the_contents_even_of_a_torn_operation() -> None:
    mirror = bytearray(b"\xff" * SMALL.size)

    def write_through(address: int, octets: bytes) -> None:
        mirror[address : address + len(octets)] = octets

    flash = NorFlash(SMALL, observer=write_through)
    flash.program(0, b"abcdefgh")
    flash.program(64, b"ijkl")
    flash.erase(0)
    flash.plan = CutPlan(3, Flavour.TORN_PREFIX, 3)
    with pytest.raises(PowerCut):
        flash.program(68, b"mnopqrst")
    assert mirror == flash.image()
    assert flash.image()[64:76] == b"ijklmno\xff\xff\xff\xff\xff"


CUT_PROGRAMS = [
    (CutPlan(1, Flavour.BEFORE), b"\xff" * 8),
    (CutPlan(1, Flavour.AFTER), b"\x0f" * 8),
    (CutPlan(1, Flavour.TORN_PREFIX, 5), b"\x0f" * 5 + b"\xff" * 3),
    (CutPlan(1, Flavour.TORN_BITS, 0x10_00_00_00_00_00_00_80), b"\xef" + b"\xff" * 6 + b"\x7f"),
    (CutPlan(1, Flavour.TORN_BITS, 0x0F), b"\xff" * 8),
]


@pytest.mark.parametrize(("plan", "left"), CUT_PROGRAMS, ids=str)
def test_cut_program_leaves_what_its_plan_says(plan: CutPlan, left: bytes) -> None:
    flash = NorFlash(SMALL, plan=plan)
    flash.program(0, b"abcd")
    with pytest.raises(PowerCut):
        flash.program(8, b"\x0f" * 8)
    with pytest.raises(FlashError, match="no power"):
        flash.read(0, 1)
    flash.power_on()
    assert flash.read(0, 20) == b"abcd\xff\xff\xff\xff" + left + b"\xff" * 4


CUT_ERASES = [
    (CutPlan(1, Flavour.BEFORE), bytes(64)),
    (CutPlan(1, Flavour.AFTER), b"\xff" * 64),
    (CutPlan(1, Flavour.TORN_PREFIX, 10), b"\xff" * 10 + bytes(54)),
    (CutPlan(1, Flavour.TORN_BITS, 0b110), bytes(63) + b"\x06"),
    (CutPlan(1, Flavour.PREPROGRAMMED), bytes(64)),
]


@pytest.mark.parametrize(("plan", "left"), CUT_ERASES, ids=str)
def test_cut_erase_leaves_what_its_plan_says(plan: CutPlan, left: bytes) -> None:
    flash = NorFlash(SMALL, plan=plan)
    flash.program(0, bytes(64))
    with pytest.raises(PowerCut):
        flash.erase(0)
    flash.power_on()
    assert flash.read(0, 64) == left


def test_a_torn_program_uses_up_only_the_units_it_reached() -> None:
    flash = NorFlash(SMALL, plan=CutPlan(0, Flavour.TORN_PREFIX, 5))
    with pytest.raises(PowerCut):
        flash.program(0, bytes(16))
    flash.power_on()
    flash.program(8, bytes(8))
    with pytest.raises(FlashError, match="used up"):
        flash.program(4, bytes(4))


def test_an_erase_that_was_cut_makes_no_unit_good_even_if_it_reads_erased() -> None:
    flash = NorFlash(SMALL, plan=CutPlan(1, Flavour.TORN_BITS, (1 << 512) - 1))
    flash.program(0, bytes(64))
    with pytest.raises(PowerCut):
        flash.erase(0)
    flash.power_on()
    assert flash.read(0, 64) == b"\xff" * 64
    with pytest.raises(FlashError, match="used up"):
        flash.program(0, bytes(4))
    flash.erase(0)
    flash.program(0, bytes(4))


@pytest.mark.parametrize("plan", [plan for plan, _ in CUT_PROGRAMS + CUT_ERASES], ids=str)
def test_a_plan_reads_back_from_its_text(plan: CutPlan) -> None:
    assert CutPlan.parse(str(plan)) == plan


def test_cuts_of_a_trace_are_every_flavour_of_each_operation() -> None:
    flash = NorFlash(SMALL)
    flash.trace = []
    flash.program(0, b"\x0f" * 12)
    flash.erase(0)
    kinds = [operation.kind for operation in flash.trace]
    assert kinds == [OperationKind.PROGRAM, OperationKind.ERASE]
    plans = list(cuts(flash.trace, step=4, masks=(0x0F,)))
    assert [str(plan) for plan in plans if plan.operation == 0] == [
        "0:before:0",
        "0:prefix:4",
        "0:prefix:8",
        f"0:bits:{'0f' * 12}".replace(":0f", ":f"),
        "0:after:0",
    ]
    assert CutPlan(1, Flavour.PREPROGRAMMED) in plans
    assert CutPlan(1, Flavour.TORN_PREFIX, 60) in plans
    assert CutPlan(1, Flavour.TORN_BITS, (1 << 256) - 1) in plans, "only the last 32 octets"
    assert len(list(single_bit_cuts(flash.trace[0], 0))) == 2 * 4 * 12
