"""What can be wrong at a board, distinguished by whose fault it is.

A plain `LinkError` is the bench's trouble: a port, a cable, a setting; it says nothing about
the device. `DeviceFaultError` is the device's.
"""

from firmware_sim.devices.links.board_protocol import BootRecord, DeclineReason, FrameType
from firmware_sim.devices.links.link import LinkError


class DeviceFaultError(LinkError):
    """The device runs and did wrong: broke the protocol, or does not answer a request."""


class SilentBoardError(LinkError):
    """The board answers nothing, not even HELLO: what is asked next would wait in vain too."""


class LostBoardError(SilentBoardError):
    """The line to the board is gone and did not come back: unplugged, or its emulator ended."""


class HangingBoardError(DeviceFaultError, SilentBoardError):
    """It took a request up, and has answered nothing since."""


class BoardResetError(DeviceFaultError):
    """The board started anew without a request to, or where an armed cut fell due.

    Attributes:
        boot: what it said when it came up.
    """

    def __init__(self, text: str, boot: BootRecord) -> None:
        super().__init__(text)
        self.boot = boot


class DeclinedError(LinkError):
    """The board understood a request and does not carry it out.

    Attributes:
        request: which one; an integer if the type is not ours.
        reason: why; an integer if the number is not in the protocol.
    """

    def __init__(self, request: FrameType, reason: DeclineReason | int) -> None:
        words = reason.name.lower().replace("_", " ") if isinstance(reason, DeclineReason) else ""
        super().__init__(f"the board declines {request.name}: {words or f'reason {reason}'}")
        self.request = request
        self.reason = reason
