"""Commands for later: what devices keep until it falls due, and what they say of it then.

A device carries such a command out when its time has come, without being asked, and tells of it by
an alert that it signs. Here that is looked for at the beginning of the next step.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.responses import check_signature
from firmware_sim.bench.drills.checks import check_execution
from firmware_sim.bench.drills.conditions import DeviceResult
from firmware_sim.bench.drills.exposed import party_replaced
from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.target import Ticks
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert, UpdateCommand
from firmware_sim.gbcs.roles import TrustAnchorCellId

_NAME: Final = "carried out when it fell due"


class WaitingCommand(NamedTuple):
    """What one device keeps for later.

    Attributes:
        step: that sent it.
        puts: what it puts into each cell that it is to replace.
        statuses: what the device must report of each cell.
        wanted: the cells that the story wants replaced.
    """

    step: str
    due: datetime
    command: Message
    puts: Mapping[TrustAnchorCellId, Credential]
    statuses: Mapping[TrustAnchorCellId, StatusCode]
    wanted: frozenset[TrustAnchorCellId]

    def gives_way_to(self, later: Message) -> bool:
        """Whether a later command takes its place, or cancels it: one of its party and mode."""
        ours = self.command
        return (ours.originator, ours.code) == (later.originator, later.code)


def keep(state: DrillState, contact: DeviceContact, kept: WaitingCommand) -> None:
    """A device has stored a command; until it is carried out, its cells are as they were."""
    forget(state, contact, kept.command)
    state.waiting.setdefault(contact.entity_id, []).append(kept)
    result = DeviceResult(DeviceFate.FAILED, frozenset(), kept.wanted, is_excused=True)
    state.conditions.tell(kept.step, contact.entity_id, result)


def forget(state: DrillState, contact: DeviceContact, later: Message) -> None:
    """A device has cancelled what waited for the place of a later command."""
    entity = contact.entity_id
    for each in state.waiting.get(entity, []):
        if each.gives_way_to(later):
            state.conditions.call_off(entity, each.wanted)
    still = [each for each in state.waiting.get(entity, []) if not each.gives_way_to(later)]
    state.waiting[entity] = still


async def carry_out_due(
    state: DrillState, log: StepLog, heard: Iterable[tuple[DeviceContact, bytes]]
) -> None:
    """Let devices do what has fallen due by now, and judge their alerts.

    Args:
        heard: alerts that came in the step before.
    """
    early: dict[bytes, list[bytes]] = {}
    for contact, octets in heard:
        early.setdefault(contact.entity_id, []).append(octets)
    now = state.clock.time
    for contact in state.contacts if state.waiting else ():
        waiting = state.waiting.get(contact.entity_id, [])
        due = sorted((each for each in waiting if each.due <= now), key=lambda each: each.due)
        if not due:
            continue
        state.waiting[contact.entity_id] = [each for each in waiting if each.due > now]
        alerts = [*early.get(contact.entity_id, []), *await _alerts(state, log, contact)]
        for each in due:
            _judge(state, log, contact, each, alerts)


async def _alerts(state: DrillState, log: StepLog, contact: DeviceContact) -> list[bytes]:
    if isinstance(state.target, Ticks):
        await state.target.tick(contact.entity_id, state.waits.silence)
    found = list(state.target.alerts(contact.entity_id))
    for octets in found:
        log.alert(contact, octets)
    return found


def _judge(
    state: DrillState,
    log: StepLog,
    contact: DeviceContact,
    kept: WaitingCommand,
    alerts: Iterable[bytes],
) -> None:
    told = filter(None, (_read(contact, octets) for octets in alerts))
    alert = next((each for each in told if each.outcome.counter == kept.command.counter), None)
    if alert is None:
        log.find(contact, StepFinding(_NAME, False, "an alert", "none", "no signed alert came"))
        return
    held = state.held[contact.entity_id]
    before = state.holdings({cell: held[cell] for cell in kept.statuses})
    puts = {cell: put for cell, put in kept.puts.items() if not kept.statuses[cell]}
    after = {**before, **state.holdings(puts)}
    control = UpdateCommand.decode(kept.command.payload).control
    finding = check_execution(alert.outcome, control, [before], after, kept.statuses)
    log.find(contact, finding._replace(name=_NAME))
    if finding.passed:
        held.update(puts)
        state.believed[contact.entity_id].update(puts)
        party_replaced(state, contact.entity_id, frozenset(puts), state.clock.time)
        missed = kept.wanted - puts.keys()
        fate = DeviceFate.FAILED if missed else DeviceFate.RECOVERED
        result = DeviceResult(fate, frozenset(puts), missed, is_excused=True)
        state.conditions.tell(kept.step, contact.entity_id, result)


def _read(contact: DeviceContact, octets: bytes) -> UpdateAlert | None:
    """What an alert says of a command for later; None if it is another's, or not the device's."""
    try:
        message = parse_message(octets)
        check_signature(message, contact, P256Suite())
        return UpdateAlert.decode(message.payload) if message.cra is CraFlag.ALERT else None
    except RemoteError:
        return None
