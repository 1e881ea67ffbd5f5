"""What became of a device in a drill, as its owner asks: is it recovered?"""

from enum import StrEnum


class DeviceFate(StrEnum):
    """Of one device. All of them together are all devices that were to be recovered."""

    RECOVERED = "recovered"
    """Every cell that was to be replaced was, as the device itself has answered."""
    FAILED = "failed"
    """It was sent its command, and not every cell was replaced."""
    UNREACHABLE = "unreachable"
    """Nothing was heard of it, as the story wants it: it is outstanding, and not to blame."""
    NOT_ASKED = "not asked"
    """It was sent no command, e.g. because its wave never began."""
    LOST = "lost"
    """A cell holds what an attacker put there."""
