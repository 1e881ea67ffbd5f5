"""The update of one device: its command, sent until it is known what every cell holds now."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.bench.drills.checks import Holdings, check_outcome, check_stored
from firmware_sim.bench.drills.command_result import CommandResult, Shown
from firmware_sim.bench.drills.conditions import DeliveryEffort, DeviceResult
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.exposed import party_replaced
from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.faults import check_after_cut
from firmware_sim.bench.drills.planned_faults import PlannedCuts
from firmware_sim.bench.drills.sending import Plan
from firmware_sim.bench.drills.showing import Question, shown_by
from firmware_sim.bench.drills.spoilt import judge_spoilt
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import CellIdentifiers, StepFinding, StepLog
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_terms import PREPAYMENT_CELL
from firmware_sim.bench.drills.waiting import WaitingCommand, forget, keep
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.target import Correlation
from firmware_sim.bench.evidence.findings import READ_BACK_DONE
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, TrustAnchorCellId
from firmware_sim.gbcs.times import NEVER

_NAME: Final = "outcome of every cell"
_LOST_POWER: Final = "the story cut the power of this device over the command"
NO_CELL: Final = CellIdentifiers(bytes(8), bytes(8))
"""What a device reports of a cell that it does not have (GBCS 13.3)."""


class Update(NamedTuple):
    """What one device is sent, and what must come of it.

    Attributes:
        puts: what the command puts into each cell.
        statuses: what the device must report of each.
        wanted: the cells that the step is to replace: a fault may keep some from it.
        again: builds the command with a new Originator Counter.
    """

    plan: Plan
    puts: Mapping[TrustAnchorCellId, Credential]
    statuses: Mapping[TrustAnchorCellId, StatusCode]
    wanted: frozenset[TrustAnchorCellId]
    again: Callable[[], Message]


class DeviceUpdate:
    """One device's update: either all at once (`run`), or attempt by attempt.

    Attributes:
        result: of all attempts so far; None before the first.
        outcome: what became of the device; None until the update is over.
    """

    def __init__(
        self,
        state: DrillState,
        step: UpdateStep,
        log: StepLog,
        sender: CommandSender,
        update: Update,
    ) -> None:
        self._state = state
        self._step = step
        self._log = log
        self._sender = sender
        self._update = update
        self.contact = update.plan.contact
        self._next = update.plan.first
        self._sent: dict[Correlation, Message] = {}
        self._known_at: datetime | None = None
        self.result: CommandResult | None = None
        self.outcome: DeviceResult | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet what became of the command."""
        return self.result is None or not self.result.is_settled

    async def run(self) -> None:
        """Send, and again at once while nothing is known; then conclude."""
        if self._cuts.is_to_come(self._step.name, self.contact.entity_id):
            await self._run_with_cut()
        else:
            plan = self._update.plan
            confirm = self._is_done if self._can_be_read_back else None
            self.result = await self._sender.deliver(
                plan.party, self.contact, plan.first, self._update.again, confirm
            )
        self.conclude()

    async def attempt(self) -> None:
        """Send the command once."""
        entity = self.contact.entity_id
        self._sent[Correlation.of(self._next)] = self._next
        moment = self._cuts.arm(self._step.name, entity, self._next.build())
        result = await self._sender.ask(self._update.plan.party, self.contact, self._next)
        is_silent = not result.outstanding and not result.is_settled
        if moment is not None and (is_silent or result.after_cut is not None):
            self._cuts.came(entity)
            outcomes = self._before(), self._after()
            await check_after_cut(self._state, self._log, (self.contact, moment), outcomes,
                                  result.after_cut)  # fmt: skip
            if not result.is_settled:
                result = result._replace(unreached=_LOST_POWER, outstanding=True)
        earlier, self.result = self.result, result.after(self.result)
        if not self.is_open:
            self._known_at = self._state.clock.time
        if earlier is not None and result.refusal is not None:
            await self.look()  # the keys may have changed by an earlier attempt

    async def look(self) -> None:
        """See whether the command was executed after all: by a late answer, or by reading back."""
        if self.result is None:
            return
        for late in self._sender.take_late(self.contact):
            command = self._sent.get(Correlation.of(late))
            if command is not None:
                answer = self._log.read(self.contact, late)
                self.result = self.result._replace(command=command, response=answer, refusal=None)
                self._known_at = self._state.clock.time
                return
        if self._can_be_read_back:
            self.result = self.result.shown(await self._is_done())
            self._known_at = None if self.is_open else self._state.clock.time

    def build_again(self) -> None:
        """Build the command anew, with the next Originator Counter, for the next attempt."""
        self._next = self._update.again()

    def conclude(self) -> None:
        """Judge the outcome of every cell, and remember what the cells hold now."""
        with self._log.together():
            self._conclude()

    def _conclude(self) -> None:
        result = self.result
        if result is None:
            raise ValueError("nothing was sent")
        finding = self._judge(result)
        self._tell(result, finding)
        # Without a response it is not known which attempt was executed. The first is spent in any
        # case; the last may never have arrived, and would be no replay.
        spent = self._update.plan.first if result.confirmed else result.command
        self._state.keep(self._step.keep, self.contact, spent.build(), is_spent=result.is_settled)
        if self._step.execute is not None and finding.passed:
            self._wait(result.command, self._step.execute)
            return
        installed = self._installed() if finding.passed else {}
        self._prove(finding)
        self._state.held[self.contact.entity_id].update(installed)
        if PREPAYMENT_CELL in installed:
            self._state.tokens.replaced[self.contact.entity_id] = self._state.clock.time
        if self._step.stolen:
            uses = self._state.conditions.stolen_uses
            uses.replaced(self.contact, frozenset(installed), self._state.clock.time)
        else:
            self._state.believed[self.contact.entity_id].update(installed)
            at = self._known_at or self._state.clock.time
            party_replaced(self._state, self.contact.entity_id, frozenset(installed), at)
            self._tell_effort(result, at if finding.passed else None)
        self.outcome = self._outcome(result, finding, frozenset(installed))

    def _tell(self, result: CommandResult, finding: StepFinding) -> None:
        is_judged = result.verdict not in (Verdict.ERROR, Verdict.SKIPPED)
        told = judge_spoilt(result, finding) if self._step.is_spoilt else finding
        if is_judged and told is not None:
            self._log.find(self.contact, told)
            return
        # A device that is silent about what no device may take may have refused it.
        verdict = Verdict.SKIPPED if is_judged else result.verdict
        name, _, expected, actual, reason = finding
        self._log.check(self.contact, name, verdict, expected, actual, reason)

    def _tell_effort(self, result: CommandResult, at: datetime | None) -> None:
        of_step = self._state.conditions.efforts.setdefault(self._step.name, {})
        of_step[self.contact.entity_id] = DeliveryEffort(result.attempts, at)

    @property
    def _cuts(self) -> PlannedCuts:
        return self._state.conditions.cuts

    async def _run_with_cut(self) -> None:
        """As `run`, in single attempts: after the cut the device is looked into."""
        await self.attempt()
        for _ in range(self._state.waits.attempts - 1):
            await self.look()
            if not self.is_open:
                return
            self.build_again()
            await self.attempt()
        if self.is_open:
            await self.look()

    def _wait(self, command: Message, due: datetime) -> None:
        """The device keeps the command, or has forgotten what it kept."""
        if due == NEVER:
            forget(self._state, self.contact, command)
            return
        update = self._update
        keep(
            self._state,
            self.contact,
            WaitingCommand(
                self._step.name, due, command, update.puts, update.statuses, update.wanted
            ),
        )

    def _prove(self, finding: StepFinding) -> None:
        """The device has obeyed: the keys that its cells held until then protect the command."""
        mode, entity = self._step.mode, self.contact.entity_id
        if finding.passed and not self._step.stolen:
            rule = REPLACEMENT_RULES[mode]
            cells = {rule.authorising_cell(self.contact.device_type)}
            cells |= {ACB_KEY_AGREEMENT} if rule.maced else set()
            self._state.proofs.by_command(entity, cells, self._state.held[entity])

    def _outcome(
        self, result: CommandResult, finding: StepFinding, replaced: frozenset[TrustAnchorCellId]
    ) -> DeviceResult:
        missed = self._update.wanted - replaced
        if result.verdict is not Verdict.SKIPPED:
            fate = DeviceFate.FAILED if missed else DeviceFate.RECOVERED
            return DeviceResult(fate, replaced, missed, is_excused=finding.passed)
        is_cut_off = self.contact.entity_id in self._state.conditions.unreachable
        maybe = {} if is_cut_off else self._installed()
        return DeviceResult(DeviceFate.UNREACHABLE, replaced, missed, is_excused=True, maybe=maybe)

    def _judge(self, result: CommandResult) -> StepFinding:
        if result.response is None:
            actual = READ_BACK_DONE if result.confirmed else "no response"
            return StepFinding(_NAME, not result.problem, "replaced", actual, result.problem)
        if self._step.execute is not None:
            return check_stored(result.response)
        return check_outcome(
            result.response,
            UpdateCommand.decode(result.command.payload).control,
            self._possible_before(result),
            self._after(),
            self._update.statuses,
        )

    @property
    def _can_be_read_back(self) -> bool:
        """A read-back shows what a cell holds, not the status that a story may be about.

        Nor does it show what waits in the device.
        """
        return not isinstance(self._step.expect, dict) and self._step.execute is None

    async def _is_done(self) -> Shown:
        """What the device, read back with old or new keys of a party, shows of the update."""
        question = Question(
            self._step.mode, self._installed(), self._before(), self._after(),
            self._update.plan.first.counter,
        )  # fmt: skip
        return await shown_by(self._state, self._sender, self.contact, question)

    def _installed(self) -> dict[TrustAnchorCellId, Credential]:
        """What the command leaves in the cells that the device is to replace."""
        statuses = self._update.statuses
        return {
            cell: put
            for cell, put in self._update.puts.items()
            if statuses[cell] is StatusCode.SUCCESS
        }

    def _after(self) -> Holdings:
        return {**self._before(), **self._state.holdings(self._installed())}

    def _possible_before(self, result: CommandResult) -> list[Holdings]:
        """What the cells may have held: an earlier attempt, or update, may have been obeyed."""
        before = self._before()
        maybe = self._state.conditions.maybe.get(self.contact.entity_id)
        found = [before, self._after()] if result.attempts > 1 else [before]
        return [*found, {**before, **self._state.holdings(maybe)}] if maybe else found

    def _before(self) -> Holdings:
        held = self._state.held[self.contact.entity_id]
        there = self._state.holdings({c: held[c] for c in self._update.puts if c in held})
        return {cell: there.get(cell, NO_CELL) for cell in self._update.puts}
