"""What goes wrong with the engine itself; it says nothing of a device."""

import signal
from typing import Any

from firmware_sim.hw.errors import HardwareError


class EngineError(HardwareError):
    """There is no engine, or it is not the one that belongs to this package."""


class EngineCrashError(HardwareError):
    """The engine's process ended while it worked.

    Args:
        exit_code: of the process; below 0 it is the signal's number.
        doing: what it was asked, e.g. ``receive``.
        octets: the message that it was given, empty if none.
    """

    def __init__(self, exit_code: int | None, doing: str, octets: bytes = b"") -> None:
        self.exit_code = exit_code
        self.doing = doing
        self.octets = octets
        super().__init__(
            f"the engine ended by {_cause(exit_code)} at {doing}",
            "this is a fault of the firmware or of the engine, and no device's answer",
        )

    def __reduce__(self) -> tuple[type["EngineCrashError"], tuple[Any, ...]]:
        return type(self), (self.exit_code, self.doing, self.octets)

    @property
    def cause(self) -> str:
        """How the process ended, in words."""
        return _cause(self.exit_code)


class PowerLostError(Exception):
    """The power cut that was asked for came; the device is off until its next power-on."""


def _cause(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"
