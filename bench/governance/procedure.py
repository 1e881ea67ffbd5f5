"""The procedure of one drill: a case for each Compromise, what was departed from, the verdict."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.bench.governance import invariants
from firmware_sim.bench.governance.assumptions import Assumptions
from firmware_sim.bench.governance.book import EventRecord, ProcedureBook
from firmware_sim.bench.governance.breach import BreachStep
from firmware_sim.bench.governance.committee import Meeting
from firmware_sim.bench.governance.compromise import Body, Compromise
from firmware_sim.bench.governance.decision import VerifiedDecision
from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.bench.governance.guidance import Guidance, shipped_guidance
from firmware_sim.bench.governance.relevant_devices import RelevantDeviceSet
from firmware_sim.bench.governance.states import CaseEvent, CaseState, Track
from firmware_sim.bench.governance.transitions import (
    BESIDE,
    ENDS,
    TRANSITIONS,
    CaseFacts,
    Transition,
    next_to_do,
    rows_from,
)
from firmware_sim.bench.outcome import ProcedureVerdict
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId

_ORDER: Final = {state: number for number, state in enumerate(CaseState)}


class ProcedureDeparture(NamedTuple):
    """The procedure was not followed here.

    Attributes:
        invariant: name of the invariant that is broken; empty if it is another rule.
    """

    at: datetime
    step: str
    text: str
    clause: str
    invariant: str = ""

    def __str__(self) -> str:
        name = f"{self.invariant}: " if self.invariant else ""
        return f"{name}{self.text} [SEC {self.clause}]"


@dataclass(slots=True, eq=False)
class Case:
    """What is known and done about one Compromise.

    Attributes:
        name: of the step that put it on record.
        cells: that hold, or may hold, certificates of the key.
        devices: that held them when the Compromise was put on record.
        commanded: devices to which a command under a protected key went.
        rebuttals: steps about a deemed breach, each with the label of the Relevant Subscriber.
        key: that fell; `relevant` are the Relevant Devices of its Event, taken just before it.
        attempted: devices of which ordinary commands tried to replace the credentials.
        asked: whose information the SMKI PMA waits for.
        done: what has been done about it so far.
        infeasible: devices of which it is on record why that was not tried; `reasons` says why.
    """

    name: str
    compromise: Compromise
    state: CaseState = CaseState.NORMAL
    facts: CaseFacts = field(default_factory=CaseFacts)
    cells: frozenset[TrustAnchorCellId] = frozenset()
    devices: frozenset[EntityId] = frozenset()
    decision: VerifiedDecision | None = None
    event: EventRecord | None = None
    key: FallenKey | None = None
    relevant: RelevantDeviceSet | None = None
    attempted: set[EntityId] = field(default_factory=set)
    infeasible: set[EntityId] = field(default_factory=set)
    asked: set[Body] = field(default_factory=set)
    done: set[CaseEvent] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)
    commanded: set[EntityId] = field(default_factory=set)
    rebuttals: list[tuple[str, BreachStep]] = field(default_factory=list)
    tracks: set[Track] = field(default_factory=set)


class Procedure:
    """What the people of a drill do, one event after the other.

    Args:
        guidance: by which decisions are considered.
    """

    def __init__(
        self, assumptions: Assumptions | None = None, guidance: Guidance | None = None
    ) -> None:
        self.assumptions = assumptions or Assumptions()
        self.guidance = guidance or shipped_guidance()
        self.book = ProcedureBook()
        self.cases: list[Case] = []
        self.meeting: Meeting | None = None
        self._departures: dict[tuple[str, str], ProcedureDeparture] = {}
        self._step = ""
        self._at: datetime | None = None
        self._acted = False

    @property
    def departures(self) -> tuple[ProcedureDeparture, ...]:
        """Everything that was not done as it should be, in order, each once."""
        return tuple(self._departures.values())

    @property
    def verdict(self) -> ProcedureVerdict:
        """Whether the procedure was followed as far as the drill went."""
        if self._departures:
            return ProcedureVerdict.NOT_FOLLOWED
        return ProcedureVerdict.FOLLOWED if self._acted else ProcedureVerdict.NOTHING_TO_FOLLOW

    def begin(self, step: str, at: datetime) -> None:
        """A step of the story begins: what follows happens in it."""
        self._step, self._at = step, at

    def open_case(self, case: Case) -> None:
        """A Compromise is put on record."""
        self.cases.append(case)
        self._acted = True
        if case.facts.is_relevant:
            self.fire(case, CaseEvent.SUSPECT)

    def fire(self, case: Case, event: CaseEvent) -> None:
        """Something is done about a Compromise: go on by the table.

        Where the table has no such way, or its condition does not hold, that is a departure, and
        the case goes on, forward only: what devices do is judged all the same.
        """
        self._acted = True
        case.done.add(event)
        rows = rows_from(case.state, event)
        fitting = [row for row in rows if row.guard is None or row.guard.holds(case.facts)]
        if fitting:
            self._move(case, fitting[0])
            return
        if rows:
            guard = rows[0].guard
            assert guard is not None  # noqa: S101 - a row without one fits
            self.depart(f"{event}, but it does not hold that {guard.words}", guard.clause)
            self._move(case, rows[0])
            return
        usual = next(row for row in TRANSITIONS if row.event is event)
        due = next_to_do(case.state)
        before = f": first of all {due.event} [SEC {due.clause}]" if due is not None else ""
        self.depart(f"{event} while the case stands at “{case.state}”{before}", usual.clause)
        if _ORDER[usual.target] > _ORDER[case.state]:
            self._move(case, usual)

    def act(self) -> None:
        """Something was done that belongs to a procedure, though to no case."""
        self._acted = True

    def depart(self, text: str, clause: str, invariant: str = "") -> None:
        """The procedure was not followed; the same departure counts once."""
        self._acted = True
        if self._at is None:
            raise ValueError("no step has begun")
        text = text.removesuffix(f" [SEC {clause}]")  # who refused may have named it already
        departure = ProcedureDeparture(self._at, self._step, text, clause, invariant)
        self._departures.setdefault((invariant, text), departure)

    def check_invariants(self) -> None:
        """Look at every invariant: to be called after every step."""
        for invariant, how in invariants.broken(self.book):
            self.depart(how, invariant.clause, invariant.name)

    def finish(self) -> None:
        """The story is over: what was not done by now was not done."""
        self.book.is_over = True
        for case in self.cases:
            if case.state is CaseState.REPORTED:
                self.fire(case, CaseEvent.CLOSE)
            due = next_to_do(case.state)
            if case.state not in ENDS and due is not None:
                self.depart(
                    f"the drill ends while the case stands at “{case.state}”: not done was that "
                    f"{due.event}",
                    due.clause,
                )
        for question, answer in self.book.questions.items():
            if not answer:
                text = f"the question {question} was referred to the SMKI PMA and not determined"
                self.depart(text, "L10.2(c)(ii)")
        self.check_invariants()

    def relevant_devices(self) -> frozenset[EntityId]:
        """Of all Recovery Events of the drill."""
        return frozenset[EntityId]().union(*(event.devices for event in self.book.events))

    def open_cases(self, *states: CaseState) -> Iterator[Case]:
        """The cases that stand in one of these states."""
        return (case for case in self.cases if case.state in states)

    def _move(self, case: Case, row: Transition) -> None:
        case.state = row.target
        case.tracks.update(BESIDE.get(row.target, ()))
        self.book.earned.add(row.clause)
