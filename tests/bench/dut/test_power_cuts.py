"""A power cut at a flash operation is the same cut on every kind of device under test.

The engine and the board cut in C (hw/firmware/link/cut.c), the simulated device in Python: each is
the other's expected value.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.dut.meter import Meter
from firmware_sim.bench.dut.opening import named_device
from firmware_sim.bench.dut.power_cuts import EVERY_BIT, CutFlavour, CutNotReachedError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType
from tests.requirements import needs_board, require_engine

HALF = 0x00FF_00FF
CUTS = [
    (CutFlavour.BEFORE, EVERY_BIT),
    (CutFlavour.AFTER, EVERY_BIT),
    (CutFlavour.TORN, EVERY_BIT),
    (CutFlavour.TORN, HALF),
]


class Bench:
    """Makes new meters on one target each."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self._pki = stack, DrillPki.generate(1)
        self._devices: dict[str, DeviceUnderTest] = {}

    def new(self, target: str) -> Meter:
        """A new meter; what the target's meter was before is gone."""
        if target not in self._devices:
            device = self._stack.enter_context(named_device(target).device())
            self._devices[target] = device
        return Meter(self._devices[target], self._pki, DeviceType.ESME)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(stack)


def cut_at(
    meter: Meter, operation: int, flavour: CutFlavour, mask: int
) -> tuple[bytes, bytes] | None:
    """The images after a cut, and after one more command; None if the cut does not come."""
    order = meter.replacing(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    try:
        with meter.power_cut(operation, flavour, mask):
            meter.send(order)
    except CutNotReachedError:
        return None
    image = meter.image()
    meter.send(order)
    return image, meter.image()


@pytest.mark.parametrize(("flavour", "mask"), CUTS)
def test_a_cut_leaves_the_same_flash_in_the_simulator_and_in_the_engine(
    bench: Bench, flavour: CutFlavour, mask: int
) -> None:
    require_engine()
    operation, last = 0, False
    while not last:
        here, there = (
            cut_at(bench.new(target), operation, flavour, mask) for target in ("memory", "native")
        )
        assert here == there, f"operation {operation}"
        last = here is None
        operation += 7
    assert operation > 100


@needs_board
@pytest.mark.parametrize(("operation", "flavour", "mask"), [(3, *CUTS[0]), (50, *CUTS[3])])
def test_a_board_is_cut_as_the_simulator_is(
    bench: Bench, operation: int, flavour: CutFlavour, mask: int
) -> None:
    board = bench.new("board:mps2-an385?emulator=unicorn")
    simulated = bench.new("memory")
    assert cut_at(board, operation, flavour, mask) == cut_at(simulated, operation, flavour, mask)


@pytest.mark.parametrize("target", ["memory", "native"])
def test_a_cut_that_never_comes_is_an_error_that_counts_what_was_done(
    bench: Bench, target: str
) -> None:
    if target == "native":
        require_engine()
    meter = bench.new(target)
    before = meter.flash_operations
    meter.replace(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    made = meter.flash_operations - before
    assert made > 100
    meter = bench.new(target)
    order = meter.replacing(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    with (
        pytest.raises(CutNotReachedError, match=f"{made} operations were made") as caught,
        meter.power_cut(made),
    ):
        meter.send(order)
    assert caught.value.made == made
    meter.send(meter.reading())  # nothing is armed any more
    assert meter.refusal is None
    meter = bench.new(target)
    order = meter.replacing(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    with meter.power_cut(made - 1):
        meter.send(order)


FLAVOURS = [CutFlavour.BEFORE, CutFlavour.AFTER]


def counted(meter: Meter, flavour: CutFlavour) -> tuple[int, int, int]:
    """Operations that a meter says before a cut at the 91st, after it, and after a power cycle."""
    order = meter.replacing(ReplacementMode.ROOT_BY_SUPPLIER, "root.CS")
    before = meter.flash_operations
    with meter.power_cut(90, flavour):
        meter.send(order)
    after = meter.flash_operations
    meter.power_cycle()
    return before, after, meter.flash_operations


@pytest.mark.parametrize("target", ["memory", "native"])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_number_of_flash_operations_only_grows(
    bench: Bench, target: str, flavour: CutFlavour
) -> None:
    if target == "native":
        require_engine()
    before, after, last = counted(bench.new(target), flavour)
    assert before < after <= last


@needs_board
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_number_of_flash_operations_of_a_board_only_grows_over_its_starts(
    bench: Bench, flavour: CutFlavour
) -> None:
    before, after, last = counted(bench.new("board:mps2-an385?emulator=unicorn"), flavour)
    assert after >= before + 90 + (flavour is CutFlavour.AFTER)
    assert last >= after


def test_an_error_of_the_test_itself_passes_through_the_context(bench: Bench) -> None:
    meter = bench.new("memory")
    with pytest.raises(ZeroDivisionError), meter.power_cut(0):
        raise ZeroDivisionError
