"""An attacker of a drill acts: it tries what the story names, at each of its devices.

What a device must do follows from the mode table and from what its cells hold: obey a command that
the key in the authorising cell protects, if its certificates are good, and change nothing else.
"""

from collections.abc import Iterator
from typing import NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.attack_points import AttackStep
from firmware_sim.bench.drills.attacker_terms import AttackAct
from firmware_sim.bench.drills.attackers_keys import ATTACKER
from firmware_sim.bench.drills.certificates import holding_of
from firmware_sim.bench.drills.checks import Holdings, image_holdings
from firmware_sim.bench.drills.command_result import CommandResult
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.exposed import attacker_replaced
from firmware_sim.bench.drills.printing import print_tokens
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.thief import LOCKING_FLOOR, Attempt, Thief
from firmware_sim.bench.drills.victims import Victim
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateResponse
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId

PATIENCE = 12
"""How often it sends a command of which nothing comes: it has time, and the links lose some."""


async def play_attack(state: DrillState, step: AttackStep, log: StepLog) -> None:
    """One attacker at one of its points, at all of its devices."""
    term, victims = state.attackers[step.attacker], state.conditions.victims[step.attacker]
    contacts = [each for each in state.contacts if each.entity_id in victims]
    if term.prints:
        await print_tokens(state, step, log, term, contacts)
        return
    thief = Thief(state, term)

    async def attack(contact: DeviceContact) -> None:
        at_device = _AtDevice(state, log, thief, contact, victims[contact.entity_id])
        for act in term.does:
            await at_device.do(act)

    await for_each(contacts, attack, state.progress, step.title)


class _Stands(NamedTuple):
    """What a flash image holds: cells, and the counter of each role."""

    cells: Holdings
    counters: dict[RemotePartyRole, int]


class _AtDevice:
    """One attacker before one device."""

    def __init__(
        self,
        state: DrillState,
        log: StepLog,
        thief: Thief,
        contact: DeviceContact,
        victim: Victim,
    ) -> None:
        self._state = state
        self._log = log
        self._thief = thief
        self._contact = contact
        self._victim = victim
        self._sender = CommandSender(state.target, state.waits, log)

    async def do(self, act: AttackAct) -> None:
        """Everything that belongs to one act."""
        if act is AttackAct.REPLAY:
            await self._replay()
            return
        for attempt in list(self._attempts(act)):
            await self._try(attempt, self._victim.own)
        if act is AttackAct.ROTATE and self._victim.is_won_back:
            # The stolen key is worth nothing any more; its own must not be either.
            for attempt in list(self._thief.rotations(self._contact))[-1:]:
                await self._try(attempt._replace(name=f"{attempt.name}, by its own key"), 1)

    def _attempts(self, act: AttackAct) -> Iterator[Attempt]:
        if act is AttackAct.ROTATE:
            return self._thief.rotations(self._contact)
        if act is AttackAct.LOCK_OUT:
            return self._thief.lock_outs(self._contact, self._victim.own)
        return self._thief.race(self._contact)

    async def _try(self, attempt: Attempt, own: int | None) -> None:
        must = attempt.is_good and self._thief.can_act(self._contact, own)
        before = await self._stands()
        result = await self._sent(attempt, own)
        after = await self._stands()
        changed = _changed(before, after) | _reported(result) | self._stored(attempt, before, after)
        self._take(attempt, changed)
        # A counter that is too low says nothing of what stands behind it.
        if not changed and not result.is_settled and (result.outstanding or not must):
            name, wanted = attempt.name, _wanted(must=must)
            self._log.check(
                self._contact, name, Verdict.SKIPPED, wanted, "not known", result.problem
            )
            return
        risen = _risen(before, after, self._thief.term.role)
        self._log.find(self._contact, _judged(attempt, changed, risen, must=must))
        if attempt.raises is self._thief.term.role and changed:
            self._victim.counter = max(self._victim.counter, LOCKING_FLOOR)

    async def _sent(self, attempt: Attempt, own: int | None) -> CommandResult:
        party = self._thief.party(self._victim, self._contact, own)
        result: CommandResult | None = None
        for _ in range(PATIENCE):
            command = self._thief.command(party, self._contact, attempt.request)
            self._victim.tries += 1
            result = (await self._sender.ask(party, self._contact, command)).after(result)
            if result.is_settled or not result.outstanding:
                break
        if result is None:
            raise ValueError("nothing was sent")
        return result

    def _stored(
        self, attempt: Attempt, before: _Stands | None, after: _Stands | None
    ) -> frozenset[TrustAnchorCellId]:
        """The cells of a good command that was carried out, though its answer was lost.

        A counter that moved shows it, where the cells held before what the command puts there.
        """
        if not attempt.is_good or before is None or after is None:
            return frozenset()
        role = self._thief.term.role
        if after.counters.get(role, 0) <= before.counters.get(role, 0):
            return frozenset()
        puts = {
            each.cell: holding_of(parse_certificate(each.certificate))
            for each in attempt.request.replacements
        }
        is_there = all(after.cells.get(cell) == put for cell, put in puts.items())
        return frozenset(puts) if is_there else frozenset()

    def _take(self, attempt: Attempt, changed: frozenset[TrustAnchorCellId]) -> None:
        """What stands in the cells now, the attacker's if it put its own there."""
        if not changed or not attempt.own:
            return
        entity, now = self._contact.entity_id, self._state.clock.time
        held = {cell: Credential(cell, attempt.own, ATTACKER) for cell in changed}
        self._state.held[entity].update(held)
        attacker_replaced(self._state, entity, changed)
        self._victim.take(changed, attempt.own, now)

    async def _replay(self) -> None:
        """Everything that it has overheard, once more; nothing may come of any of it."""
        before = await self._stands()
        heard = list(dict.fromkeys(self._victim.overheard))
        for octets in heard:
            self._victim.tries += 1
            await self._sender.send_for_refusal(self._contact, octets, _read)
        after = await self._stands()
        changed = _changed(before, after)
        finding = StepFinding("replay", not changed, _wanted(must=False), _told(changed))
        if before is None:
            reason = "only the device can read its flash"
            self._log.check(self._contact, "replay", Verdict.SKIPPED, finding.expected, "", reason)
        else:
            self._log.find(self._contact, finding)

    async def _stands(self) -> _Stands | None:
        contents = await self._state.image_contents(self._contact)
        if contents is None:
            return None
        counters = {role: each.execution or 0 for role, each in contents.counters.items()}
        return _Stands(image_holdings(contents.cells), counters)


def _read(octets: bytes) -> Message:
    """Whatever comes: what the device did is read in its flash."""
    return parse_message(octets)


def _changed(before: _Stands | None, after: _Stands | None) -> frozenset[TrustAnchorCellId]:
    if before is None or after is None:
        return frozenset()
    return frozenset(cell for cell, each in after.cells.items() if before.cells.get(cell) != each)


def _risen(
    before: _Stands | None, after: _Stands | None, own: RemotePartyRole
) -> frozenset[RemotePartyRole]:
    """Roles besides its own whose counter is higher than before."""
    if before is None or after is None:
        return frozenset()
    counters = after.counters.items()
    return frozenset(
        role for role, each in counters if role is not own and each > before.counters.get(role, 0)
    )


def _reported(result: CommandResult) -> frozenset[TrustAnchorCellId]:
    """The cells that the device says it has replaced."""
    if result.response is None:
        return frozenset()
    try:
        outcome = UpdateResponse.decode(result.response.payload).outcome
    except RemoteError:
        return frozenset()
    if outcome is None:
        return frozenset()
    return frozenset(each.cell for each in outcome.outcomes if each.status is StatusCode.SUCCESS)


def _judged(
    attempt: Attempt,
    changed: frozenset[TrustAnchorCellId],
    risen: frozenset[RemotePartyRole],
    *,
    must: bool,
) -> StepFinding:
    wanted = _wanted(must=must)
    if risen:
        names = ", ".join(role.label for role in sorted(risen))
        reason = f"the attacker has raised the counter of {names}"
        return StepFinding(attempt.name, False, wanted, _told(changed), reason)
    is_right = bool(changed) is must
    reason = "" if is_right else _why(must=must)
    return StepFinding(attempt.name, is_right, wanted, _told(changed), reason)


def _wanted(*, must: bool) -> str:
    return "obeyed: the key is that of the cell" if must else "nothing changes"


def _told(changed: frozenset[TrustAnchorCellId]) -> str:
    cells = ", ".join(sorted(map(str, changed)))
    return f"replaced {cells}" if changed else "nothing changed"


def _why(*, must: bool) -> str:
    if must:
        return "the device refuses what the key in its cell protects"
    return "the device obeys what no key in its cells protects, or takes a certificate that is none"
