"""Steps in which devices use their keys: the new key works, the old one does not."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from firmware_sim.bench.commands import use_requests, uses
from firmware_sim.bench.commands.compose import Content
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.key_users import key_user, sell_tokens, token_brought
from firmware_sim.bench.drills.opening import open_recorded
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.refusing import Refusing
from firmware_sim.bench.drills.served import NOT_SERVED, topped_up_in_vain
from firmware_sim.bench.drills.state import DrillState, Kept, RecordedAnswer
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.tokens import Token
from firmware_sim.bench.drills.top_ups import is_known_as_spent, spent_before
from firmware_sim.bench.drills.use_devices import devices_asked
from firmware_sim.bench.drills.use_findings import OPENED, USED, unreadable, used
from firmware_sim.bench.drills.use_outcomes import outcome_of
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import (
    ANSWERED_REFUSALS,
    OPEN,
    SELL,
    TOP_UP,
    USE_CASES,
    cells_in_use,
)
from firmware_sim.bench.dut.target import Reach, Seen
from firmware_sim.bench.evidence.step_words import REFUSED_IN_ANSWER
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.key_user import KeyUser
from firmware_sim.gbcs.dlms_protection import Titles
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId

_CREDITED: Final = "credited; the answer to it was lost"
_TAKEN: Final = "the device took it"


class _Planned(NamedTuple):
    contact: DeviceContact
    user: KeyUser
    command: Message
    token: Token | None


async def play_use(state: DrillState, step: UseStep, log: StepLog) -> None:
    """Every device that has the use, and the cell that names the asking party."""
    if step.what == OPEN:
        open_recorded(state, step, log)
        return
    contacts = devices_asked(state, step, log)
    if step.expect == NOT_SERVED:
        return  # nothing was sent
    contacts = spent_before(state, step, log, contacts)
    if step.what == SELL:
        sell_tokens(state, step, log, contacts)
        return
    await use_at(state, step, log, contacts)


async def use_at(
    state: DrillState, step: UseStep, log: StepLog, contacts: list[DeviceContact]
) -> None:
    """Send the command of a step to these devices, and judge what they do."""
    playing = _Using(state, step, log)
    if isinstance(step.expect, RefusalExpected) and ANSWERED_REFUSALS.isdisjoint(
        step.expect.refused
    ):
        refusing = Refusing(state, step.expect, log, playing.protection)
        await refusing.read_before(contacts, step.title)
        planned = playing.plan(contacts)
        await refusing.send([Kept(each.contact, each.command.build()) for each in planned],
                            step.title)  # fmt: skip
        return
    work = playing.be_refused if isinstance(step.expect, RefusalExpected) else playing.use
    await for_each(playing.plan(contacts), work, state.progress, step.title)


class _Using:
    """One step whose commands devices answer."""

    def __init__(self, state: DrillState, step: UseStep, log: StepLog) -> None:
        self._state = state
        self._step = step
        self._log = log
        self._sender = CommandSender(state.target, state.waits, log)

    def plan(self, contacts: list[DeviceContact]) -> list[_Planned]:
        """The commands in the order of devices, so that counters are the same in every run."""
        planned = []
        for contact in contacts:
            user = key_user(self._state, self._step, contact)
            is_top_up = self._step.what == TOP_UP
            token = token_brought(self._state, self._step, contact) if is_top_up else None
            command = self._built(user, contact, token)
            self._state.keep(self._step.keep, contact, command.build())
            planned.append(_Planned(contact, user, command, token))
        return planned

    async def use(self, planned: _Planned) -> None:
        """Send, and judge the answer: it must be verified and read, or be of no use."""
        contact, user, command, token = planned
        must_read = self._step.expect == "accepted" and not self._is_thiefs_token(token)
        checker = user if must_read else self._holder(contact)
        again = partial(self._again, planned)
        result = await self._sender.deliver(checker, contact, command, again)
        if await is_known_as_spent(self._state, result, contact, token):
            finding = StepFinding(USED, True, actual=_CREDITED)
        elif result.response is None:
            # A meter that has credited a token is silent when that comes again.
            is_unknown = token is not None and token.fate == "unknown"
            verdict = Verdict.SKIPPED if is_unknown else result.verdict
            self._log.check(contact, USED, verdict, "an answer", "none", result.problem)
            if not is_unknown:
                topped_up_in_vain(self._state, self._step, contact.entity_id, result.problem)
            return
        elif self._step.expect == "unreadable":
            finding = unreadable(user, result.command, result.response, contact)
        else:
            finding = used(checker, result.response, contact)
        self._log.find(contact, finding)
        if result.response is not None and self._step.keep is not None:
            recorded = RecordedAnswer(
                contact, result.command, result.response.build(), self._state.clock.time
            )
            self._state.answers.setdefault(self._step.keep, {})[contact.entity_id] = recorded
        if finding.passed:
            self._take(planned)
            return
        if self._step.stolen and finding.actual == OPENED:
            self._tell_thiefs(contact)
        topped_up_in_vain(self._state, self._step, contact.entity_id, finding.reason)
        if token is not None and token.fate == "unspent" and result.response is not None:
            token.fate = "refused"  # its answer says so

    async def be_refused(self, planned: _Planned) -> None:
        """Send a token that is not good: the answer must say so."""
        contact, _, command, token = planned
        holder = self._holder(contact)
        seen = await self._sender.send_for_refusal(
            contact, command.build(), lambda octets: holder.check(octets, command, contact)
        )
        if seen.response is None and seen.lost:
            self._log.check(contact, REFUSED_IN_ANSWER, Verdict.SKIPPED, "", "no answer", seen.lost)
            if token is not None and token.fate == "unspent":
                token.fate = "unknown"
            return
        finding = self._refusal(contact, seen)
        self._log.find(contact, finding)
        if self._step.stolen and finding.reason == _TAKEN:
            self._tell_thiefs(contact)
        if token is not None and token.fate == "unspent" and seen.response is not None:
            token.fate = "spent" if finding.reason == _TAKEN else "refused"

    def protection(self, _state: DrillState, kept: Kept) -> Callable[[bytes], Message]:
        """What tells a genuine answer, should a device answer what it must refuse."""
        holder = self._holder(kept.contact)
        return lambda octets: holder.check(octets, message_of(kept.octets), kept.contact)

    def _refusal(self, contact: DeviceContact, seen: Seen) -> StepFinding:
        expect = self._step.expect
        allowed = expect.refused if isinstance(expect, RefusalExpected) else ()
        expected = " or ".join(reason.label for reason in allowed)
        if seen.response is None:
            return StepFinding(
                REFUSED_IN_ANSWER, False, expected, "no answer", "the device did not answer"
            )
        try:
            outcome = outcome_of(message_of(seen.response))
        except RemoteError as error:
            return StepFinding(REFUSED_IN_ANSWER, False, expected, "an answer", str(error))
        if outcome.done:
            return StepFinding(REFUSED_IN_ANSWER, False, expected, outcome.words, _TAKEN)
        if self._state.target.reach(contact.entity_id) is not Reach.INSIDE:
            # What it says beside its answer is not signed: the answer alone counts.
            return StepFinding(REFUSED_IN_ANSWER, True, expected, outcome.words)
        told = seen.refusal and seen.refusal.reason
        wrong = "" if told in allowed else "refused for another reason"
        label = "no reason" if told is None else told.label
        return StepFinding(
            REFUSED_IN_ANSWER, not wrong, expected, f"{label}; {outcome.words}", wrong
        )

    def _built(self, user: KeyUser, contact: DeviceContact, token: Token | None) -> Message:
        kind = contact.device_type

        def make(titles: Titles) -> Content:
            if token is not None:
                return uses.top_up(kind, titles.counter, token.digits.encode("ascii"))
            if self._step.what == "arm supply":
                return use_requests.arm_supply()
            if self._step.what == "activate firmware":
                return use_requests.activate_firmware(kind, bytes(32), titles.counter)
            code = USE_CASES[self._step.what][kind]
            return use_requests.reading(code, self._step.role, titles, kind)

        return user.use(contact, make, None if token is None else token.counter)

    def _again(self, planned: _Planned) -> Message:
        """The next attempt; a token has its own counter, and so its command goes again as it is."""
        if planned.token is not None:
            return planned.command
        return self._built(planned.user, planned.contact, None)

    def _holder(self, contact: DeviceContact) -> KeyUser:
        """Whoever has the key in the cell of the device that makes the answer's MAC."""
        role = self._step.role
        held = self._state.held[contact.entity_id].get(
            TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT)
        )
        if held is None:
            return key_user(self._state, self._step, contact)
        return self._state.participants.user(
            held.issued_for.role,
            held.generation,
            broker=self._state.broker_generation(contact),
            acting=role,
            organisation=held.organisation,
        )

    def _is_thiefs_token(self, token: Token | None) -> bool:
        """Who sends a forged token need not read the answer: the meter credits it all the same."""
        return token is not None and self._step.stolen

    def _tell_thiefs(self, contact: DeviceContact) -> None:
        """A copied key got it done, whatever the story expects of it."""
        uses = self._state.conditions.stolen_uses
        uses.used(contact, self._step.what, self._state.clock.time)

    def _take(self, planned: _Planned) -> None:
        """What a use that went well shows."""
        contact, _, _, token = planned
        if token is not None:
            token.fate = "spent"
            if not self._step.stolen:
                self._state.gaps.credited(contact.entity_id, self._state.clock.time)
        if self._step.expect != "accepted":
            return
        if self._step.stolen:
            self._tell_thiefs(contact)
            return
        cells = cells_in_use(self._step.what, contact.device_type, self._step.role)
        self._state.proofs.by_use(contact.entity_id, cells, self._state.held[contact.entity_id])
