"""Replacing credentials by CS02b, cell by cell, and knowing afterwards what each cell holds."""

from collections.abc import Sequence
from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.requests import Floors, UpdateRequest, floors_at
from firmware_sim.bench.drills.checks import Holdings, check_outcome, read_report, reported_holdings
from firmware_sim.bench.drills.command_result import CommandResult, Shown
from firmware_sim.bench.drills.conditions import DeviceResult
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.installing import installed_at
from firmware_sim.bench.drills.readers import READERS_CELLS, readers
from firmware_sim.bench.drills.refusing import send_all_for_refusal
from firmware_sim.bench.drills.selection import require_matches, selected_cells
from firmware_sim.bench.drills.sending import Plan, addressed, plans
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.story import RefusalExpected, UpdateStep
from firmware_sim.bench.drills.wave_play import send_in_waves
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.target import Correlation
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId

_NAME: Final = "outcome of every cell"


async def play_update(state: DrillState, step: UpdateStep, log: StepLog) -> None:
    """Every device that has the authorising cell and one of the cells to be replaced."""
    rule = REPLACEMENT_RULES[step.mode]

    def has_cells(contact: DeviceContact) -> bool:
        authorising = rule.authorising_cell(contact.device_type)
        return authorising in contact.cells and bool(_targets(step, contact))

    def build(party: Party, contact: DeviceContact) -> Message:
        return party.update_credentials(contact, _request(state, step, contact))

    contacts = addressed(state, step, log, has_cells)
    if contacts:
        require_matches(step.cells, {cell for contact in contacts for cell in contact.cells})
        if isinstance(step.expect, dict):
            sent = {cell for contact in contacts for cell in _targets(step, contact)}
            require_matches(step.expect, sent)
    if isinstance(step.expect, RefusalExpected):
        await send_all_for_refusal(state, step, step.expect, log, contacts, build)
        return
    sender = CommandSender(state.target, state.waits, log)

    async def planned(part: Sequence[DeviceContact]) -> list[_Updating]:
        made = await plans(state, step, part, build)
        return [_Updating(state, step, log, sender, plan) for plan in made]

    await send_in_waves(state, step, log, contacts, planned)
    state.updated = state.updated or bool(contacts)


class _Updating:
    """One device's update: either all at once (`run`), or attempt by attempt.

    Attributes:
        result: of all attempts so far; None before the first.
        outcome: what became of the device; None until the update is over.
    """

    def __init__(
        self, state: DrillState, step: UpdateStep, log: StepLog, sender: CommandSender, plan: Plan
    ) -> None:
        self._state = state
        self._step = step
        self._log = log
        self._sender = sender
        self._plan = plan
        self.contact = plan.contact
        self._cells = _targets(step, plan.contact)
        self._next = plan.first
        self._sent: dict[Correlation, Message] = {}
        self.result: CommandResult | None = None
        self.outcome: DeviceResult | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet what became of the command."""
        return self.result is None or not self.result.is_settled

    async def run(self) -> None:
        """Send, and again at once while nothing is known; then conclude."""
        confirm = self._is_done if self._can_be_read_back else None
        self.result = await self._sender.deliver(
            self._plan.party, self.contact, self._plan.first, self._again, confirm
        )
        self.conclude()

    async def attempt(self) -> None:
        """Send the command once."""
        self._sent[Correlation.of(self._next)] = self._next
        result = await self._sender.ask(self._plan.party, self.contact, self._next)
        earlier, self.result = self.result, result.after(self.result)
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
                return
        if self._can_be_read_back:
            self.result = self.result.shown(await self._is_done())

    def build_again(self) -> None:
        """Build the command anew, with the next Originator Counter, for the next attempt."""
        self._next = self._again()

    def conclude(self) -> None:
        """Judge the outcome of every cell, and remember what the cells hold now."""
        result = self.result
        if result is None:
            raise ValueError("nothing was sent")
        finding = self._judge(result)
        if result.verdict in (Verdict.ERROR, Verdict.SKIPPED):
            name, _, expected, actual, reason = finding
            self._log.check(self.contact, name, result.verdict, expected, actual, reason)
        else:
            self._log.find(self.contact, finding)
        # Without a response it is not known which attempt was executed. The first is spent in any
        # case; the last may never have arrived, and would be no replay.
        spent = self._plan.first if result.confirmed else result.command
        self._state.keep(self._step.keep, self.contact, spent.build())
        installed = self._installed() if finding.passed else {}
        self._state.held[self.contact.entity_id].update(installed)
        if not self._step.stolen:
            self._state.believed[self.contact.entity_id].update(installed)
        missed = frozenset(cell for cell in self._cells if self._is_wanted(cell)) - installed.keys()
        fate = DeviceFate.FAILED if missed else DeviceFate.RECOVERED
        fate = DeviceFate.UNREACHABLE if result.verdict is Verdict.SKIPPED else fate
        maybe = self._installed() if fate is DeviceFate.UNREACHABLE and not self._is_cut_off else {}
        excused = fate is DeviceFate.UNREACHABLE or finding.passed
        self.outcome = DeviceResult(fate, frozenset(installed), missed, excused, maybe)

    @property
    def _is_cut_off(self) -> bool:
        return self.contact.entity_id in self._state.conditions.unreachable

    def _is_wanted(self, cell: TrustAnchorCellId) -> bool:
        """Whether the story wants the cell replaced, and not another status of it."""
        return self._step.status_of(cell) is StatusCode.SUCCESS

    def _judge(self, result: CommandResult) -> StepFinding:
        if result.response is None:
            actual = "read back: done, the response was lost" if result.confirmed else "no response"
            return StepFinding(_NAME, not result.problem, "replaced", actual, result.problem)
        control = UpdateCommand.decode(result.command.payload).control
        return check_outcome(
            result.response,
            control,
            self._before(),
            self._after(),
            {cell: self._step.status_of(cell) for cell in self._cells},
            repeated=result.attempts > 1 or self.contact.entity_id in self._state.conditions.maybe,
        )

    @property
    def _can_be_read_back(self) -> bool:
        """A read-back shows what a cell holds, and not the status that a story may be about."""
        return not isinstance(self._step.expect, dict)

    def _again(self) -> Message:
        request = _request(self._state, self._step, self.contact)
        return self._plan.party.update_credentials(self.contact, request)

    async def _is_done(self) -> Shown:
        """Whether the device, read back with old or new keys of a party, shows the update."""
        installed = self._installed()
        silence = Shown.SILENCE
        keys = (installed, None) if READERS_CELLS & installed.keys() else (None,)
        for held in keys:
            # One reader alone: if its reading is lost, the command is sent again. Not the party
            # that commanded, if there is another: its reading moves the counter that tells.
            commanding = REPLACEMENT_RULES[self._step.mode].authorising_role
            able = list(readers(self._state, self.contact, held))
            party = next((each for each in able if each.role is not commanding), able[0])
            result = await self._sender.ask(party, self.contact, party.read_back(self.contact))
            silence = Shown.LOST if result.outstanding else silence
            report = _report(result)
            if report is not None:
                return Shown.DONE if self._shows(report, party.role) else Shown.NOT_DONE
        return silence

    def _shows(self, report: CredentialsReport, reader: RemotePartyRole) -> bool:
        held, after = reported_holdings(report), self._after()
        if any(held.get(cell) != holding for cell, holding in after.items()):
            return False
        if after != self._before():
            return True
        # The cells look the same, executed or not: the counter tells, unless reading moves it.
        role = REPLACEMENT_RULES[self._step.mode].authorising_role
        counters = {entry.role: entry.counter or 0 for entry in report.roles}
        executed = counters.get(role, 0) >= self._plan.first.counter
        return executed and role is not reader

    def _installed(self) -> dict[TrustAnchorCellId, Credential]:
        """What the command leaves in the cells that the device is to replace."""
        step = self._step
        replaced = (cell for cell in self._cells if step.status_of(cell) is StatusCode.SUCCESS)
        return installed_at(self._state, step, self.contact.entity_id, replaced)

    def _after(self) -> Holdings:
        return {**self._before(), **self._state.holdings(self._installed())}

    def _before(self) -> Holdings:
        held = self._state.held[self.contact.entity_id]
        return self._state.holdings({cell: held[cell] for cell in self._cells})


def _report(result: CommandResult) -> CredentialsReport | None:
    try:
        return read_report(result.response) if result.response else None
    except RemoteError:
        return None


def _targets(step: UpdateStep, contact: DeviceContact) -> tuple[TrustAnchorCellId, ...]:
    return selected_cells(step.cells, contact.cells)


def _request(state: DrillState, step: UpdateStep, contact: DeviceContact) -> UpdateRequest:
    cells = _targets(step, contact)
    present = state.held[contact.entity_id][ROOT_CELL].generation
    root = step.install if ROOT_CELL in cells else present
    installed = installed_at(state, step, contact.entity_id, cells)
    generations = {credential.generation for credential in installed.values()}
    is_normal = REPLACEMENT_RULES[step.mode].root is RootReplacement.NORMAL
    return UpdateRequest(
        step.mode,
        tuple(
            state.participants.replacement(cell, credential, root)
            for cell, credential in installed.items()
        ),
        path=state.participants.path(generations, root, linked=is_normal and root > present),
        floors=_floors(state, step, cells),
    )


def _floors(state: DrillState, step: UpdateStep, cells: tuple[TrustAnchorCellId, ...]) -> Floors:
    if step.floors == "none":
        return Floors()
    milliseconds = int(state.clock.time.timestamp() * 1000)
    value = 0 if step.floors == "zero" else milliseconds
    return floors_at(value, authorising=REPLACEMENT_RULES[step.mode].authorising_role, cells=cells)
