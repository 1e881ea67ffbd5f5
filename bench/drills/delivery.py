"""Sending one command to one device, until it is known what became of it.

A command that goes unanswered may have been lost, or executed with its response lost. The
cells decide: they are read back, and only if they do not hold what they should is the
command built again, with a new Originator Counter. Nothing is lost, and as a device executes each
counter at most once, nothing is done twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeVar

from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.drills.command_result import CommandResult, Shown
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.wan import DOUBLED, LATE, Wan
from firmware_sim.bench.dut.response_check import ResponseCheck
from firmware_sim.bench.dut.target import Correlation, Reach, Seen, Target
from firmware_sim.bench.parties.party import Party
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.refusals import RefusalReason

_NOT_DELIVERED: Final = (
    "the command did not reach the device: does the broker let parties publish it?"
)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the bench waits, in seconds, and how often it tries.

    Attributes:
        response: for an answer that should come.
        silence: for a device to say nothing.
    """

    response: float = 10.0
    silence: float = 2.0
    attempts: int = 4


async def _at_once(_seconds: float) -> None:
    """Between two attempts no other device goes on: counters are drawn in the devices' order."""


Confirm = Callable[[], Awaitable[Shown]]

_T = TypeVar("_T")


class CommandSender:
    """Sends the commands of one step of a drill, and records what comes back."""

    def __init__(self, target: Target, waits: Waits, log: StepLog) -> None:
        self._target = target
        self._waits = waits
        self._log = log

    async def deliver(
        self,
        party: Party,
        contact: DeviceContact,
        first: Message,
        again: Callable[[], Message],
        confirm: Confirm | None = None,
    ) -> CommandResult:
        """Send a command that the device should accept, and again while nothing is known of it.

        Args:
            again: builds the command with a new Originator Counter.
            confirm: reads back whether the command was executed, without a response.
        """
        commands = chain((first,), iter(again, None))
        earlier: CommandResult | None = None

        async def attempt() -> CommandResult:
            nonlocal earlier
            result = (await self.ask(party, contact, next(commands))).after(earlier)
            is_known = result.response is not None or result.unreached == _NOT_DELIVERED
            if confirm is not None and not is_known:
                # Also after a refusal: the keys may have changed by an earlier attempt.
                result = result.shown(await confirm())
            earlier = result
            return result

        return await self._until(lambda each: each.is_settled, attempt)

    async def ask(self, party: Party, contact: DeviceContact, command: Message) -> CommandResult:
        """Send a command once, and check the answer."""
        check = ResponseCheck(lambda octets: party.check(octets, command, contact))
        seen, missing = await self._exchange(contact, command, check)
        result = CommandResult(
            command, wrong=check.problem, notice=seen.notice, after_cut=seen.after_cut
        )
        if seen.response is not None:
            # Taken out: a target keeps the check for as long as an answer may come again.
            response = self._log.read(contact, check.genuine.pop(seen.response))
            return result._replace(response=response)
        # "Replayed" may be about a second copy: the first was executed, and its response was lost.
        if seen.refusal is not None and seen.refusal.reason is not RefusalReason.REPLAYED:
            return result._replace(refusal=seen.refusal)
        if seen.lost:
            return result._replace(unreached=seen.lost, outstanding=True)
        return result._replace(unreached=self._what_was_lost(contact, seen, missing))

    async def send_for_refusal(
        self, contact: DeviceContact, octets: bytes, check: Callable[[bytes], Message]
    ) -> Seen:
        """Send a message that the device should refuse; again, unchanged, until it reacts.

        Args:
            check: gives a response as a message; RemoteError if it is not the device's.
        """
        command = Correlation.of(message_of(octets))

        async def attempt() -> Seen:
            if not await self._send(contact, octets, ResponseCheck(check)):
                return Seen()
            await self._target.seen(contact.entity_id, command, self._waits.silence)
            seen, _ = await self._all_of(contact, command)
            return seen

        return await self._until(lambda seen: seen._replace(lost="") != Seen(), attempt)

    async def close(self, contact: DeviceContact) -> None:
        """Record what else the device has sent: to be called before a step ends."""
        missing = await self._target.drained(contact.entity_id, self._waits.silence)
        self._record_alerts(contact, missing)
        self.take_late(contact)

    def take_late(self, contact: DeviceContact) -> list[Message]:
        """Record answers that the story's links held back until now; gives them, oldest first."""
        if not isinstance(self._target, Wan):
            return []
        come = self._target.arrived(contact.entity_id)
        for late in come:
            self._log.received(contact, late.octets, f"{LATE}the device sent it at {late.sent}")
        return [message_of(late.octets) for late in come]

    async def _until(
        self, is_known: Callable[[_T], bool], attempt: Callable[[], Awaitable[_T]]
    ) -> _T:
        """Attempts until one has a result that says something; the last one's result if none."""
        result = await attempt()  # mostly the only one
        if is_known(result) or self._waits.attempts <= 1:
            return result
        again = AsyncRetrying(
            stop=stop_after_attempt(self._waits.attempts - 1),
            retry=retry_if_result(lambda result: not is_known(result)),
            sleep=_at_once,
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )
        last: _T = await again(attempt)
        return last

    async def _exchange(
        self, contact: DeviceContact, command: Message, check: "ResponseCheck"
    ) -> tuple[Seen, int]:
        if not await self._send(contact, command.build(), check):
            # The command may have reached the device all the same: a read-back shows it.
            return Seen(), 0
        key = Correlation.of(command)
        seen = await self._target.seen(contact.entity_id, key, self._waits.response)
        if seen.response is None and seen.refusal is not None:
            # What was refused may be a second copy: the answer to the first is on its way.
            await self._target.response(contact.entity_id, key, self._waits.silence)
        return await self._all_of(contact, key)

    async def _all_of(self, contact: DeviceContact, command: Correlation) -> tuple[Seen, int]:
        """What became of a command once all is here that the device sent; recorded.

        Without the wait an alert would be recorded with what is sent next, at another time.

        Returns:
            Also how many messages are missing.
        """
        missing = await self._target.drained(contact.entity_id, self._waits.silence)
        seen = await self._target.response(contact.entity_id, command, 0)
        with self._log.together():
            self._record(contact, seen)
            self._record_alerts(contact, missing)
        return seen, missing

    def _what_was_lost(self, contact: DeviceContact, seen: Seen, missing: int) -> str:
        """Why a device inside the bench did not answer, if it is not to blame; else empty."""
        if self._target.reach(contact.entity_id) is not Reach.INSIDE:
            return ""
        if not seen.was_handled:
            return _NOT_DELIVERED
        return "the device answered, and the broker did not deliver it" if missing else ""

    async def _send(self, contact: DeviceContact, octets: bytes, check: "ResponseCheck") -> bool:
        self._log.sent(contact, octets)  # first: what a device may have is never without a record
        try:
            await self._target.send(contact.entity_id, octets, check)
        except DeviceFaultError:
            raise  # no loss on the way: sending it again would mend nothing
        except LinkError as error:
            self._log.warn(contact, f"messages that the link did not take over ({error})", 1)
            return False
        return True

    def _record(self, contact: DeviceContact, seen: Seen) -> None:
        if seen.doubled:
            self._log.warn(contact, DOUBLED, 1)
            finding = StepFinding("a copy of a command", not seen.taken_twice, "not executed")
            self._log.find(contact, finding._replace(actual="taken again" * seen.taken_twice))
        if seen.lost:
            self._log.warn(contact, seen.lost, 1)
        self._log.forged(contact, seen.forged, seen.forgeries)
        for response in filter(None, (seen.copy, seen.response)):
            self._log.received(contact, response)
        if seen.refusal is not None:
            self._log.refused(contact, seen.refusal)
        elif seen.notice is not None:
            self._log.told(contact, seen.notice)
        if seen.copy_refusal is not None:
            self._log.refused(contact, seen.copy_refusal)

    def _record_alerts(self, contact: DeviceContact, missing: int) -> None:
        for alert in self._target.alerts(contact.entity_id):
            self._log.alert(contact, alert)
        if missing:
            self._log.warn(contact, "messages that a device sent, lost on the way", missing)
