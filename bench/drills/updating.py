"""Replacing credentials by CS02b, cell by cell, and knowing afterwards what each cell holds."""

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.requests import Floors, UpdateRequest, floors_at
from firmware_sim.bench.drills.checks import Holdings, check_outcome, read_report, reported_holdings
from firmware_sim.bench.drills.delivery import CommandResult, CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.installing import installed_at
from firmware_sim.bench.drills.readers import READERS_CELLS, readers
from firmware_sim.bench.drills.refusing import send_all_for_refusal
from firmware_sim.bench.drills.selection import require_matches, selected_cells
from firmware_sim.bench.drills.sending import Plan, addressed, plans
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.story import RefusalExpected, UpdateStep
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId


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
    made = await plans(state, step, contacts, build)
    sender = CommandSender(state.target, state.waits, log)

    async def update(plan: Plan) -> None:
        await _Updating(state, step, log, sender, plan).run()

    await for_each(made, update, state.progress, step.title)
    state.updated = state.updated or bool(made)


class _Updating:
    """One device's update."""

    def __init__(
        self, state: DrillState, step: UpdateStep, log: StepLog, sender: CommandSender, plan: Plan
    ) -> None:
        self._state = state
        self._step = step
        self._log = log
        self._sender = sender
        self._plan = plan
        self._contact = plan.contact
        self._cells = _targets(step, plan.contact)

    async def run(self) -> None:
        """Send, judge the outcome of every cell, and remember what the cells hold now."""
        # A read-back shows what a cell holds, and not the status that the story is about.
        confirm = None if isinstance(self._step.expect, dict) else self._is_done
        result = await self._sender.deliver(
            self._plan.party, self._contact, self._plan.first, self._again, confirm
        )
        finding = self._judge(result)
        if result.verdict is Verdict.ERROR:
            name, _, expected, actual, reason = finding
            self._log.check(self._contact, name, Verdict.ERROR, expected, actual, reason)
        else:
            self._log.find(self._contact, finding)
        # Without a response it is not known which attempt was executed. The first is spent in any
        # case; the last may never have arrived, and would be no replay.
        spent = self._plan.first if result.confirmed else result.command
        self._state.keep(self._step.keep, self._contact, spent.build())
        if finding.passed:
            installed = self._installed()
            self._state.held[self._contact.entity_id].update(installed)
            if not self._step.stolen:
                self._state.believed[self._contact.entity_id].update(installed)

    def _judge(self, result: CommandResult) -> StepFinding:
        name = "outcome of every cell"
        if result.response is None:
            actual = "read back: done, the response was lost" if result.confirmed else "no response"
            return StepFinding(name, not result.problem, "replaced", actual, result.problem)
        control = UpdateCommand.decode(result.command.payload).control
        return check_outcome(
            result.response,
            control,
            self._before(),
            self._after(),
            {cell: self._step.status_of(cell) for cell in self._cells},
            repeated=result.attempts > 1,
        )

    def _again(self) -> Message:
        request = _request(self._state, self._step, self._contact)
        return self._plan.party.update_credentials(self._contact, request)

    async def _is_done(self) -> bool:
        """Whether the device, read back with old or new keys of a party, shows the update."""
        installed = self._installed()
        keys = (installed, None) if READERS_CELLS & installed.keys() else (None,)
        for held in keys:
            # One reader alone: if its reading is lost, the command is sent again. Not the party
            # that commanded, if there is another: its reading moves the counter that tells.
            commanding = REPLACEMENT_RULES[self._step.mode].authorising_role
            able = list(readers(self._state, self._contact, held))
            party = next((each for each in able if each.role is not commanding), able[0])
            report = await self._report(party)
            if report is not None:
                return self._shows(report, party.role)
        return False

    async def _report(self, party: Party) -> CredentialsReport | None:
        query = party.read_back(self._contact)
        result = await self._sender.ask(party, self._contact, query)
        try:
            return read_report(result.response) if result.response else None
        except RemoteError:
            return None

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
        return installed_at(self._state, step, self._contact.entity_id, replaced)

    def _after(self) -> Holdings:
        return {**self._before(), **self._state.holdings(self._installed())}

    def _before(self) -> Holdings:
        held = self._state.held[self._contact.entity_id]
        return self._state.holdings({cell: held[cell] for cell in self._cells})


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
