"""What every kind of device under test does alike: simulated, firmware here, and on a board."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import Blueprint, blueprint_of, blueprint_of_new
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.device_under_test import (
    EVERY_ABILITY,
    Ability,
    DeviceUnderTest,
    require,
)
from firmware_sim.bench.dut.meter import Meter
from firmware_sim.bench.dut.opening import named_target
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort
from firmware_sim.devices.links.board_protocol import Capability
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import NRF52840
from firmware_sim.machine.refusals import RefusalReason
from tests.requirements import require_engine
from tests.support.fake_board import FakeStream
from tests.support.simulated_board import SimulatedBoard

MODE = ReplacementMode.SUPPLIER_BY_SUPPLIER


@contextmanager
def simulated() -> Iterator[DeviceUnderTest]:
    with named_target("memory").device() as device:
        yield device


@contextmanager
def native_engine() -> Iterator[DeviceUnderTest]:
    require_engine()
    with named_target("native").device() as device:
        yield device


@contextmanager
def board_at_a_line(board: SimulatedBoard | None = None) -> Iterator[BoardDevice]:
    there = board or SimulatedBoard()
    with Board(BoardPort(lambda: FakeStream(there))) as opened:
        yield BoardDevice(opened)


@contextmanager
def emulated_board() -> Iterator[DeviceUnderTest]:
    with named_target("board:mps2-an385").device() as device:
        yield device


Opening = Callable[[], AbstractContextManager[DeviceUnderTest]]


@pytest.fixture(params=[simulated, native_engine, board_at_a_line, emulated_board])
def device(request: pytest.FixtureRequest) -> Iterator[DeviceUnderTest]:
    opening: Opening = request.param
    if opening is emulated_board:
        request.getfixturevalue("emulated_board_tools")
    with opening() as opened:
        yield opened


def blueprint() -> Blueprint:
    return blueprint_of_new(AllParties().flash(DeviceType.ESME, Policy()))


def test_it_becomes_the_device_of_a_blueprint(device: DeviceUnderTest) -> None:
    factory = AllParties().flash(DeviceType.ESME, Policy())
    device.begin(blueprint())
    assert device.abilities == EVERY_ABILITY
    assert cells_of_image(device.image()) == cells_of_image(factory.image())
    assert len(device.image()) == device.geometry.size


def test_an_accepted_command_changes_the_digest_and_a_refused_one_does_not(
    device: DeviceUnderTest,
) -> None:
    meter = Meter(device, DrillPki.generate(1), DeviceType.ESME)
    before, cells = device.digest(), meter.cells()
    order = meter.replacing(MODE, "supplier.DS")
    meter.send(meter.forged(order))
    assert meter.refusal is RefusalReason.BAD_SIGNATURE
    assert meter.cells() == cells
    assert len(meter.send(order)) == 1
    assert device.digest() != before
    changed = {name for name, cell in meter.cells().items() if cell != cells[name]}
    assert changed == {"supplier.DS"}


def test_what_it_was_before_is_gone_when_it_begins_anew(device: DeviceUnderTest) -> None:
    meter = Meter(device, DrillPki.generate(1), DeviceType.ESME)
    first = meter.cells()
    meter.replace(MODE, "supplier.DS")
    again = Meter(device, DrillPki.generate(1), DeviceType.ESME)
    assert again.cells() == first
    assert len(again.replace(MODE, "supplier.DS")) == 1


def test_a_reset_keeps_the_cells_and_the_counters(device: DeviceUnderTest) -> None:
    meter = Meter(device, DrillPki.generate(1), DeviceType.ESME)
    meter.replace(MODE, "supplier.DS")
    cells, query = meter.cells(), meter.reading()
    assert len(meter.send(query)) == 1
    meter.power_cycle()
    assert meter.cells() == cells
    meter.send(query)
    assert meter.refusal is RefusalReason.REPLAYED


def test_after_a_reset_the_clock_is_unset_and_nothing_falls_due(device: DeviceUnderTest) -> None:
    meter = Meter(device, DrillPki.generate(1), DeviceType.ESME)
    cells = meter.cells()
    parties = AllParties(pki=DrillPki.generate(1))
    parties.clock.advance(10)
    meter.send(meter.replacing(MODE, "supplier.DS", execution=parties.clock.time))
    device.set_clock(parties.clock.now())
    device.reset()
    assert device.tick().messages == ()
    assert meter.cells() == cells
    device.set_clock(parties.clock.now())
    assert len(device.tick().messages) == 1
    assert meter.cells() != cells


def test_what_a_board_cannot_do_is_said_before_and_refused_when_asked() -> None:
    board = SimulatedBoard()
    board.capabilities &= ~(Capability.READ | Capability.ERASE)
    with board_at_a_line(board) as device:
        assert EVERY_ABILITY & ~device.abilities == Ability.IMAGE | Ability.PROVISION
        require(device, Ability.CLOCK | Ability.TICK, "")
        with pytest.raises(BenchError, match=r"does not do (PROVISION, IMAGE|IMAGE, PROVISION)"):
            require(device, Ability.IMAGE | Ability.PROVISION, "use another")
        with pytest.raises(LinkError, match="does not do READ"):
            device.image()


def test_a_board_whose_flash_can_be_read_past_it_has_an_image() -> None:
    board = SimulatedBoard()
    board.capabilities &= ~Capability.READ
    with board_at_a_line(board) as opened:
        device = BoardDevice(opened.board, lambda: b"flash")
        assert Ability.IMAGE in device.abilities
        assert device.image() == b"flash"


def test_only_a_simulated_device_counts_the_wear_of_its_flash() -> None:
    device = SimulatedDevice(NRF52840)
    device.begin(blueprint())
    wear = device.wear()
    assert wear is not None
    assert len(wear) == len(NRF52840.block_sizes)
    with board_at_a_line() as board:
        assert board.wear() is None


def test_the_blueprint_of_a_new_flash_is_that_of_its_first_power_on() -> None:
    parties = AllParties()
    flash = parties.flash(DeviceType.ESME, Policy())
    new = blueprint_of_new(flash)
    powered = blueprint_of(parties.device(flash, Policy()).image())
    assert (new.device_type, new.entity) == (powered.device_type, powered.entity)
    assert dict(new.records) == dict(powered.records)
    secret = max((body for _, body in new.records), key=len)
    assert secret.hex() not in repr(new)
