"""Replacing credentials by CS02b, cell by cell, and knowing afterwards what each cell holds."""

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.requests import Floors, UpdateRequest, floors_at
from firmware_sim.bench.drills.checks import Holdings, check_outcome, read_report, reported_holdings
from firmware_sim.bench.drills.delivery import Courier, Delivery
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.evidence import Evidence, Finding
from firmware_sim.bench.drills.selection import require_matches, selected_cells
from firmware_sim.bench.drills.sending import Plan, offend_all, plans
from firmware_sim.bench.drills.state import Kept, Scene
from firmware_sim.bench.drills.story import Refused, Update
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RootReplacement
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, ROOT_CELL, TrustAnchorCellId


async def play_update(scene: Scene, step: Update, evidence: Evidence) -> None:
    """Every device that has the authorising cell and one of the cells to be replaced."""
    rule = REPLACEMENT_RULES[step.mode]
    made = plans(
        scene,
        step,
        lambda contact: (
            rule.authorising_cell(contact.device_type) in contact.cells
            and bool(_targets(step, contact))
        ),
        lambda party, contact: party.update_credentials(contact, _request(scene, step, contact)),
    )
    if made:
        require_matches(step.cells, {cell for plan in made for cell in plan.contact.cells})
    if isinstance(step.expect, Refused):
        offences = [Kept(plan.contact, plan.first.build()) for plan in made]
        await offend_all(scene, offences, step.expect, evidence, step.title)
        return
    courier = Courier(scene.target, scene.waits, evidence)

    async def update(plan: Plan) -> None:
        await _Updating(scene, step, evidence, courier, plan).run()

    await for_each(made, update, scene.progress, step.title)
    scene.updated = scene.updated or bool(made)


class _Updating:
    """One device's update."""

    def __init__(
        self, scene: Scene, step: Update, evidence: Evidence, courier: Courier, plan: Plan
    ) -> None:
        self._scene = scene
        self._step = step
        self._evidence = evidence
        self._courier = courier
        self._plan = plan
        self._contact = plan.contact
        self._cells = _targets(step, plan.contact)

    async def run(self) -> None:
        """Send, judge the outcome of every cell, and remember what the cells hold now."""
        delivery = await self._courier.deliver(
            self._plan.party, self._contact, self._plan.first, self._again, self._is_done
        )
        finding = self._judge(delivery)
        self._evidence.find(self._contact, finding)
        self._scene.keep(self._step.keep, self._contact, delivery.command.build())
        if finding.passed:
            self._scene.held[self._contact.entity_id].update(self._installed())

    def _judge(self, delivery: Delivery) -> Finding:
        name = "outcome of every cell"
        if delivery.response is None:
            actual = (
                "read back: done, the response was lost" if delivery.confirmed else "no response"
            )
            return Finding(name, not delivery.problem, "replaced", actual, delivery.problem)
        control = UpdateCommand.decode(delivery.command.payload).control
        return check_outcome(
            delivery.response,
            control,
            self._before(),
            self._after(),
            repeated=delivery.attempts > 1,
        )

    def _again(self) -> Message:
        request = _request(self._scene, self._step, self._contact)
        return self._plan.party.update_credentials(self._contact, request)

    async def _is_done(self) -> bool:
        """Whether the device, read back with either of the Broker's keys, shows the update."""
        after = self._installed().get(ACB_KEY_AGREEMENT)
        before = self._scene.broker_generation(self._contact)
        for generation in dict.fromkeys((after.generation if after else before, before)):
            report = await self._report(generation)
            if report is not None:
                return self._shows(report)
        return False

    async def _report(self, generation: int) -> CredentialsReport | None:
        broker = self._scene.cast.broker(generation)
        query = broker.read_back(self._contact)
        delivery = await self._courier.ask(broker, self._contact, query)
        try:
            return read_report(delivery.response) if delivery.response else None
        except RemoteError:
            return None

    def _shows(self, report: CredentialsReport) -> bool:
        held, after = reported_holdings(report), self._after()
        if any(held.get(cell) != holding for cell, holding in after.items()):
            return False
        if after != self._before():
            return True
        # The cells look the same, executed or not: the counter tells, unless reading moves it.
        role = REPLACEMENT_RULES[self._step.mode].authorising_role
        counters = {entry.role: entry.counter or 0 for entry in report.roles}
        executed = counters.get(role, 0) >= self._plan.first.counter
        return executed and role is not ACB_KEY_AGREEMENT.role

    def _installed(self) -> dict[TrustAnchorCellId, Credential]:
        return _installed(self._step, self._cells)

    def _after(self) -> Holdings:
        return self._scene.holdings(self._installed())

    def _before(self) -> Holdings:
        held = self._scene.held[self._contact.entity_id]
        return self._scene.holdings({cell: held[cell] for cell in self._cells})


def _targets(step: Update, contact: DeviceContact) -> tuple[TrustAnchorCellId, ...]:
    return selected_cells(step.cells, contact.cells)


def _installed(
    step: Update, cells: tuple[TrustAnchorCellId, ...]
) -> dict[TrustAnchorCellId, Credential]:
    return {cell: Credential.in_cell(cell, step.install, step.holder) for cell in cells}


def _request(scene: Scene, step: Update, contact: DeviceContact) -> UpdateRequest:
    cells = _targets(step, contact)
    present = scene.held[contact.entity_id][ROOT_CELL].generation
    root = step.install if ROOT_CELL in cells else present
    is_normal = REPLACEMENT_RULES[step.mode].root is RootReplacement.NORMAL
    return UpdateRequest(
        step.mode,
        tuple(
            scene.cast.replacement(cell, credential, root)
            for cell, credential in _installed(step, cells).items()
        ),
        path=scene.cast.path(step.install, root, linked=is_normal and root > present),
        floors=_floors(scene, step, cells),
    )


def _floors(scene: Scene, step: Update, cells: tuple[TrustAnchorCellId, ...]) -> Floors:
    if step.floors == "none":
        return Floors()
    milliseconds = int(scene.clock.time.timestamp() * 1000)
    value = 0 if step.floors == "zero" else milliseconds
    return floors_at(value, authorising=REPLACEMENT_RULES[step.mode].authorising_role, cells=cells)
