"""What it means that a board did not answer as it should, and whose fault that is."""

from firmware_sim.devices.links.board_errors import (
    BoardResetError,
    DeviceFaultError,
    HangingBoardError,
    SilentBoardError,
)
from firmware_sim.devices.links.board_protocol import (
    SPOKEN_VERSIONS,
    BootRecord,
    FrameType,
    ProtocolError,
)
from firmware_sim.devices.links.exchange import Exchange, UnansweredError
from firmware_sim.devices.links.link import LinkError


def verdict(
    exchange: Exchange, last: UnansweredError, name: str, *, answers_hello: bool
) -> LinkError:
    """Whose fault it is that a request has no answer (hw/PROTOCOL.md, section 4).

    Args:
        last: why the last attempt had none.
        name: the line's.
        answers_hello: whether the board answered HELLO afterwards.
    """
    asked = f"{exchange.request.type.name} in {exchange.attempts} attempts ({last})"
    if exchange.was_spoilt:
        return LinkError(f"the line to {name} spoils frames: no answer to {asked}")
    if answers_hello:
        return DeviceFaultError(f"the board at {name} lives, but does not answer {asked}")
    if exchange.was_working:
        return HangingBoardError(f"the board at {name} hangs in {asked}")
    return SilentBoardError(f"no board answers at {name}: {asked}")


def reset_of(boot: BootRecord, request: FrameType, name: str) -> BoardResetError:
    """A BOOT came where an answer should have come."""
    cause = boot.reset_cause.name.lower()
    text = f"the board at {name} started anew ({cause}) and does not answer {request.name}"
    return BoardResetError(text, boot)


def boot_of(payload: bytes, name: str) -> BootRecord:
    """The boot record of a board that speaks our protocol.

    Raises:
        DeviceFaultError: it is none, or of another version.
    """
    try:
        boot = BootRecord.parse(payload)
    except ProtocolError as error:
        raise DeviceFaultError(f"{name} sends {error}") from error
    if boot.protocol not in SPOKEN_VERSIONS:
        known = " or ".join(map(str, SPOKEN_VERSIONS))
        raise DeviceFaultError(
            f"{name} speaks version {boot.protocol} of the protocol, not {known}"
        )
    return boot
