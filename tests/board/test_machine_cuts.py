"""The power fails at each word of an update: the firmware holds the old credentials or the new
ones, never a mixture, and a party without an answer may send the command again."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.refusals import RefusalReason
from firmware_sim.machine.state import DeviceState
from firmware_sim.machine.store import open_image
from tests.support.commands import MODE, replacements, supplier_by_supplier, update
from tests.support.host_device import HostDevice, PowerLostError
from tests.support.meter import Clock, Meter, meter
from tests.support.pki import FIRST, SECOND

_AFTER, _TORN = 1, 2
_MASKS = (0x0000FFFF, 0x55555555)
_LIMIT = 2_000


class Held(NamedTuple):
    """What an update changes together."""

    cells: Mapping[TrustAnchorCellId, Cell]
    counter: int


class Sweep:
    """One command, cut again and again from the same flash."""

    def __init__(self, target: Meter, octets: bytes, role: RemotePartyRole) -> None:
        self._octets = octets
        self._role = role
        self._start = target.device.image()
        # What is cut is flash; which cryptography came before is all one, and this one is quick.
        self.firmware = HostDevice(target.device.flash.geometry, Cryptography.LIBCRYPTO)
        self.old = self._held_by(self._start)
        target.device.receive(octets)
        self.new = self._held_by(target.device.image())
        assert self.old != self.new

    def cut(self, operation: int, flavour: int, mask: int = 0) -> bool:
        """Whether the power failed; the firmware is started again then."""
        self.firmware.load(self._start)
        assert self.firmware.power_on()
        self.firmware.set_clock(Clock().now())
        self.firmware.cut(operation, flavour, mask)
        try:
            self.firmware.receive(self._octets)
        except PowerLostError:
            assert self.firmware.power_on()
            return True
        return False

    def held(self) -> Held:
        return self._held_by(self.firmware.image())

    def again(self) -> int:
        self.firmware.set_clock(Clock().now())
        return self.firmware.receive(self._octets).reason

    def _held_by(self, image: bytes) -> Held:
        state = DeviceState.load(open_image(image)[1])
        return Held(cells_of_image(image), state.counter(self._role))


def root_by_supplier() -> Sweep:
    esme = meter(DeviceType.ESME)
    path = (SECOND.link(FIRST),)
    command = update(esme, MODE.ROOT_BY_SUPPLIER, replacements(["root.CS"], SECOND), path=path)
    return Sweep(esme, command.build(), RemotePartyRole.SUPPLIER)


def three_cells_by_supplier() -> Sweep:
    esme = meter(DeviceType.ESME)
    return Sweep(esme, supplier_by_supplier(esme).build(), RemotePartyRole.SUPPLIER)


@pytest.mark.parametrize("make", [root_by_supplier, three_cells_by_supplier])
def test_every_cut_of_a_command_leaves_the_state_before_or_after(make: Callable[[], Sweep]) -> None:
    sweep = make()
    seen = {"old": 0, "new": 0}
    for operation in range(_LIMIT):
        if not sweep.cut(operation, _AFTER):
            break
        held = sweep.held()
        which = "old" if held == sweep.old else "new"
        assert held in (sweep.old, sweep.new), f"a mixture after operation {operation}"
        assert sweep.again() == (0 if which == "old" else RefusalReason.REPLAYED)
        assert sweep.held() == sweep.new
        seen[which] += 1
    else:
        pytest.fail("the command never came to its end")
    assert seen["old"] > 50
    assert seen["new"] >= 1


@pytest.mark.parametrize("mask", _MASKS)
def test_torn_word_of_a_command_leaves_the_state_before_or_after(mask: int) -> None:
    sweep = root_by_supplier()
    operation = 0
    while sweep.cut(operation, _TORN, mask):
        assert sweep.held() in (sweep.old, sweep.new), f"a mixture after operation {operation}"
        operation += 7 if operation < 100 else 1
    assert operation > 100
