"""`waves`, `stop` and `retry` of a step that sends to many devices: part after part, with pauses.

What is counted, and how it is rounded, stands here in words too, for a report to print.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, WithJsonSchema

from firmware_sim.bench.files.terms import Slug, Strict
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.population.shares import Share, half_up, per_cent

Found = tuple[Location, str]

REST: Final = "rest"
LEAST_FAILURES: Final = 3
"""Fewer failed devices stop nothing: of a small wave one alone would be many per cent."""

WAVES_RULE: Final = (
    "the devices of a step stand in an order that chance gives; each wave is its share of all of "
    "them, rounded to whole devices and a half rounded up, and the last wave is what is left"
)
STOP_RULE: Final = (
    f"after a wave the step stops if at least {LEAST_FAILURES} of its devices failed, and these "
    "are the named share of it or more; devices that could not be reached, and devices that were "
    "sent their command more than once, count neither as failed nor as part of the wave"
)
"""Both are printed in the report of a run with waves."""

MAX_ATTEMPTS: Final = 100
_SHARE: Final = TypeAdapter[Fraction](Share)
_PER_CENT_SCHEMA: Final = {"type": "string", "pattern": r"^\d{1,3}(\.\d{1,4})? ?%$"}
_SPAN: Final = re.compile(r"(\d{1,5}) ?(m|h|d)")
_MINUTES: Final = {"m": 1, "h": 60, "d": 24 * 60}
_LONGEST: Final = timedelta(days=400)

T = TypeVar("T")


def _share_or_rest(value: object) -> object:
    if value == REST:
        return value
    try:
        return _SHARE.validate_python(value)
    except ValidationError:
        mend = f"write one such as 20%, or {REST} for all that is left"
        raise ValueError(f"{value!r} is no share of a wave; {mend}") from None


def _span(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    span = timedelta() if found is None else timedelta(minutes=int(found[1]) * _MINUTES[found[2]])
    if not timedelta() < span <= _LONGEST:
        raise ValueError(f"{value!r} is no time; write one such as 30m, 2h or 1d, up to 400 days")
    return span


PartShare = Annotated[
    Fraction | Literal["rest"],
    BeforeValidator(_share_or_rest),
    WithJsonSchema({"anyOf": [_PER_CENT_SCHEMA, {"const": REST}]}),
]
Span = Annotated[
    timedelta,
    BeforeValidator(_span),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,5} ?[mhd]$"}),
]
"""A length of time on the drill's clock, in whole minutes."""


class WaveTerm(Strict):
    """One wave: which share of the step's devices it is."""

    share: PartShare
    """In per cent of all devices of the step, or `rest` for what is left."""
    name: Slug | None = None
    """What a report calls it; without it the number."""

    def title(self, number: int) -> str:
        """How a report calls the wave with that number, from 1."""
        return self.name or f"wave {number}"


class StopTerm(Strict):
    """When no further wave begins."""

    failed: Annotated[Share, WithJsonSchema(_PER_CENT_SCHEMA)]
    """The share of failed devices, in per cent, from which the step stops."""
    of: Literal["wave"] = "wave"
    """Of what it is a share."""

    def stops(self, failed: int, counted: int) -> bool:
        """Whether so many failed devices, of so many that count, end the step; see `STOP_RULE`."""
        return failed >= LEAST_FAILURES and failed >= self.failed * counted

    def __str__(self) -> str:
        return f"{per_cent(self.failed)} of a wave, and at least {LEAST_FAILURES} devices"


class RetryTerm(Strict):
    """How often a command without an answer is sent, and how long the party waits in between."""

    attempts: Annotated[int, Field(strict=True, ge=1, le=MAX_ATTEMPTS)]
    """How often it is sent, the first time among them."""
    back_off: Annotated[Span, Field(alias="back off")]
    """The wait between one time and the next, e.g. 30m, 2h or 1d."""

    @property
    def minutes(self) -> int:
        """The back-off in whole minutes."""
        return self.back_off // timedelta(minutes=1)

    @property
    def longest(self) -> timedelta:
        """All that it may wait for one device."""
        return self.back_off * (self.attempts - 1)


def sizes(waves: Sequence[WaveTerm], devices: int) -> list[int]:
    """How many devices each wave has; they add up to all of them."""
    found: list[int] = []
    for wave in waves[:-1]:
        share = wave.share if isinstance(wave.share, Fraction) else Fraction(1)
        found.append(min(half_up(share * devices), devices - sum(found)))
    return [*found, devices - sum(found)]


def parts(waves: Sequence[WaveTerm], ordered: Sequence[T]) -> Iterator[tuple[str, list[T]]]:
    """Name and devices of each wave, of devices that stand in their order."""
    begin = 0
    for number, (wave, size) in enumerate(zip(waves, sizes(waves, len(ordered)), strict=True), 1):
        yield wave.title(number), list(ordered[begin : begin + size])
        begin += size


def empty_waves(waves: Sequence[WaveTerm], devices: int) -> Iterator[Found]:
    """Waves in which no device would be, as mistakes in a list of waves."""
    for number, (wave, size) in enumerate(zip(waves, sizes(waves, devices), strict=True)):
        if devices and not size:
            share = wave.share if isinstance(wave.share, str) else per_cent(wave.share)
            text = f"{share} of {devices} devices is no device"
            yield (number, "share"), f"{text}; give it a larger share, or the drill more premises"


def wave_mistakes(
    waves: Sequence[WaveTerm], stop: StopTerm | None, *, is_refused: bool
) -> Iterator[Found]:
    """What is wrong between the waves of one step.

    Args:
        is_refused: the step's commands must be refused.
    """
    if stop is not None and not waves:
        yield ("stop",), "there are no waves to stop after; give the step waves"
    if waves and is_refused:
        yield ("waves",), "commands that must be refused are not sent in waves; leave waves out"
    names = [wave.title(number) for number, wave in enumerate(waves, 1)]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield ("waves", number, "name"), f"two waves are named {name!r}"
    early = [number for number, wave in enumerate(waves[:-1]) if wave.share == REST]
    for number in early:
        text = f"{REST} is all that is left, so no wave comes after it; put it last"
        yield ("waves", number, "share"), text
    if not early:
        yield from _sum_mistakes(waves)


def _sum_mistakes(waves: Sequence[WaveTerm]) -> Iterator[Found]:
    shares = [wave.share for wave in waves if isinstance(wave.share, Fraction)]
    together = sum(shares, Fraction())
    has_rest = len(shares) < len(waves)
    if together > 1 or (together == 1 and has_rest):
        left = f", so that nothing is left for {REST}" if has_rest and together == 1 else ""
        text = f"the waves are {per_cent(together)} of the devices{left}"
        yield ("waves",), f"{text}; give up to 100% in all"
    elif waves and together < 1 and not has_rest:
        text = f"the waves are {per_cent(together)} of the devices"
        yield ("waves",), f"{text}; let the last one be {{share: {REST}}}"
