"""The two verdicts of a run in words, each with what it means."""

from typing import Final, NamedTuple

from firmware_sim.bench.evidence.wording import UNDECLARED, count
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict


class VerdictWords(NamedTuple):
    """One verdict for people: what it is about, a word or two, a sentence, and a style."""

    about: str
    word: str
    sentence: str
    tone: str


class Recovered(NamedTuple):
    """Of the Relevant Devices of a run: all of them, and those that were recovered."""

    relevant: int
    recovered: int

    @property
    def missing(self) -> int:
        """Those that were not."""
        return self.relevant - self.recovered

    def __str__(self) -> str:
        which = count(self.relevant, "Relevant Device")
        if not self.recovered:
            return f"None of {which} is recovered"
        return f"{self.missing:,} of {which} {'is' if self.missing == 1 else 'are'} not recovered"


NO_EVENT: Final = Recovered(0, 0)


_PROCEDURE: Final = {
    ProcedureVerdict.FOLLOWED: ("The people did what SEC Section L asks.", "passed"),
    ProcedureVerdict.NOT_FOLLOWED: ("The people did not do what SEC Section L asks.", "failed"),
    ProcedureVerdict.NOTHING_TO_FOLLOW: (
        "No key was declared compromised, and none was asked of custody.",
        "skipped",
    ),
    None: ("This run was not compared with SEC Section L.", "skipped"),
}
_DEVICES: Final = {
    DevicesVerdict.RIGHT: ("Every device did what it must.", "passed"),
    DevicesVerdict.WRONG: ("A device did wrong.", "failed"),
    DevicesVerdict.UNKNOWN: (
        "The run did not come to its end: nothing final is known of a device.",
        "error",
    ),
    DevicesVerdict.OUTSTANDING: (
        "Every device that was asked did right; some could not be reached, or were not asked.",
        "skipped",
    ),
    DevicesVerdict.NOT_AS_DECLARED: (UNDECLARED, "failed"),
    DevicesVerdict.NOT_ASKED: ("No device was checked.", "skipped"),
}


_NOT_YET: Final = VerdictWords(
    "Procedure",
    "not yet judged",
    "The run did not come to its end; it is compared with SEC Section L when it does.",
    "skipped",
)


def procedure_words(
    verdict: ProcedureVerdict | None, outcome: Outcome | None = Outcome.PASSED
) -> VerdictWords:
    """Of the procedure; None if it was not judged.

    Args:
        outcome: of the run; None if it has none yet.
    """
    if verdict is None and outcome in (None, Outcome.INTERRUPTED):
        return _NOT_YET
    sentence, tone = _PROCEDURE[verdict]
    return VerdictWords("Procedure", verdict or "not judged", sentence, tone)


def devices_words(verdict: DevicesVerdict, recovered: Recovered = NO_EVENT) -> VerdictWords:
    """Of the devices.

    Args:
        recovered: how many devices were to be recovered, and how many were. That devices did what
            they must is no good news where they were not recovered.
    """
    sentence, tone = _DEVICES[verdict]
    if verdict is DevicesVerdict.RIGHT and recovered.missing:
        sentence, tone = f"Every device that was asked did what it must. {recovered}.", "skipped"
    return VerdictWords("Devices", verdict, sentence, tone)
