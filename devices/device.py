"""A device: a flash with an image on it, and the machine that runs over it while it has power."""

from collections.abc import Iterable

from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.machine import Effects, Machine
from firmware_sim.machine.ports import Clock


class Device:
    """One simulated device, powered on at construction.

    Attributes:
        flash: outlives every power cut; `Machine` is rebuilt over it.
        clock: what it looks at for the time.
        faults: operations that fail from the next power-on.
    """

    def __init__(
        self,
        flash: NorFlash,
        *,
        clock: Clock,
        suite: CryptoSuite,
        policy: Policy | None = None,
        verified: SignatureCache | None = None,
        faults: Iterable[Fault] = (),
    ) -> None:
        """Power on; see `machine.machine.Machine` for the arguments and for StoreError."""
        self.flash = flash
        self.clock = clock
        self._suite = suite
        self._policy = policy or Policy()
        self._verified = verified
        self.faults = frozenset(faults)
        self.power_on()

    def power_on(self) -> None:
        """Boot from flash, as after a power cut.

        Raises:
            StoreError: the flash holds no sound state.
        """
        self.flash.power_on()
        self.machine = Machine(
            self.flash,
            clock=self.clock,
            suite=self._suite,
            policy=self._policy,
            verified=self._verified,
            faults=self.faults,
        )

    @property
    def entity_id(self) -> EntityId:
        """The device's Entity Identifier."""
        return self.machine.state.identity.entity

    @property
    def device_type(self) -> DeviceType:
        """What it is."""
        return self.machine.state.identity.device_type

    def receive(self, octets: bytes) -> Effects:
        """Hand over what arrived; no octets make it raise."""
        return self.machine.receive(octets)

    def enter(self, digits: str) -> Effects:
        """Take a UTRN that a customer has typed in; no text makes it raise."""
        return self.machine.enter(digits)

    def tick(self) -> Effects:
        """Let the device do what has fallen due."""
        return self.machine.tick()

    def image(self) -> bytes:
        """The whole flash, secrets included."""
        return self.flash.image()

    def cells(self) -> dict[TrustAnchorCellId, Cell]:
        """The Trust Anchor Cells as the flash image holds them, not as the running machine does."""
        return cells_of_image(self.image())
