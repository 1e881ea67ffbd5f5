"""Sending one command to one device, until it is known what became of it.

A command that goes unanswered may have been lost, or executed with its response lost. The
cells decide: they are read back, and only if they do not hold what they should is the
command built again, with a new Originator Counter. Nothing is lost, and as a device executes each
counter at most once, nothing is done twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.dut.target import Correlation, Seen, Target
from firmware_sim.bench.parties.party import Party
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.machine.refusals import Refusal, RefusalReason


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


class CommandResult(NamedTuple):
    """What became of one command.

    Attributes:
        command: the last attempt.
        response: verified; None if there was none, or it was wrong.
        wrong: why a response is not to be believed.
        refusal: why the device refused, if it did and says so.
        confirmed: no response came, but the device shows that the command was executed.
    """

    command: Message
    response: Message | None = None
    wrong: str = ""
    refusal: Refusal | None = None
    confirmed: bool = False
    attempts: int = 1

    @property
    def is_settled(self) -> bool:
        """Whether it is known what became of the command, so that it need not be sent again."""
        return bool(self.response or self.wrong or self.refusal or self.confirmed)

    @property
    def problem(self) -> str:
        """Why the device cannot be said to have answered; empty if it did."""
        if self.refusal is not None:
            return f"refused: {self.refusal.reason.label}: {self.refusal.text}"
        if self.wrong or self.response is not None or self.confirmed:
            return self.wrong
        return f"no answer to {self.attempts} attempts"


Confirm = Callable[[], Awaitable[bool]]


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
            confirm: whether the device shows, without a response, that the command was executed.
        """
        commands = chain((first,), iter(again, None))
        attempts = self._until(lambda each: each.is_settled)

        async def attempt() -> CommandResult:
            result = await self.ask(party, contact, next(commands))
            if confirm is None or result.response is not None or result.wrong:
                return result
            # Also after a refusal: the keys may have changed by an earlier attempt.
            if await confirm():
                return result._replace(confirmed=True, refusal=None)
            return result

        result: CommandResult = await attempts(attempt)
        return result._replace(attempts=int(attempts.statistics["attempt_number"]))

    async def ask(self, party: Party, contact: DeviceContact, command: Message) -> CommandResult:
        """Send a command once, and check the answer."""
        seen = await self._exchange(contact, command)
        if seen.response is not None:
            try:
                return CommandResult(command, party.check(seen.response, command, contact))
            except RemoteError as error:
                return CommandResult(command, wrong=str(error))
        # "Replayed" may be about a second copy: the first was executed, and its response was lost.
        if seen.refusal is not None and seen.refusal.reason is not RefusalReason.REPLAYED:
            return CommandResult(command, refusal=seen.refusal)
        return CommandResult(command)

    async def send_for_refusal(self, contact: DeviceContact, octets: bytes) -> Seen:
        """Send a message that the device should refuse; again, unchanged, until it reacts."""
        command = Correlation.of(parse_message(octets))
        attempts = self._until(lambda seen: seen != Seen())

        async def attempt() -> Seen:
            if not await self._send(contact, octets):
                return Seen()
            seen = await self._target.seen(contact.entity_id, command, self._waits.silence)
            self._record(contact, seen)
            return seen

        seen: Seen = await attempts(attempt)
        return seen

    def _until(self, is_known: Callable[[Any], bool]) -> AsyncRetrying:
        """Attempts until one has a result that says something; the last one's result if none."""
        return AsyncRetrying(
            stop=stop_after_attempt(self._waits.attempts),
            retry=retry_if_result(lambda result: not is_known(result)),
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )

    async def _exchange(self, contact: DeviceContact, command: Message) -> Seen:
        if not await self._send(contact, command.build()):
            # The command may have reached the device all the same: a read-back shows it.
            return Seen()
        key = Correlation.of(command)
        seen = await self._target.seen(contact.entity_id, key, self._waits.response)
        if seen.response is None and seen.refusal is not None:
            # What was refused may be a second copy: the answer to the first is on its way.
            seen = await self._target.response(contact.entity_id, key, self._waits.silence)
        self._record(contact, seen)
        return seen

    async def _send(self, contact: DeviceContact, octets: bytes) -> bool:
        try:
            await self._target.send(contact.entity_id, octets)
        except DeviceFaultError:
            raise  # no loss on the way: sending it again would mend nothing
        except LinkError as error:
            self._log.sent(contact, octets, f"not taken over by the link: {error}")
            return False
        self._log.sent(contact, octets)
        return True

    def _record(self, contact: DeviceContact, seen: Seen) -> None:
        with self._log.together():
            if seen.response is not None:
                self._log.received(contact, seen.response)
            if seen.refusal is not None:
                self._log.refused(contact, seen.refusal)
            for alert in self._target.alerts(contact.entity_id):
                self._log.received(contact, alert)
