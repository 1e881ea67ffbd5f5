"""Whether an emulator can be used here, and what to install if not."""

from importlib.util import find_spec

from firmware_sim.hw.emulators.qemu import INSTALL, qemu_version
from firmware_sim.hw.errors import HardwareError


def why_not(emulator: str) -> str:
    """What keeps ``qemu`` or ``unicorn`` from running; empty if nothing does."""
    if emulator == "unicorn":
        return "" if find_spec("unicorn") else "not installed; pip install unicorn"
    try:
        qemu_version()
    except HardwareError as error:
        return f"{error.problem}; {INSTALL}"
    return ""
