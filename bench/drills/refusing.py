"""Messages that devices must refuse, and what proves that one did.

Where the bench runs the device it sees the refusal in it, and reads its flash image. Elsewhere a
notice of a refusal is not signed. Then the device's own verified answers decide: it is read back
before and after, nothing may have changed, and no verified response may have come.
"""

from collections.abc import Callable, Iterable, Sequence

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.commands.responses import check_signature, response_to
from firmware_sim.bench.drills.cell_readings import (
    CellReading,
    compare_readings,
    image_reading,
    read_by_party,
)
from firmware_sim.bench.drills.checks import check_refused
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.sending import Build, plans
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.state import DrillState, Kept
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.unheard import why_not_judged, why_not_replayed
from firmware_sim.bench.drills.wan import CUT_OFF
from firmware_sim.bench.dut.target import Correlation, Reach, Seen
from firmware_sim.bench.evidence.step_words import REFUSED
from firmware_sim.bench.evidence.wording import UNSIGNED
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import TrustAnchorCellId

Protection = Callable[[DrillState, Kept], Callable[[bytes], Message]]
"""Of a message: what gives a response to it; RemoteError if it is not the device's."""

_NO_ANSWER = "nothing changed by the device's own answer (CS02a), and no verified response"


async def play_replay(state: DrillState, step: ReplayStep, log: StepLog) -> None:
    """Every message that was kept under the step's name, octet by octet."""
    captured = []
    for kept in state.kept.get(step.kept, {}).values():
        why = why_not_replayed(state, kept)
        if why:
            log.check(kept.contact, REFUSED, Verdict.SKIPPED, "", "not sent", why)
        else:
            captured.append(kept)
    refusing = Refusing(state, step.expect, log)
    await refusing.read_before([kept.contact for kept in captured], step.title)
    await refusing.send(captured, step.title)


def judged_only(
    state: DrillState,
    log: StepLog,
    contacts: Iterable[DeviceContact],
    deciding: Callable[[DeviceContact], Iterable[TrustAnchorCellId]],
) -> list[DeviceContact]:
    """Those devices that hold what the story takes them to hold; the others are told and left out.

    Args:
        deciding: the cells on which it depends what a device makes of the message.
    """
    judged = []
    for contact in contacts:
        why = why_not_judged(state, contact, deciding(contact))
        if why:
            log.check(contact, REFUSED, Verdict.SKIPPED, "", "not sent", why)
        else:
            judged.append(contact)
    return judged


async def send_all_for_refusal(
    state: DrillState,
    step: SendingStep,
    expected: RefusalExpected,
    log: StepLog,
    contacts: Sequence[DeviceContact],
    build: Build,
) -> None:
    """Build the step's message for each device, and send it: each must be refused."""
    refusing = Refusing(state, expected, log)
    await refusing.read_before(contacts, step.title)
    made = await plans(state, step, contacts, build)
    messages = [Kept(plan.contact, plan.first.build()) for plan in made]
    await refusing.send(messages, step.title)


class Refusing:
    """One step whose messages must be refused.

    Args:
        protection: how a response to a message would be protected; None for credential commands.
    """

    def __init__(
        self,
        state: DrillState,
        expected: RefusalExpected,
        log: StepLog,
        protection: Protection | None = None,
    ) -> None:
        self._protection = protection or _any_protection
        self._state = state
        self._expected = expected
        self._log = log
        self._sender = CommandSender(state.target, state.waits, log)
        self._before: dict[EntityId, CellReading | None] = {}

    async def read_before(self, contacts: Iterable[DeviceContact], title: str) -> None:
        """Read devices back that the bench does not run itself.

        To be called before the step's messages are built: the Originator Counters of both come
        from one sequence, and a device refuses the lower one as replayed.
        """
        remote = [contact for contact in contacts if not self._is_inside(contact)]

        async def read(contact: DeviceContact) -> None:
            reading = await read_by_party(self._state, contact, self._sender)
            self._before[contact.entity_id] = reading

        if remote:
            await for_each(remote, read, self._state.progress, title)

    async def send(self, messages: list[Kept], title: str) -> None:
        """Send the messages, and judge what devices make of them."""
        await for_each(messages, self._send, self._state.progress, title)

    def _is_inside(self, contact: DeviceContact) -> bool:
        return self._state.target.reach(contact.entity_id) is Reach.INSIDE

    async def _send(self, kept: Kept) -> None:
        if self._is_inside(kept.contact):
            await self._send_inside(kept)
        else:
            await self._send_outside(kept)

    async def _send_inside(self, kept: Kept) -> None:
        before = await self._state.image_contents(kept.contact)
        seen = await self._attempt(kept)
        after = await self._state.image_contents(kept.contact)
        logged = frozenset[int]() if after is None else after.refused
        with self._log.together():
            _judge_seen(self._log, kept.contact, seen, self._expected, logged)
            if before is not None and after is not None:
                readings = image_reading(before), image_reading(after)
                self._log.find(kept.contact, compare_readings(*readings))

    async def _send_outside(self, kept: Kept) -> None:
        contact = kept.contact
        before = self._before.get(contact.entity_id)
        if contact.entity_id in self._state.conditions.unreachable:
            self._log.check(contact, REFUSED, Verdict.SKIPPED, self._wanted, "not sent", CUT_OFF)
            return
        if before is None:
            self._cannot_tell(contact, "it could not be read back before the message was sent")
            return
        seen = await self._attempt(kept)
        after = await read_by_party(self._state, contact, self._sender)
        # A response that came after the wait counts as well.
        command = Correlation.of(message_of(kept.octets))
        late = await self._state.target.response(contact.entity_id, command, 0)
        seen = seen._replace(response=seen.response or late.response, copy=seen.copy or late.copy)
        if self._state.target.reach(contact.entity_id) is Reach.LINE:
            # Only the device speaks at the end of a line: there is no other sender of a copy.
            seen = seen._replace(response=seen.response or seen.copy)
        with self._log.together():
            self._judge_outside(contact, seen, before, after)

    async def _attempt(self, kept: Kept) -> Seen:
        check = self._protection(self._state, kept)
        return await self._sender.send_for_refusal(kept.contact, kept.octets, check)

    def _judge_outside(
        self, contact: DeviceContact, seen: Seen, before: CellReading, after: CellReading | None
    ) -> None:
        change = None if after is None else compare_readings(before, after)
        if change is not None:
            self._log.find(contact, change)
        if seen.response is not None:
            self._log.find(contact, check_refused(seen, self._expected.refused))
        elif change is None:
            self._cannot_tell(contact, "it could not be read back after the message was sent")
        elif seen.copy is not None:
            self._cannot_tell(contact, "a response came that is the copy of an earlier one")
        elif seen.notice is not None and seen.notice.reason not in self._expected.refused:
            reason = seen.notice.reason.label
            self._cannot_tell(contact, f"{UNSIGNED}: refused for another reason: {reason}")
        elif change.passed:
            told = f"; {UNSIGNED}: {seen.notice.reason.label}" if seen.notice else ""
            self._log.find(contact, StepFinding(REFUSED, True, self._wanted, f"{_NO_ANSWER}{told}"))

    def _cannot_tell(self, contact: DeviceContact, reason: str) -> None:
        self._log.check(contact, REFUSED, Verdict.ERROR, self._wanted, "not known", reason)

    @property
    def _wanted(self) -> str:
        return " or ".join(reason.label for reason in self._expected.refused)


def _judge_seen(
    log: StepLog,
    contact: DeviceContact,
    seen: Seen,
    expected: RefusalExpected,
    logged: frozenset[int],
) -> None:
    """Judge a device that the bench runs itself.

    Args:
        logged: reasons that stand in the security log of its flash image. A log counts there at
            1, 2, 4, 8 refusals for a reason, so that a reason is there from the first one on.
    """
    finding = check_refused(seen, expected.refused)
    if seen.lost and not seen.was_handled:
        log.check(contact, finding.name, Verdict.SKIPPED, finding.expected, "not sent", seen.lost)
    elif not (seen.response or seen.refusal or seen.was_handled):
        # Without a sign that the message arrived, nothing can be said of the device.
        reason = f"{finding.reason}, nor that it arrived"
        log.check(contact, finding.name, Verdict.ERROR, finding.expected, "silence", reason)
    elif finding.passed and seen.refusal is not None and seen.refusal.reason not in logged:
        reason = "the security log in the flash image holds no refusal for that reason"
        log.find(contact, finding._replace(passed=False, reason=reason))
    elif finding.passed:
        proof = "seen in the device, and in the security log of its flash image"
        log.find(contact, finding._replace(actual=f"{finding.actual}; {proof}"))
    else:
        log.find(contact, finding)


def _any_protection(state: DrillState, kept: Kept) -> Callable[[bytes], Message]:
    """Checks a response under every key with which the device may protect it."""
    contact, suite = kept.contact, P256Suite()

    def check(octets: bytes) -> Message:
        command = message_of(kept.octets)
        response = response_to(command, octets)
        if response.mac is None:
            check_signature(response, contact, suite)
            return response
        # The device answers under the generation of the Broker's key that it holds.
        old, new = (state.participants.broker(generation) for generation in GENERATIONS)
        try:
            return new.check(octets, command, contact)
        except RemoteError:
            return old.check(octets, command, contact)

    return check
