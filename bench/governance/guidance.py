"""The SMKI Recovery Key Guidance: what the SMKI PMA considers before it decides (SEC L10.9).

A versioned YAML file. One comes with the project; a drill can be given another.
"""

from collections.abc import Collection, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import read_model, read_text
from firmware_sim.bench.files.terms import named
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.governance.states import CaseEvent

_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


BEFORE: Final = {
    "confirm": CaseEvent.CONFIRM,
    "prepare": CaseEvent.PREPARE,
    "ask for information": CaseEvent.ASK,
    "replace by own key": CaseEvent.REPLACE_SOFTLY,
}
"""What a Guidance can want done before a decision."""

_Before = Annotated[CaseEvent, named(BEFORE, "step before a decision")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GuidanceFactor(_Part):
    """What is to be considered; a weight of 0 says nothing of its importance."""

    name: _Slug
    question: _Line
    weight: Annotated[int, Field(strict=True, ge=0, le=100)] = 0


class Guidance(_Part):
    """The whole document.

    Attributes:
        mandatory: factors that every decision must answer (SEC L10.9(a)).
        optional: factors that it may answer as well (SEC L10.9(b), (c)).
        criteria: how the members go about it (SEC L10.9(d)).
        before: what must have been done about the Compromise before a decision (SEC L10.9(d)).
    """

    version: _Line
    mandatory: Annotated[tuple[GuidanceFactor, ...], Field(min_length=1)]
    optional: tuple[GuidanceFactor, ...] = ()
    criteria: tuple[_Line, ...] = ()
    before: tuple[_Before, ...] = ()

    def unanswered(self, answered: Collection[str]) -> tuple[str, ...]:
        """The mandatory factors that have no answer."""
        return tuple(each.name for each in self.mandatory if each.name not in answered)

    def not_done(self, done: Collection[CaseEvent]) -> tuple[CaseEvent, ...]:
        """What must come before a decision and has not been done."""
        return tuple(each for each in self.before if each not in done)

    def by_weight(self, answered: Collection[str]) -> tuple[GuidanceFactor, ...]:
        """The factors that have an answer: the mandatory ones, then the others by weight."""
        optional = sorted(self.optional, key=lambda each: -each.weight)
        return tuple(each for each in (*self.mandatory, *optional) if each.name in answered)

    def unknown(self, answered: Collection[str]) -> tuple[str, ...]:
        """Answers to factors that the Guidance does not have."""
        known = {each.name for each in (*self.mandatory, *self.optional)}
        return tuple(sorted(set(answered) - known))


def shipped_guidance() -> Guidance:
    """The Guidance that comes with the project."""
    file = files("firmware_sim.bench.governance") / "guidance.yaml"
    return read_guidance(file.read_text("utf-8"), file.name)


def load_guidance(path: Path) -> Guidance:
    """A Guidance from a file.

    Raises:
        UsageError: it cannot be read, or is none; says in which lines and fields.
    """
    return read_guidance(read_text(path, "Guidance"), str(path))


def read_guidance(text: str, origin: str) -> Guidance:
    """A Guidance from YAML text; `origin` names it in errors.

    Raises:
        UsageError: not YAML, no mandatory factor, or a factor twice; lists every mistake.
    """
    return read_model(text, origin, Guidance, page("governance"), _mistakes)


def _mistakes(guidance: Guidance) -> Iterator[tuple[Location, str]]:
    seen: set[str] = set()
    for part in ("mandatory", "optional"):
        for number, factor in enumerate(getattr(guidance, part)):
            if factor.name in seen:
                yield (part, number, "name"), f"the factor {factor.name!r} stands there twice"
            seen.add(factor.name)
