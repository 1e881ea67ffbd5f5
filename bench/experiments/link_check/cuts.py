"""The rule of CUT: a board that announces it loses its power where it was told to."""

from struct import pack
from typing import Final

from firmware_sim.bench.experiments.link_check.finding import (
    LinkRule,
    NotTriedError,
    RuleBrokenError,
)
from firmware_sim.bench.experiments.link_check.frames import expect, greet
from firmware_sim.bench.experiments.link_check.probe import Probe, is_answer
from firmware_sim.devices.links.board import CUT_AFTER, CUT_BEFORE
from firmware_sim.devices.links.board_protocol import (
    ANSWER_BIT,
    BootRecord,
    Capability,
    FrameType,
    StoreResult,
)
from firmware_sim.devices.links.framing import Frame

_OPERATION: Final = 1
_FLAVOURS: Final = {"before": CUT_BEFORE, "after": CUT_AFTER}


def _cut(probe: Probe, boot: BootRecord) -> str:
    """Of all that writes to flash, only the erasure of a board that holds nothing does no harm."""
    if Capability.CUT not in boot.capabilities:
        raise NotTriedError("the board announces no CUT")
    if Capability.ERASE not in boot.capabilities or boot.store is not StoreResult.NO_AREA:
        raise NotTriedError("only an empty board that has ERASE is cut here: see board test")
    for name, flavour in _FLAVOURS.items():
        request = probe.send(FrameType.CUT, pack("<IBI", _OPERATION, flavour, 0))
        expect(probe.answer_to(request), request.type | ANSWER_BIT, request.sequence, b"\x00")
        probe.send(FrameType.ERASE, b"ERASE")
        _expect_cut(probe, f"{name} its operation {_OPERATION}")
        greet(probe)
    return "BOOT came in place of the answer to an ERASE that was cut, before and after a block"


def _expect_cut(probe: Probe, where: str) -> None:
    came = probe.until(_ends)
    if not came or not _ends(came[-1]):
        raise RuleBrokenError(f"neither BOOT nor an answer came to an ERASE with a cut {where}")
    if came[-1].type != FrameType.BOOT:
        raise RuleBrokenError(
            f"CUT is announced, but nothing was cut: ERASE with a cut {where} came to its answer"
        )


def _ends(frame: Frame) -> bool:
    return frame.type == FrameType.BOOT or is_answer(frame)


CUT_RULE: Final = LinkRule(
    "power cut",
    "5.6",
    "the flash operation that CUT names is cut: the board starts anew, and does not answer the "
    "request in which that happened",
    "call the functions of link/cut.h before and after each operation, in flash_program_word and "
    "in flash_erase_block; or do not announce CUT",
    _cut,
)
