"""Rules of the start: boot record, and what comes before a greeting (hw/PROTOCOL.md, 4.1, 6)."""

from typing import Final

from firmware_sim.bench.experiments.link_check.finding import (
    LinkRule,
    NotSeenError,
    NotTriedError,
    RuleBrokenError,
)
from firmware_sim.bench.experiments.link_check.frames import (
    UNKNOWN_REQUEST,
    expect,
    expect_declined,
    greet,
)
from firmware_sim.bench.experiments.link_check.probe import SIGN_SECONDS, Probe
from firmware_sim.bench.experiments.link_check.requests import NO_MESSAGE
from firmware_sim.devices.links.board_protocol import (
    ANSWER_BIT,
    PROTOCOL_VERSION,
    BootRecord,
    Capability,
    DeclineReason,
    FrameType,
    ProtocolError,
)
from firmware_sim.devices.links.framing import Frame

_SELF_TEST_AT = 5
_MAX_MESSAGE = 8192
_NO_BOOT = "send BOOT once, as soon as the board can, after every start"


def _boot_record(probe: Probe, boot: BootRecord) -> str:
    payload = greet(probe).payload
    wrong = [words for holds, words in _facts(boot, payload) if not holds]
    if wrong:
        raise RuleBrokenError("; ".join(wrong))
    return f"protocol {boot.protocol}, {boot.firmware or 'no name'} on {boot.board or 'no name'}"


def _facts(boot: BootRecord, payload: bytes) -> tuple[tuple[bool, str], ...]:
    known = sum(each.value for each in Capability)
    unknown = int.from_bytes(payload[1:5], "little") & ~known
    runs = boot.device_type is not None
    return (
        (not unknown, f"the capabilities have bits that are none: {unknown:#x}"),
        (payload[_SELF_TEST_AT] <= 1, f"self_test is {payload[_SELF_TEST_AT]}, not 0 or 1"),
        (1 <= boot.max_message <= _MAX_MESSAGE, f"max_message is {boot.max_message}"),
        (boot.erased_value in (0x00, 0xFF), f"erased_value is {boot.erased_value:#04x}"),
        (
            not runs or boot.entity is not None,
            "a device type, and no Entity Identifier: the machine runs, or it does not",
        ),
        (
            Capability.READ not in boot.capabilities or boot.flash_octets > 0,
            "READ is announced, and the blocks of the flash are zero",
        ),
    )


def _reset(probe: Probe, boot: BootRecord) -> str:
    if Capability.RESET not in boot.capabilities:
        return _started_by_hand(probe)
    request = probe.send(FrameType.RESET)
    expect(probe.answer_to(request), request.type | ANSWER_BIT, request.sequence, b"\x00")
    _expect_boot(probe)
    if boot.protocol < PROTOCOL_VERSION:
        raise NotTriedError(f"protocol {boot.protocol} has no greeting, so copies may be obeyed")
    # The copy of a request that stood on the line, and others that the host has not thought of.
    copies = (request, Frame(FrameType.MESSAGE, 9, NO_MESSAGE), Frame(UNKNOWN_REQUEST, 10, b"\x01"))
    for copy in copies:
        answer = probe.ask(copy.type, copy.payload, copy.sequence)
        expect_declined(answer, copy, DeclineReason.NOT_GREETED)
    greet(probe)
    asked = probe.send(UNKNOWN_REQUEST)
    expect_declined(probe.answer_to(asked), asked, DeclineReason.UNKNOWN_TYPE)
    if (boots := sum(words.startswith(FrameType.BOOT.name) for words in probe.came)) > 1:
        raise RuleBrokenError(f"BOOT came {boots} times for one start")
    return "BOOT came once, and nothing was carried out before HELLO"


def _started_by_hand(probe: Probe) -> str:
    """BOOT of a board without RESET, which a person starts; nothing else is tried then."""
    if probe.boot is None:
        raise NotSeenError(
            "no BOOT was seen, which every board must send, and there is no RESET to bring it "
            "about: give --start-within SECONDS, and start the board by hand"
        )
    _check_boot(probe.boot)
    raise NotTriedError("BOOT came; what comes before HELLO is not tried without RESET")


def await_start(probe: Probe, seconds: float) -> None:
    """Wait for the BOOT of a board that is started by hand.

    Raises:
        RuleBrokenError: none came.
    """
    probe.until(is_boot, seconds - SIGN_SECONDS)
    if probe.boot is None:
        raise RuleBrokenError(f"no BOOT came within {seconds:g} s", _NO_BOOT)


def _expect_boot(probe: Probe) -> None:
    came = [frame for frame in probe.until(is_boot) if is_boot(frame)]
    if not came:
        raise RuleBrokenError("no BOOT came after the board started anew", _NO_BOOT)
    _check_boot(came[0])


def _check_boot(boot: Frame) -> None:
    if boot.sequence != 0:
        raise RuleBrokenError(f"BOOT has the sequence {boot.sequence}, not 0")
    try:
        BootRecord.parse(boot.payload)
    except ProtocolError as error:
        raise RuleBrokenError(f"BOOT carries {error}") from error


def is_boot(frame: Frame) -> bool:
    """Whether a board says with it that it has started."""
    return frame.type == FrameType.BOOT


BOOT_RULE: Final = LinkRule(
    "boot record",
    "6.1",
    "the answer to HELLO has the layout of the boot record, and only values that the table has",
    "compare each field with its offset in the table; numbers have the least significant octet "
    "first",
    _boot_record,
)
RESET_RULE: Final = LinkRule(
    "requests after a reset",
    "4.1, 6.3",
    "BOOT comes once after each start, with sequence 0; until a HELLO every other request is "
    "declined with NOT_GREETED, before anything else in it is looked at",
    "clear a flag at the start, set it with HELLO, and look at it before the type; forget the kept "
    "answer at the start",
    _reset,
)
