"""Cuts under a whole device on the native engine: those of `DeviceCuts`, and those of each word.

The firmware programs words of four octets. Each of them is cut before it, torn in two ways, and
after it; what the flash then holds is compared with what the reference makes of the same cut.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import records_of
from firmware_sim.bench.dut.clock import posix_seconds
from firmware_sim.bench.experiments.sweep.case import FlashPart
from firmware_sim.bench.experiments.sweep.device_cuts import (
    DeviceCuts,
    plans_under_a_device,
    replaces_its_authority,
    without_boots,
)
from firmware_sim.bench.experiments.sweep.flash_sweep import FlashSweep
from firmware_sim.bench.experiments.sweep.judging import SweepCheck, Violation
from firmware_sim.bench.experiments.sweep.operation import TriggerKind
from firmware_sim.bench.experiments.sweep.recording import Recorded
from firmware_sim.bench.experiments.sweep.result import CaseResult, Failure, SweepEngine
from firmware_sim.gbcs.use_cases import CS02C
from firmware_sim.hw.engine.device import STORE_OK, EngineAnswer
from firmware_sim.hw.engine.errors import PowerLostError
from firmware_sim.machine.flash.cut import CutPlan, Flavour, tear
from firmware_sim.machine.flash.geometry import NOR_64K
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.flash.trace import FlashOperation, OperationKind
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY
from firmware_sim.machine.store import StoreError
from firmware_sim.machine.store.model import State
from firmware_sim.machine.store.store import open_image

TORN_MASKS: Final = (0x0000FFFF, 0xA5A5A5A5)
_WORD: Final = 4
_BEFORE, _AFTER, _TORN = range(3)  # enum of hw/firmware/link/cut.h
"""Flavours of the firmware's own cuts."""


class _WordCut(NamedTuple):
    """A cut as the firmware makes it, and the same one as a plan of the step that it is in."""

    operation: int
    flavour: int
    mask: int
    plan: CutPlan


class NativeDeviceCuts:
    """Cuts the trigger of one operation under the firmware's whole machine.

    Args:
        sweep: over `NOR_64K`.

    Attributes:
        steps: what the trigger does to the flash, once anything was cut.
    """

    def __init__(self, recorded: Recorded, sweep: FlashSweep) -> None:
        self._recorded = recorded
        self._sweep = sweep
        flash = NorFlash.load(recorded.start, NOR_64K).snapshot()
        self._programs = b"".join(flash.programmed)
        self._clock = AllParties(recorded.at).clock.now()
        self._known: dict[int, list[Violation]] = {}
        self.steps: Sequence[FlashOperation] = ()
        self._firsts: Sequence[int] = ()
        self._outcomes: tuple[State, State] = ({}, {})
        name = recorded.operation.name
        self.result = CaseResult(name, f"{name}@{FlashPart.native('nor-64k')}:device")

    def run(self, *, words: bool) -> CaseResult:
        """All cuts of `DeviceCuts`, and of each word if that is wanted."""
        try:
            self._whole()
        except StoreError as error:
            self._fail(self.result.case, Violation(SweepCheck.STARTS, error.reason))
            return self.result
        image = self._start_image()
        for number, operation in enumerate(self.steps):
            for plan in plans_under_a_device(number, operation):
                self.result.device_cuts += 1
                self._judge(self._as_word_cut(plan), image)
            for cut in self._cuts_of_words(number) if words else ():
                self.result.word_cuts += 1
                self._judge(cut, image)
            image = _changed(image, operation, operation.after)
        return self.result

    def again(self, plan: CutPlan) -> list[Violation]:
        """One of them by itself: what is wrong after it.

        Raises:
            IndexError: the trigger has no flash operation of that number.
        """
        self._whole()
        image = self._start_image()
        for operation in self.steps[: plan.operation]:
            image = _changed(image, operation, operation.after)
        return self._violations(self._as_word_cut(plan), image)

    def _whole(self) -> None:
        """The trigger without a cut: its steps, and the states around it."""
        self._sweep.begin(self._recorded.start, self._programs)
        self._power_on()
        before = self._state()
        self._sweep.record()
        self._act()
        after = self._state()
        self.steps = self._sweep.recorded_work()
        self._outcomes = before, after
        counts = [len(each.after) // _WORD if _is_program(each) else 1 for each in self.steps]
        self._firsts = [sum(counts[:number]) for number in range(len(counts))]
        steps, *states = DeviceCuts(self._recorded).whole()
        if [operation for _, operation in steps] != self.steps or states != [before, after]:
            text = "without a cut the firmware does other than the reference"
            self._fail(self.result.case, Violation(SweepCheck.SAME, text))

    def _start_image(self) -> bytes:
        self._sweep.restore()
        self._power_on()
        return self._sweep.image()

    def _power_on(self) -> None:
        result = self._sweep.device.power_on()
        if result != STORE_OK:
            raise StoreError(f"store result {result}")
        self._sweep.device.set_clock(posix_seconds(self._clock), self._clock.reliability)

    def _act(self) -> EngineAnswer:
        if self._recorded.trigger.kind is TriggerKind.TICK:
            return self._sweep.device.tick()
        if self._recorded.trigger.kind is TriggerKind.ENTER:
            return self._sweep.device.enter(self._recorded.trigger.octets)
        return self._sweep.device.receive(self._recorded.trigger.octets)

    def _state(self) -> State:
        state = records_of(open_image(self._sweep.image())[1])
        return without_boots(state) if OWN_COUNTERS_KEY in state else state

    def _as_word_cut(self, plan: CutPlan) -> _WordCut:
        """The firmware's cut that does the same; of an erase it has no half."""
        step, first = self.steps[plan.operation], self._firsts[plan.operation]
        words = len(step.after) // _WORD if _is_program(step) else 1
        if plan.flavour is Flavour.TORN_BITS:
            word, mask = _word_of_mask(len(step.after), plan.amount)
            return _WordCut(first + word, _TORN, mask, plan)
        if plan.flavour is Flavour.AFTER:
            return _WordCut(first + words - 1, _AFTER, 0, plan)
        done = plan.amount // _WORD if _is_program(step) else 0
        return _WordCut(first + done, _BEFORE, 0, plan)

    def _cuts_of_words(self, number: int) -> Iterator[_WordCut]:
        step, first = self.steps[number], self._firsts[number]
        if not _is_program(step):
            for mask in TORN_MASKS:
                yield self._as_word_cut(CutPlan(number, Flavour.TORN_BITS, mask))
            return
        length = len(step.after)
        for word in range(length // _WORD):
            done = word * _WORD
            yield _WordCut(first + word, _BEFORE, 0, CutPlan(number, Flavour.TORN_PREFIX, done))
            for mask in TORN_MASKS:
                plan = CutPlan(number, Flavour.TORN_BITS, _mask_of_words(length, done, mask))
                yield _WordCut(first + word, _TORN, mask, plan)

    def _judge(self, cut: _WordCut, image: bytes) -> None:
        for violation in self._violations(cut, image):
            self._fail(f"{self.result.case}#{cut.plan}", violation)

    def _fail(self, token: str, violation: Violation) -> None:
        self.result.fail(Failure(token, *violation, SweepEngine.NATIVE))

    def _violations(self, cut: _WordCut, image: bytes) -> list[Violation]:
        try:
            return list(self._faults(cut, image))
        except StoreError as error:
            return [Violation(SweepCheck.STARTS, error.reason)]

    def _faults(self, cut: _WordCut, image: bytes) -> Iterator[Violation]:
        step = self.steps[cut.plan.operation]
        self._sweep.restore()
        self._power_on()
        self._sweep.device.cut(cut.operation, cut.flavour, cut.mask)
        try:
            self._act()
            yield Violation(SweepCheck.SILENCE, "the device went on in spite of the cut")
        except PowerLostError:
            pass
        expected = _after_cut(cut, step, image)
        if expected is not None and self._sweep.image() != expected:
            yield Violation(
                SweepCheck.OUTCOME, "the same cut without the device leaves another flash"
            )
        self._power_on()
        mark = self._sweep.mark
        if mark not in self._known:
            self._known[mark] = list(self._judged())
        yield from self._known[mark]

    def _judged(self) -> Iterator[Violation]:
        """What is wrong with the device that has come back, and then with what it does."""
        if self._sweep.misuses:
            yield Violation(SweepCheck.STARTS, "flash operations that no part allows")
        image, state = self._sweep.image(), self._state()
        if state not in self._outcomes:
            yield Violation(SweepCheck.OUTCOME, "a mixture, under a whole device")
            return
        is_after = state == self._outcomes[1]
        yield from self._again(is_after)
        yield from self._with_the_old_key(image, is_after)

    def _again(self, is_after: bool) -> Iterator[Violation]:
        """As of `DeviceCuts`: it is done if it was not, and refused if it was."""
        recorded, answer = self._recorded, self._act()
        if recorded.operation.is_refused:
            return
        refused = answer.reason != 0
        if not is_after and len(answer.messages) != recorded.messages:
            yield Violation(
                SweepCheck.AGAIN, f"not done before, and refused now: reason {answer.reason}"
            )
        nothing_due = recorded.trigger.kind is TriggerKind.TICK and not answer.messages
        if is_after and not (refused or nothing_due):
            yield Violation(SweepCheck.AGAIN, "done before, and done again")
        is_drawn_anew = CS02C in recorded.operation.codes
        if not refused and not is_drawn_anew and self._state() != self._outcomes[1]:
            yield Violation(SweepCheck.AGAIN, "done now, but another state than at once")

    def _with_the_old_key(self, image: bytes, is_after: bool) -> Iterator[Violation]:
        """A fresh command under the keys from before; the reference prepares the device for it."""
        operation = self._recorded.operation
        if operation.name.split("/")[1] != "update":
            return
        parties = AllParties(self._recorded.at)
        parties.clock.advance(1)
        device = parties.device(NorFlash.load(image, NOR_64K), operation.policy)
        octets = operation.arrange(parties, device).octets
        self._sweep.load(device.image())
        self._power_on()
        answer = self._sweep.device.receive(octets)
        works = answer.reason == 0
        if works != (not is_after or not replaces_its_authority(device, octets)):
            text = f"state {'after' if is_after else 'before'}: reason {answer.reason}"
            yield Violation(SweepCheck.OLD_KEY, text)


def _is_program(operation: FlashOperation) -> bool:
    return operation.kind is OperationKind.PROGRAM


def _changed(image: bytes, operation: FlashOperation, octets: bytes) -> bytes:
    at = operation.address
    return image[:at] + octets + image[at + len(octets) :]


def _mask_of_words(length: int, done: int, mask: int) -> int:
    """Bits of a torn step: all of the first octets, and of the next word those under the mask."""
    octets = b"\xff" * done + mask.to_bytes(_WORD, "little")
    return int.from_bytes(octets.ljust(length, b"\0"))


def _word_of_mask(length: int, mask: int) -> tuple[int, int]:
    """The word in which a mask of `_mask_of_words` ends, and its bits there; of an erase, word 0.

    Raises:
        ValueError: it is none.
    """
    if mask < 1 << 8 * _WORD:
        return 0, mask
    octets = mask.to_bytes(length)
    done = (length - len(octets.lstrip(b"\xff"))) // _WORD * _WORD
    if done >= length or any(octets[done + _WORD :]):
        raise ValueError("no mask of a torn word")
    return done // _WORD, int.from_bytes(octets[done : done + _WORD], "little")


def _after_cut(cut: _WordCut, step: FlashOperation, image: bytes) -> bytes | None:
    """What the reference makes of the cut; None for half an erase, which the firmware cannot do."""
    erased = NOR_64K.erased_value
    if not _is_program(step) and cut.flavour is _TORN:
        old = int.from_bytes(step.before, "little")
        repeated = int.from_bytes(cut.mask.to_bytes(_WORD, "little") * (len(step.after) // _WORD))
        mask = int.from_bytes(repeated.to_bytes(len(step.after)), "little")
        return _changed(image, step, (old & ~mask).to_bytes(len(step.after), "little"))
    if not _is_program(step) and cut.plan.flavour is Flavour.TORN_PREFIX:
        return None
    return _changed(image, step, tear(cut.plan, step.before, step.after, erased).octets)
