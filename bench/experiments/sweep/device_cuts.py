"""Cuts under a whole device, cryptography included: what it sends, and what it obeys afterwards.

Few, because they are slow. They also prove the shortcut of the other cuts: the flash is left
exactly as repeating the one flash operation leaves it.
"""

from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import records_of
from firmware_sim.bench.experiments.sweep.case import FlashPart, cut
from firmware_sim.bench.experiments.sweep.judging import SweepCheck, Violation
from firmware_sim.bench.experiments.sweep.operation import TriggerKind
from firmware_sim.bench.experiments.sweep.recording import Recorded
from firmware_sim.bench.experiments.sweep.result import CaseResult, Failure
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RULES_BY_CODE
from firmware_sim.gbcs.use_cases import CS02C
from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import NOR_64K
from firmware_sim.machine.flash.nor import FlashError, FlashSnapshot, NorFlash
from firmware_sim.machine.flash.trace import FlashOperation
from firmware_sim.machine.image.codec import encode, unpack_own_counters
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY, RecordKey, RecordKind
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from firmware_sim.machine.store import Store, StoreError
from firmware_sim.machine.store.model import State

_State = dict[RecordKey, bytes]


class DeviceCuts:
    """Cuts the trigger of one operation before, in the middle of and after each flash operation."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._flash = NorFlash(NOR_64K)
        self._start = NorFlash.load(recorded.start, NOR_64K).snapshot()
        name = recorded.operation.name
        self.result = CaseResult(name, f"{name}@{FlashPart.native('nor-64k')}:device")

    def run(self) -> CaseResult:
        """All cuts; none, for an operation that no message brings about."""
        if is_without_message(self._recorded):
            self.result.skipped = NO_MESSAGE
            return self.result
        several = several_transactions(self._recorded)
        if several is not None:
            self.result.fail(Failure(self.result.case, *several))
        steps, before, after = self.whole()
        for number, (snapshot, operation) in enumerate(steps):
            for plan in plans_under_a_device(number, operation):
                self.result.device_cuts += 1
                for violation in self._judged(plan, snapshot, operation, (before, after)):
                    self.result.fail(Failure(f"{self.result.case}#{plan}", *violation))
        return self.result

    def again(self, plan: CutPlan) -> list[Violation]:
        """One of those cuts by itself: what is wrong after it.

        Raises:
            IndexError: the trigger has no flash operation of that number.
        """
        steps, before, after = self.whole()
        return self._judged(plan, *steps[plan.operation], (before, after))

    def _judged(
        self,
        plan: CutPlan,
        snapshot: FlashSnapshot,
        operation: FlashOperation,
        outcomes: tuple[_State, _State],
    ) -> list[Violation]:
        try:
            return list(self._faults(plan, snapshot, operation, outcomes))
        except (StoreError, FlashError) as error:
            return [Violation(SweepCheck.STARTS, error.reason)]

    def whole(self) -> tuple[list[tuple[FlashSnapshot, FlashOperation]], _State, _State]:
        """The trigger without a cut: its flash operations, and the states around it."""
        device = self._device()
        before = _state(device)
        trace: list[FlashOperation] = []
        snapshots = [self._flash.snapshot()]
        self._flash.observer = lambda *_: snapshots.append(self._flash.snapshot())
        self._flash.trace = trace
        self._act(device)
        self._flash.trace = self._flash.observer = None
        return list(zip(snapshots, trace, strict=False)), before, _state(device)

    def _device(self) -> Device:
        self._flash.restore(self._start)
        parties = AllParties(self._recorded.at)
        return parties.device(self._flash, self._recorded.operation.policy)

    def _act(self, device: Device) -> Effects:
        if self._recorded.trigger.kind is TriggerKind.TICK:
            return device.tick()
        if self._recorded.trigger.kind is TriggerKind.ENTER:
            return device.enter(self._recorded.trigger.octets.decode())
        return device.receive(self._recorded.trigger.octets)

    def _faults(
        self,
        plan: CutPlan,
        snapshot: FlashSnapshot,
        operation: FlashOperation,
        outcomes: tuple[_State, _State],
    ) -> Iterator[Violation]:
        device = self._device()
        flash = self._flash
        flash.plan = plan._replace(operation=flash.operations + plan.operation)
        try:
            self._act(device)
            yield Violation(SweepCheck.SILENCE, "the device went on in spite of the cut")
        except PowerCut:
            pass
        left = flash.snapshot()
        cut(flash, snapshot, operation, plan)
        if flash.snapshot() != left:
            yield Violation(
                SweepCheck.OUTCOME, "the same cut without the device leaves another flash"
            )
        flash.restore(left)
        device.power_on()
        state = _state(device)
        if state not in outcomes:
            yield Violation(SweepCheck.OUTCOME, "a mixture, under a whole device")
        else:
            yield from self._again(device, state == outcomes[1], outcomes[1])

    def _again(self, device: Device, is_after: bool, after: _State) -> Iterator[Violation]:
        """The same trigger once more: it is done if it was not, and refused if it was."""
        recorded, restore = self._recorded, self._flash.snapshot()
        yield from self._with_the_old_key(device, is_after)
        self._flash.restore(restore)
        device.power_on()
        effects = self._act(device)
        if recorded.operation.is_refused:
            if is_after and _spends(recorded) and not _is_replay(effects):
                yield Violation(SweepCheck.AGAIN, f"spent, and judged again: {effects.refusal}")
            return
        refused = effects.refusal is not None
        if not is_after and len(effects.messages) != recorded.messages:
            yield Violation(
                SweepCheck.AGAIN, f"not done before, and refused now: {effects.refusal}"
            )
        nothing_due = recorded.trigger.kind is TriggerKind.TICK and not effects.messages
        if is_after and not (refused or nothing_due):
            yield Violation(SweepCheck.AGAIN, "done before, and done again")
        # A key pair is drawn anew after every power-on, so it cannot be the same again.
        if not refused and CS02C not in recorded.operation.codes and _state(device) != after:
            yield Violation(SweepCheck.AGAIN, "done now, but another state than at once")

    def _with_the_old_key(self, device: Device, is_after: bool) -> Iterator[Violation]:
        """A fresh command under the keys from before."""
        operation = self._recorded.operation
        if operation.name.split("/")[1] != "update":
            return
        parties = AllParties(self._recorded.at)
        # Its counter must be above what was accepted: the parties' clock has gone on.
        parties.clock.advance(1)
        octets = operation.arrange(parties, device).octets
        refusal = device.receive(octets).refusal
        works = refusal is None
        if works != (not is_after or not replaces_its_authority(device, octets)):
            yield Violation(
                SweepCheck.OLD_KEY, f"state {'after' if is_after else 'before'}: {refusal}"
            )


NO_MESSAGE: Final = "nothing is sent, and there is no message to send again"


def is_without_message(recorded: Recorded) -> bool:
    """Whether an operation is none that a message or the time brings about."""
    return recorded.trigger.kind in (TriggerKind.PROVISION, TriggerKind.BOOT)


def several_transactions(recorded: Recorded) -> Violation | None:
    """What is wrong with an operation that commits more than once."""
    if len(recorded.transactions) < 2:
        return None
    return Violation(SweepCheck.ONE, f"{len(recorded.transactions)} transactions for one command")


def plans_under_a_device(number: int, operation: FlashOperation) -> Iterator[CutPlan]:
    """Before a flash operation, in the middle of it and after it."""
    yield CutPlan(number, Flavour.BEFORE)
    yield CutPlan(number, Flavour.TORN_PREFIX, len(operation.after) // 2)
    yield CutPlan(number, Flavour.AFTER)


def replaces_its_authority(device: Device, octets: bytes) -> bool:
    """Whether a command replaces the cell that authorised it, or the key that its MAC is from."""
    message = parse_message(octets)
    rule = RULES_BY_CODE[message.code]
    cells = {item.cell for item in UpdateCommand.decode(message.payload).replacements}
    own = rule.authorising_cell(device.device_type)
    broker = REPLACEMENT_RULES[rule.mode].maced and any(
        cell.role.label == "accessControlBroker" for cell in cells
    )
    return own in cells or broker


def _spends(recorded: Recorded) -> bool:
    return any(key.kind in _COUNTED for done in recorded.transactions for key in done)


_COUNTED = (RecordKind.COUNTERS, RecordKind.TOP_UP)
_REPLAYS = (RefusalReason.REPLAYED, RefusalReason.DUPLICATE_TOP_UP)


def _is_replay(effects: Effects) -> bool:
    return effects.refusal is not None and effects.refusal.reason in _REPLAYS


def _state(device: Device) -> _State:
    return without_boots(records_of(Store.open(device.flash)))


def without_boots(state: State) -> dict[RecordKey, bytes]:
    """What a device holds, but for the number of its boots: each power-on counts one."""
    own = unpack_own_counters(0, state[OWN_COUNTERS_KEY])
    return dict(state) | dict([encode(own._replace(boots=0))])
