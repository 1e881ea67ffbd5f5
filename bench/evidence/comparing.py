"""Two runs side by side: what changed since the last periodic test (SEC L10.1(e)).

A comparison is no verdict: shorter and fewer is called better, and whether that is enough, people
say.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cached_property
from math import inf, isinf
from typing import Any, Final, NamedTuple

from firmware_sim.bench.evidence.run_figures import SHARES, RunFigures
from firmware_sim.bench.evidence.story_difference import story_difference
from firmware_sim.bench.evidence.wording import span

FORMAT: Final = "firmware-sim/comparison/1"

NOT_TOLD: Final = "not told"
NEVER: Final = "never"

OTHER_STORIES: Final = (
    "The two runs are of different stories: what is better or worse below may come from the story "
    "alone, and not from what people or devices did."
)

_COMES: Final = {
    (True, True): "in neither run",
    (True, False): "now reached",
    (False, True): "no longer reached",
}
"""By whether the old run, and the new one, never came to it."""


class Change(NamedTuple):
    """One figure of both runs.

    Attributes:
        name: for programs.
        label: for people.
        old, new: None where a run does not tell it; infinite where it never came to it.
        judgement: ``better``, ``worse`` or ``same``; empty where one of the two is not told, or
            where neither more nor less is good.
    """

    name: str
    label: str
    old: float | None
    new: float | None
    judgement: str
    write: Callable[[float], str]

    @property
    def words(self) -> tuple[str, str, str]:
        """Old, new and the change, for people."""
        old, new = self._word(self.old), self._word(self.new)
        if self.old is None or self.new is None:
            return old, new, ""
        if isinf(self.old) or isinf(self.new):
            return old, new, _COMES[isinf(self.old), isinf(self.new)]
        by = self.new - self.old
        sign = "+" if by > 0 else "\N{MINUS SIGN}"
        return old, new, f"{sign}{self.write(abs(by))}" if by else "no change"

    def as_json(self) -> dict[str, Any]:
        """Numbers and null; what never came is a word, as JSON knows no infinity."""
        old, new = (NEVER if each == inf else each for each in (self.old, self.new))
        return {"name": self.name, "old": old, "new": new, "judgement": self.judgement}

    def _word(self, value: float | None) -> str:
        if value is None:
            return NOT_TOLD
        return NEVER if isinf(value) else self.write(value)


class Comparison:
    """Of an old run and a new one."""

    def __init__(self, old: RunFigures, new: RunFigures) -> None:
        self.old = old
        self.new = new

    @cached_property
    def changes(self) -> list[Change]:
        """Every figure, times first."""
        return [*self._times(), *self._counts()]

    @cached_property
    def warnings(self) -> list[str]:
        """Why the two may not be comparable, a sentence each."""
        old, new = self.old, self.new
        found = []
        if old.story != new.story:
            found.append(
                f"These are runs of two stories, {old.story} and {new.story}: their times and "
                "their clauses are of two procedures, and only the verdicts compare."
            )
        elif old.story_digest != new.story_digest:
            found.append(
                f"The story {old.story} was changed between the two runs: a time may differ "
                "because the story sets it, a number because it names other devices."
            )
        for what, mine, theirs in (
            ("firmware-sim", old.version, new.version),
            ("the target", old.target, new.target),
        ):
            if mine != theirs:
                found.append(
                    f"They differ in {what}: {mine} and {theirs}. Every figure may differ by that."
                )
        if old.devices != new.devices:
            found.append(
                f"They have {old.devices:,} and {new.devices:,} devices: numbers of devices do not "
                "compare; times do."
            )
        for name, run in (("old", old), ("new", new)):
            if run.outcome is None:
                found.append(
                    f"The {name} run never came to its end: what it had not reached by then is "
                    "missing from every figure."
                )
        return found

    @property
    def is_of_two_stories(self) -> bool:
        """Whether a figure may be better or worse because the story says so."""
        old, new = self.old, self.new
        return (old.story, old.story_digest) != (new.story, new.story_digest)

    @cached_property
    def story_changes(self) -> list[str]:
        """The lines in which the stories differ; empty if they do not, or one was not kept."""
        old, new = self.old.story_text, self.new.story_text
        return story_difference(old, new) if old and new else []

    @property
    def reasons(self) -> list[str]:
        """What explains a later recovery, a sentence each."""
        old, new = self.old.waited_s, self.new.waited_s
        if old is None or new is None or old == new:
            return []
        more = "longer" if new > old else "less long"
        told = (
            f"Waves of the new run waited {span(abs(new - old))} {more} for devices that did not "
            f"answer ({span(new)}, and {span(old)} before): all that came after them moved by that."
        )
        return [told]

    @property
    def worse(self) -> list[str]:
        """Names of the figures that are worse, times first."""
        return [each.name for each in self.changes if each.judgement == "worse"]

    @property
    def gained(self) -> list[str]:
        """Clauses for which the new run did something, and the old one nothing."""
        return _more(self.new.earned, self.old.earned)

    @property
    def lost(self) -> list[str]:
        """Clauses for which the old run did something, and the new one nothing."""
        return _more(self.old.earned, self.new.earned)

    @property
    def verifies(self) -> bool:
        """Whether both ledgers do."""
        return not (self.old.ledger_problem or self.new.ledger_problem)

    def as_json(self) -> dict[str, Any]:
        """What ``drill compare --json`` prints."""
        return {
            "format": FORMAT,
            "verifies": self.verifies,
            "warnings": self.warnings,
            "story_changes": self.story_changes,
            "old": _as_json(self.old),
            "new": _as_json(self.new),
            "changes": [each.as_json() for each in self.changes],
            "clauses": {"gained": self.gained, "lost": self.lost},
        }

    def _times(self) -> Iterator[Change]:
        for name, label, (old, new) in (
            ("decision_s", "First decision of the SMKI PMA", self._reached("decision_s")),
            ("first_device_s", "First device recovered", self._reached("first_device_s")),
            *(
                (
                    f"share_{share}_s",
                    f"{share} % of the {self._whole} recovered",
                    tuple(_reached(run, run.share_s[share]) for run in (self.old, self.new)),
                )
                for share in SHARES
            ),
            ("median_s", "Exposure, median of those recovered", self._reached("median_s")),
            ("waited_s", "Waves waited for silent devices", self._both("waited_s")),
            ("attacked_s", "Attacker held a device, at most", self._both("attacked_s")),
        ):
            # That the SMKI PMA had to decide nothing is neither better nor worse.
            is_undecided = name == "decision_s" and inf in (old, new)
            yield Change(name, label, old, new, "" if is_undecided else _judged(old, new), span)

    def _both(self, name: str) -> tuple[float | None, float | None]:
        return getattr(self.old, name), getattr(self.new, name)

    def _reached(self, name: str) -> tuple[float | None, float | None]:
        old, new = self._both(name)
        return _reached(self.old, old), _reached(self.new, new)

    @property
    def _whole(self) -> str:
        is_event = None not in (self.old.relevant, self.new.relevant)
        return "Relevant Devices" if is_event else "devices"

    def _counts(self) -> Iterator[Change]:
        for name, label, has_better in (
            ("relevant", "Relevant Devices", False),
            ("recovered", "Devices recovered", False),
            ("to_recover", "Devices to be recovered", False),
            ("lost", "Devices not recovered", True),
            ("failed", "Devices that failed a check", True),
            ("unreachable", "Devices that never answered", True),
            ("attacked", "Devices an attacker changed", True),
            ("attacker_lost", "Devices an attacker holds at the end", True),
            ("faults", "Departures from the procedure", True),
        ):
            mine, theirs = self._both(name)
            judgement = _judged(mine, theirs) if has_better else ""
            yield Change(name, label, mine, theirs, judgement, _number)


def _as_json(run: RunFigures) -> dict[str, Any]:
    """Without the text of the story: of that, what differs is told."""
    figures = asdict(run)
    del figures["story_text"]
    return figures


def _reached(run: RunFigures, seconds: float | None) -> float | None:
    """Infinite if it is known how many devices there were, and so many never were recovered."""
    return inf if seconds is None and run.to_recover else seconds


def _judged(old: float | None, new: float | None) -> str:
    if old is None or new is None:
        return ""
    return "same" if old == new else "better" if new < old else "worse"


def _more(these: dict[str, bool], those: dict[str, bool]) -> list[str]:
    return [reference for reference, done in these.items() if done and not those.get(reference)]


def _number(value: float) -> str:
    return f"{value:,.0f}"
