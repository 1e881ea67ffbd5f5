"""Both verdicts as they form: that all was right and followed is known at the end alone."""

from typing import Any, Final

from firmware_sim.bench.evidence.devices_found import DevicesFound
from firmware_sim.bench.evidence.verdict_words import VerdictWords, devices_words, procedure_words
from firmware_sim.bench.live.fleet_so_far import FleetSoFar
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict, Verdict

BAD: Final = (Verdict.FAILED, Verdict.ERROR)

_MOST_DEPARTURES: Final = 20
_OPEN: Final = VerdictWords(
    "Procedure", "open", "No departure so far; it is judged at the end.", "skipped"
)
_ALIKE: Final = "Every device so far did as the device of the governance drill that stands for it."


class VerdictsSoFar:
    """Of one run.

    Attributes:
        end: how the drill ended; None while it goes, and again when it was taken up.
    """

    def __init__(self) -> None:
        self.end: dict[str, Any] | None = None
        self._found = DevicesFound()
        self._departures: list[str] = []
        self._outstanding = False

    @property
    def outcome(self) -> Outcome | None:
        """How the drill ended."""
        return None if self.end is None else Outcome(self.end["outcome"])

    def add_check(self, step: int, verdict: Verdict, *, of_device: bool) -> bool:
        """A check was made; whether it may change the verdict."""
        return self._found.add_check(step, verdict, of_device=of_device)

    def end_step(self, step: int, verdict: Verdict) -> None:
        """A step is over."""
        self._found.end_step(step, verdict)

    def depart(self, detail: str) -> None:
        """The procedure was not followed."""
        self._departures.append(detail)

    def leave_out(self, *, is_outstanding: bool) -> None:
        """What became of a device at the end: it may be outstanding."""
        self._outstanding |= is_outstanding

    def finish(self, row: tuple[Any, ...]) -> None:
        """The drill ended, as a row of ``run_end`` says."""
        finished, outcome, exit_code, reason, procedure, devices = row
        self.end = {
            "finished": finished, "outcome": Outcome(outcome), "exit_code": exit_code,
            "reason": reason, "devices": DevicesVerdict(devices),
            "procedure": None if procedure is None else ProcedureVerdict(procedure),
        }  # fmt: skip

    def told(self, fleet: FleetSoFar | None, *, is_of_fleet: bool) -> dict[str, Any]:
        """For the page.

        Args:
            fleet: what is known of the fleet whose governance drill this is.
            is_of_fleet: whether it is one: then its end is not the end of the run.
        """
        end = self.end
        if is_of_fleet:
            end = None if fleet is None else fleet.end
            if end is None and self.outcome is Outcome.INTERRUPTED:
                end = self.end  # no shard follows
        return {
            "both": [each._asdict() for each in (self._procedure(end), self._devices(end, fleet))],
            "departures": self._departures[:_MOST_DEPARTURES],
            "end": end,
        }

    def _procedure(self, end: dict[str, Any] | None) -> VerdictWords:
        judged = end or self.end  # a fleet's is judged when its governance drill is over
        if judged is not None:
            return procedure_words(judged["procedure"], Outcome(judged["outcome"]))
        return procedure_words(ProcedureVerdict.NOT_FOLLOWED) if self._departures else _OPEN

    def _devices(self, end: dict[str, Any] | None, fleet: FleetSoFar | None) -> VerdictWords:
        if end is not None:
            return devices_words(end["devices"])
        found = self._found.verdict(outstanding=self._outstanding)
        if fleet is not None and fleet.is_unlike and found is not DevicesVerdict.UNKNOWN:
            found = DevicesVerdict.WRONG
        words = devices_words(found)
        sentence = "Every check of a device so far has passed." if fleet is None else _ALIKE
        if found is DevicesVerdict.RIGHT:
            return VerdictWords("Devices", "right so far", sentence, "passed")
        if found is DevicesVerdict.OUTSTANDING and fleet is not None:
            return words._replace(word="outstanding so far", sentence=f"{words.sentence} {_ALIKE}")
        return words
