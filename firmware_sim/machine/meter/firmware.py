"""Which firmware runs, and what an activation makes of the image that is held.

How an image comes to a device is outside: it is held from manufacture, with its version and hash.
Everything else that a device stores, each cell, counter and cache entry, is left as it is.
"""

from typing import NamedTuple

from firmware_sim.gbcs.payloads.activation import ActivationCode, ActivationOutcome
from firmware_sim.machine.context import Context
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.image.use_records import MeterState


class Activated(NamedTuple):
    """What an activation did, waiting for its commit; `meter` is as before if it failed."""

    outcome: ActivationOutcome
    meter: MeterState

    @property
    def detail(self) -> str:
        """For the log."""
        return f"code {self.outcome.code}, {self.outcome.version.hex()}"


def activate(context: Context, image_hash: bytes) -> Activated:
    """Run the image that is held, if it is the one with this hash (SHA-256, 32 octets)."""
    meter = context.state.meter
    code = _code(context, image_hash)
    if code is ActivationCode.SUCCESS:
        meter = meter._replace(firmware_version=meter.image_version)
        if context.policy.activated_image == "consumed":
            meter = meter._replace(image_version=bytes(4), image_hash=bytes(32), image_held=False)
    return Activated(ActivationOutcome(code, meter.firmware_version), meter)


def _code(context: Context, image_hash: bytes) -> ActivationCode:
    meter = context.state.meter
    if not meter.image_held:
        return ActivationCode.NO_IMAGE_HELD
    if meter.image_hash != image_hash:
        return ActivationCode.HASH_MISMATCH
    if Fault.FIRMWARE_ACTIVATION in context.faults:
        return ActivationCode.ACTIVATION_FAILED
    return ActivationCode.SUCCESS
