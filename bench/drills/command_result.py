"""What became of one command: an answer, a refusal, or nothing, and why nothing."""

from enum import Enum
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.wording import UNSIGNED, count
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.refusals import Refusal

_REFUSED_AFTER_SILENCE: Final = (
    "the last attempt was refused, and it could not be read back whether an earlier one was "
    "carried out"
)


class Shown(Enum):
    """What a device that is read back shows of a command that nothing came of."""

    DONE = "it was carried out"
    NOT_DONE = "it was not carried out"
    SILENCE = "nothing: the reading was not answered either"
    LOST = "nothing: the story's links lost the reading or the answer to it"


class CommandResult(NamedTuple):
    """What became of one command.

    Attributes:
        command: the last attempt.
        response: verified, its payload in DER; None if there was none.
        wrong: why the last response that came is not the device's.
        refusal: why the device refused, if the bench saw that in the device.
        notice: why it refused, as is told beside it, unsigned.
        unreached: why nothing can be said of the device: it never had the command, or its answer
            was lost on the way.
        confirmed: no response came, but the device shows that the command was executed.
        outstanding: that no attempt was answered is the doing of the links that the story wants.
        was_lost: so was that an earlier attempt was not answered.
        after_cut: the flash when the device had lost its power over the command, if the links know.
    """

    command: Message
    response: Message | None = None
    wrong: str = ""
    refusal: Refusal | None = None
    notice: Refusal | None = None
    unreached: str = ""
    confirmed: bool = False
    attempts: int = 1
    outstanding: bool = False
    was_lost: bool = False
    after_cut: bytes | None = None

    def shown(self, shown: Shown) -> "CommandResult":
        """The same once the device was read back."""
        if shown is Shown.DONE:
            return self._replace(confirmed=True, refusal=None)
        if self.refusal is None or self.attempts == 1 or shown is Shown.NOT_DONE:
            return self
        # By an earlier attempt the keys may have changed, so that this one had to be refused.
        return self._replace(
            refusal=None, unreached=_REFUSED_AFTER_SILENCE, outstanding=shown is Shown.LOST
        )

    def after(self, earlier: "CommandResult | None") -> "CommandResult":
        """The same as the result of one more attempt than `earlier`."""
        if earlier is None:
            return self
        was_lost = earlier.outstanding or earlier.was_lost
        this = self._replace(attempts=earlier.attempts + 1, was_lost=was_lost)
        if this.outstanding and not earlier.outstanding:
            # What the links let through before, and was not answered, counts against the device.
            return this._replace(outstanding=False, unreached=earlier.unreached)
        return this

    @property
    def is_settled(self) -> bool:
        """Whether it is known what became of the command, so that it need not be sent again."""
        return bool(self.response or self.refusal or self.confirmed)

    @property
    def problem(self) -> str:
        """Why the device cannot be said to have answered; empty if it did."""
        if self.refusal is not None:
            return f"refused: {self.refusal.reason.label}: {self.refusal.text}"
        if self.response is not None or self.confirmed:
            return ""
        if self.outstanding:
            return f"{self.unreached} ({count(self.attempts, 'attempt')})"
        if self.unreached:
            return self.unreached
        told = f"; {UNSIGNED}: {self.notice.reason.label}" if self.notice is not None else ""
        wrong = f"; what came is not to be believed: {self.wrong}" if self.wrong else ""
        return f"no answer to {self.attempts} attempts{wrong}{told}"

    @property
    def verdict(self) -> Verdict:
        """PASSED if the device answered; ERROR if it may never have been asked.

        SKIPPED if the story itself keeps it out of reach.
        """
        if not self.problem:
            return Verdict.PASSED
        if self.outstanding:
            return Verdict.SKIPPED
        return Verdict.ERROR if self.unreached and self.refusal is None else Verdict.FAILED
