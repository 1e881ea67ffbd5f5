"""What the page shows of a run, made from the rows of its ledger one after the other.

It is told in sections. Each knows the place of the last row that changed it, so that a reader who
was away is told those sections that have changed since, and has missed nothing.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from firmware_sim.bench.evidence.accounts.attacks import DeviceTaken
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome, Wave
from firmware_sim.bench.evidence.accounts.recovery_event import RelevantDevices
from firmware_sim.bench.evidence.accounts.told import read_accounts
from firmware_sim.bench.evidence.run_info import STORY, GovernanceEvent
from firmware_sim.bench.evidence.unpacking import Unpacker
from firmware_sim.bench.evidence.wave_words import is_stop, wave_sentences
from firmware_sim.bench.experiments.fleet.planning import TARGET
from firmware_sim.bench.files.foreign_text import visible
from firmware_sim.bench.live.devices_so_far import RELEVANT, DevicesSoFar
from firmware_sim.bench.live.fleet_so_far import SECTIONS, FleetSoFar, Told
from firmware_sim.bench.live.planned import PlannedSteps
from firmware_sim.bench.live.rows import LedgerRow
from firmware_sim.bench.live.verdicts_so_far import BAD, VerdictsSoFar
from firmware_sim.bench.outcome import Outcome, Verdict

_MOST_EVENTS: Final = 200
_MOST_WAVES: Final = 100
_TOLD: Final = ("wave", "relevant devices", "device outcome", "taken device")


class LiveState:
    """Of one run; `fold` each row in the order of the chain.

    Of a fleet the ledger is that of its governance drill, and the rows of the fleet's own record
    follow it (`fold_fleet`).

    Attributes:
        fleet: what is known of the fleet; None before the first row of its record.
        place: of the last row that was folded; -1 before the first.
        changed: section -> place of the last row that changed it.
    """

    def __init__(self) -> None:
        self.place = -1
        self.changed: dict[str, int] = {}
        self.run = ""
        self._words: dict[int, str] = {}
        self._head: dict[str, Any] = {}
        self._planned = PlannedSteps()
        self._step: dict[str, Any] = {}
        self._steps: list[dict[str, Any]] = []
        self._people: list[dict[str, Any]] = []
        self._waves: list[dict[str, Any]] = []
        self._told_waves: list[Wave] = []
        self._stops: list[str] = []
        self._verdicts = VerdictsSoFar()
        self.fleet: FleetSoFar | None = None
        self.devices = DevicesSoFar()
        self._folds: dict[str, Callable[[LedgerRow], tuple[str, ...]]] = {
            "run": self._fold_run,
            "input": self._fold_input,
            "word": self._fold_word,
            "device": lambda row: self.devices.add(row.values[1], row.values[2]),
            "governance": self._fold_governance,
            "account": self._fold_account,
            "step": self._fold_step,
            "step_end": self._fold_step_end,
            "message": self._fold_message,
            "refusal": lambda _row: self.devices.refuse(),
            "verdict": self._fold_verdict,
            "run_end": self._fold_end,
        }

    @property
    def is_of_fleet(self) -> bool:
        """Whether the ledger is that of the governance drill of a fleet."""
        return self._head.get("target") == TARGET

    @property
    def outcome(self) -> Outcome | None:
        """How the run ended; None while it goes, and again when it was taken up."""
        outcome = self._verdicts.outcome
        if self.fleet is not None:
            if self.fleet.is_stopped:
                return Outcome.INTERRUPTED
            return None if self.fleet.end is None else Outcome(self.fleet.end["outcome"])
        # The end of a governance drill is not the end of its fleet.
        return None if self.is_of_fleet and outcome is not Outcome.INTERRUPTED else outcome

    def fold(self, row: LedgerRow, unpacker: Unpacker) -> None:
        """Take a row in.

        Raises:
            ValueError, LookupError: it is no row of a ledger.
        """
        self.devices.unpacker = unpacker
        if self._verdicts.end is not None and row.table != "run_end":
            self._verdicts.end = None  # it was taken up again
            self.changed["verdicts"] = row.place
        self._mark(row.place, self._folds[row.table](row))

    def fold_fleet(self, row: LedgerRow, at: float) -> None:
        """Take a row of a fleet's record in, once its governance drill is over.

        Args:
            row: with a place after those of the ledger.
            at: as `FleetSoFar.fold` has it.

        Raises:
            ValueError, LookupError, TypeError: it is no row of such a record.
        """
        if self.fleet is None:
            fell = self.devices.curve.began
            begin = fell or str(self._steps[0]["started"] if self._steps else self._head["started"])
            devices = self.devices
            had = devices.had_to_recover if fell is not None else None
            self.fleet = FleetSoFar(
                Told(begin, fell is not None, devices.why_stuck, devices.curve.of_what, had)
            )
        self._mark(row.place, self.fleet.fold(row, at))

    def _mark(self, place: int, sections: tuple[str, ...]) -> None:
        self.changed.update(dict.fromkeys(sections, place))
        self.place = place

    def since(self, place: int) -> dict[str, Any]:
        """The sections that have changed after a place."""
        names = [name for name, changed in self.changed.items() if changed > place]
        return {name: self._section(name) for name in names}

    def _section(self, name: str) -> Any:
        sections: dict[str, Callable[[], Any]] = {
            "run": self._told_run,
            "now": self._now,
            "people": lambda: {"total": len(self._people), "events": self._people[-_MOST_EVENTS:]},
            "waves": lambda: {
                "waves": self._waves[-_MOST_WAVES:],
                "notes": wave_sentences(self._told_waves, self.devices.at_end, self._stops),
            },
            "verdicts": lambda: self._verdicts.told(self.fleet, is_of_fleet=self.is_of_fleet),
        }
        if name in sections:
            return _seen(sections[name]())
        is_fleet = self.fleet is not None and name in SECTIONS
        return _seen(self.fleet.told(name) if is_fleet and self.fleet else self.devices.told(name))

    def _told_run(self) -> dict[str, Any]:
        devices = None if self.fleet is None else self.fleet.devices
        return self._head | {"is_fleet": self.is_of_fleet, "devices": devices}

    def _text(self, value: Any) -> str:
        return self._words[value] if isinstance(value, int) else str(value)

    def _fold_run(self, row: LedgerRow) -> tuple[str, ...]:
        story, title, summary, seed, target, premises, command, _keys, started, *_ = row.values
        self.run = f"{started}/{seed}"
        self._head = {
            "story": story, "title": title, "summary": summary, "seed": seed,
            "target": target, "homes": premises, "command": command, "started": started,
        }  # fmt: skip
        return ("run", "now", "verdicts", "fleet")

    def _fold_input(self, row: LedgerRow) -> tuple[str, ...]:
        kind, origin, text = row.values
        if kind != STORY:
            return ()
        self._planned = PlannedSteps.of(text, origin)
        return ("now",)

    def _fold_word(self, row: LedgerRow) -> tuple[str, ...]:
        self._words[row.number] = row.values[1]
        return ()

    def _fold_governance(self, row: LedgerRow) -> tuple[str, ...]:
        _id, at, event, detail, clause = row.values
        if event == GovernanceEvent.ASSUMPTION:
            return ()
        if is_stop(event, detail):
            self._stops.append(detail)
        self._people.append({"at": at, "event": event, "detail": detail, "clause": clause})
        if event == GovernanceEvent.COMPROMISE:
            self.devices.curve.begin(at)
            return ("people", "curve")
        if event == GovernanceEvent.DEPARTURE:
            self._verdicts.depart(detail)
            return ("people", "verdicts")
        if event == GovernanceEvent.WAVES:
            return ("people", "waves")
        return ("people",)

    def _fold_account(self, row: LedgerRow) -> tuple[str, ...]:
        kind, content = row.values
        if kind not in _TOLD:
            return ()
        (told,) = read_accounts([(kind, content)]).told
        if isinstance(told, Wave):
            self._waves.append(asdict(told))
            self._told_waves.append(told)
            return ("waves",)
        if isinstance(told, RelevantDevices):
            self.devices.curve.of = told.total
            self.devices.curve.of_what = RELEVANT
            return ("curve",)
        if isinstance(told, DeviceOutcome):
            self._verdicts.leave_out(is_outstanding=told.outstanding)
            return (*self.devices.end(told), "verdicts", "waves")
        if isinstance(told, DeviceTaken):
            return self.devices.taken(told.device)
        return ()

    def _fold_step(self, row: LedgerRow) -> tuple[str, ...]:
        number, name, title, started = row.values
        self._planned.begin(name)
        self.devices.mends = self._planned.mends(name)
        self._step = {"number": number, "title": title, "started": started, "verdict": None}
        self._steps.append(self._step)
        return ("now",)

    def _fold_step_end(self, row: LedgerRow) -> tuple[str, ...]:
        number, finished, verdict, reason = row.values
        if self._steps and self._steps[-1]["number"] == number:
            self._step |= {"finished": finished, "verdict": verdict, "reason": reason}
        self._verdicts.end_step(number, Verdict(verdict))
        return ("now", "verdicts") if verdict in BAD else ("now",)

    def _fold_message(self, row: LedgerRow) -> tuple[str, ...]:
        number, _step, device, direction, at, base, octets, _summary = row.values
        way, at = self._text(direction), self._text(at)
        return self.devices.message(number, device, way, at, base, octets)

    def _fold_verdict(self, row: LedgerRow) -> tuple[str, ...]:
        _id, step, device, at, name, word, expected, actual, reason, *_ = row.values
        verdict = Verdict(self._text(word))
        new = self._verdicts.add_check(step, verdict, of_device=device is not None)
        if device is None:
            return ("verdicts",) if new else ()
        sections = ("verdicts",) if new else ()
        if verdict is Verdict.PASSED:
            return (*sections, *self.devices.passed(device, self._text(actual), self._text(at)))
        why = self._text(reason) or f"{self._text(expected)} expected, {self._text(actual)} found"
        text = f"{self._text(name)}: {why}"
        return (*sections, *self.devices.stuck(device, verdict, text, self._text(at)))

    def _fold_end(self, row: LedgerRow) -> tuple[str, ...]:
        self._verdicts.finish(row.values)
        return ("verdicts", "now")

    def _now(self) -> dict[str, Any]:
        return {
            "step": self._step or None,
            "begun": self._planned.begun,
            "of": len(self._planned.steps),
            "next": self._planned.next(),
        }


def _seen(value: Any) -> Any:
    """The same, with every text of others as the page may show it."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: _seen(each) for key, each in value.items()}
    if isinstance(value, list) and not (value and isinstance(value[0], list)):
        return [_seen(each) for each in value]
    return value
