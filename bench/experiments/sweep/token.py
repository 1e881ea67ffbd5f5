"""Replay tokens: one line that makes one cut again, on any machine.

``esme/update/anyByContingency@tiny:4:ff:full#7:prefix:1c,2:bits:ff``: operation, part with write
unit and erased value, room, the cut and, if there is one, the cut of the recovery after it. In
place of the room, ``device`` stands for a cut under a whole device, and ``rot`` for a flipped
bit, whose number follows.
"""

from typing import NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.scene import Part, Room
from firmware_sim.machine.flash.cut import CutPlan
from firmware_sim.machine.flash.geometry import ERASED_VALUES, NAMED, WRITE_UNITS


class Token(NamedTuple):
    """A scene and the cuts made in it, one or two."""

    operation: str
    part: Part
    room: Room
    cuts: tuple[CutPlan, ...]

    def __str__(self) -> str:
        cuts = ",".join(map(str, self.cuts))
        return f"{self.operation}@{self.part}:{self.room}#{cuts}"

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Read a token.

        Raises:
            UsageError: it is none, or names what there is not.
        """
        try:
            scene, _, cuts = text.partition("#")
            operation, _, place = scene.partition("@")
            name, unit, erased, room = place.split(":")
            part = Part(name, int(unit), int(erased, 16))
            token = cls(operation, part, Room(room), tuple(map(CutPlan.parse, cuts.split(","))))
        except ValueError:
            raise UsageError(f"{text!r} is no replay token", "copy it from a sweep") from None
        _check(token)
        return token


def _check(token: Token) -> None:
    if token.operation not in operations():
        raise UsageError(f"there is no operation {token.operation!r}", "see: sweep list")
    part = token.part
    known = part.name in NAMED and part.write_unit in WRITE_UNITS
    if not known or part.erased_value not in ERASED_VALUES:
        raise UsageError(f"there is no part {part}", f"use one of {', '.join(NAMED)}")
    if len(token.cuts) > 2:
        raise UsageError("a token holds one cut or two", "copy it from a sweep")
