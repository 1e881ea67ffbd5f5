"""One device on the engine, as a service runs it: from its image, or new from a PKI."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.default_policy import check_default_policy
from firmware_sim.bench.dut.native.device import NativeDevice, geometry_name
from firmware_sim.bench.dut.native.engine import engine_running
from firmware_sim.bench.dut.simulated.image_file import ImageFile
from firmware_sim.bench.dut.simulated.single_device import (
    DeviceRequest,
    check_identity,
    new_flash,
)
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.store import open_image


class NativeService:
    """A powered device whose clock is the operating system's.

    Attributes:
        is_new: whether its image was made just now.
    """

    def __init__(
        self, device: NativeDevice, device_type: DeviceType, entity: EntityId, *, is_new: bool
    ) -> None:
        self.device_type = device_type
        self.entity_id = entity
        self.is_new = is_new
        self._device = device
        self._clock = RunningClock()

    def receive(self, octets: bytes) -> Effects:
        """Hand over what arrived."""
        self._device.set_clock(self._clock.now())
        return self._device.receive(octets)

    def tick(self) -> Effects:
        """Let the device do what has fallen due."""
        self._device.set_clock(self._clock.now())
        return self._device.tick()

    def cells(self) -> Mapping[TrustAnchorCellId, Cell]:
        """What its cells hold, read from its flash."""
        return cells_of_image(self._device.image())


@contextmanager
def native_brought_up(request: DeviceRequest) -> Iterator[NativeService]:
    """The device, powered on; its image stays locked, and the firmware writes into the file.

    Raises:
        UsageError: no image and no PKI, the image is another device's, or the request asks for
            what only the device in Python does.
        BenchError: the image is in use, there is no engine, or it crashed.
    """
    check_default_policy(request.policy)
    if request.sync:
        raise UsageError("the engine does not wait for the disk", "leave out --sync")
    with ExitStack() as stack:
        flash, image = _flash(request, stack)
        engine = stack.enter_context(engine_running())
        geometry = flash.geometry
        file = None if image is None else image.path
        device = NativeDevice(engine.open(geometry_name(geometry), file), geometry)
        if image is None:
            device.load(flash.image())
        else:
            device.reset()
        _, store = open_image(flash.image())
        whose = store.superblock
        is_new = image is None or image.created
        yield NativeService(device, whose.device_type, whose.entity, is_new=is_new)


def _flash(request: DeviceRequest, stack: ExitStack) -> tuple[NorFlash, ImageFile | None]:
    """What it starts from, and the file that holds it if there is one."""
    pki = request.pki
    make = None if pki is None else lambda: new_flash(request, pki)
    if request.image is not None:
        image = stack.enter_context(ImageFile.attach(request.image, make))
        check_identity(request, image)
        return image.flash, image
    if make is None:
        raise UsageError("a device needs an image or a PKI", "give --image FILE or --pki DIR")
    return make(), None
