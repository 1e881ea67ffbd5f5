"""A simulated flash whose power fails at a word, as a board's does, and that counts words."""

from typing import Final

from firmware_sim.bench.dut.power_cuts import EVERY_BIT, CutFlavour, OperationCut
from firmware_sim.machine.flash.cut import CutPlan, Flavour
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.flash.trace import OperationKind

_WORD_OCTETS: Final = 4


class WordFlash(NorFlash):
    """The same flash; one program of many octets counts as its words.

    Attributes:
        done: words programmed and blocks erased so far.
    """

    __slots__ = ("_cut", "done")

    def __init__(self, geometry: Geometry) -> None:
        super().__init__(geometry)
        self.done = 0
        self._cut: OperationCut | None = None

    def arm(self, cut: OperationCut | None) -> None:
        """Arm a cut, counted from now; None disarms."""
        self.plan = None
        self._cut = cut and cut._replace(operation=self.done + cut.operation)

    def power_on(self) -> None:
        super().power_on()
        self._cut = None

    def program(self, address: int, octets: bytes) -> None:
        words = -(-len(octets) // _WORD_OCTETS)
        if (cut := self._due_within(words)) is not None:
            self.plan = _of_program(cut, cut.operation - self.done, len(octets))._replace(
                operation=self.operations
            )
        super().program(address, octets)
        self.done += words

    def erase(self, block: int) -> None:
        if (cut := self._due_within(1)) is not None:
            flavour = Flavour.AFTER if cut.flavour is CutFlavour.AFTER else Flavour.BEFORE
            self.plan = CutPlan(self.operations, flavour)
        super().erase(block)
        self.done += 1

    def _due_within(self, operations: int) -> OperationCut | None:
        cut = self._cut
        return cut if cut is not None and cut.operation < self.done + operations else None

    def _cut_erase(self, plan: CutPlan, address: int, before: bytes) -> None:
        """A torn erase programs the bits under the mask of every word, and erases none."""
        cut = self._cut
        if cut is None or cut.flavour is not CutFlavour.TORN:
            super()._cut_erase(plan, address, before)
            return
        mask = cut.mask.to_bytes(_WORD_OCTETS, "little") * (len(before) // _WORD_OCTETS)
        old, bits = int.from_bytes(before), int.from_bytes(mask)
        torn = old & ~bits if self.geometry.erased_value else old | bits
        after = torn.to_bytes(len(before))
        self._octets.write(address, after)
        self._record(OperationKind.ERASE, address, before, after)
        self._lose_power()


def _of_program(cut: OperationCut, word: int, octets: int) -> CutPlan:
    """What a cut at one word of a program leaves of the whole program."""
    done = word * _WORD_OCTETS
    if cut.flavour is CutFlavour.AFTER or (cut.flavour, cut.mask) == (CutFlavour.TORN, EVERY_BIT):
        return CutPlan(0, Flavour.TORN_PREFIX, done + _WORD_OCTETS)
    if cut.flavour is CutFlavour.BEFORE:
        return CutPlan(0, Flavour.TORN_PREFIX, done)
    mask = b"\xff" * done + cut.mask.to_bytes(_WORD_OCTETS, "little")
    return CutPlan(0, Flavour.TORN_BITS, int.from_bytes(mask.ljust(octets, b"\0")[:octets]))
