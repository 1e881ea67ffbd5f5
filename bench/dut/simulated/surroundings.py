"""What simulated devices share, and the one place where they get their power."""

from collections.abc import Iterable
from typing import NamedTuple

from firmware_sim.devices.device import Device
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.ports import Clock


class Surroundings(NamedTuple):
    """The ports of the devices of one run.

    Attributes:
        verified: facts about certificates, so that devices verify each one once; None if every
            device shall verify each time.
    """

    clock: Clock
    policy: Policy = Policy()
    suite: CryptoSuite = P256Suite()
    verified: SignatureCache | None = None

    def powered(self, flash: NorFlash, faults: Iterable[Fault] = ()) -> Device:
        """The device whose image is on a flash, powered on.

        Raises:
            StoreError: the flash holds no sound state.
        """
        return Device(
            flash,
            clock=self.clock,
            suite=self.suite,
            policy=self.policy,
            verified=self.verified,
            faults=faults,
        )
