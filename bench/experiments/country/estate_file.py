"""The file of a plan: an estate, what carries messages to it, who signs, and in which order.

A value is an assumption unless `known` says where it comes from.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, Field, model_validator

from firmware_sim.bench.drills.wave_terms import RetryTerm, Span, StopTerm, WaveTerm
from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import read_model, read_text
from firmware_sim.bench.files.terms import OneLine, Slug, Strict, Type
from firmware_sim.bench.files.yaml_mistakes import Location, suggestion
from firmware_sim.bench.population.shares import Share, per_cent
from firmware_sim.gbcs.roles import DeviceType

SEE: Final = page("fleet-plan")
MAX_PREMISES: Final = 10**9
_MAX_RATE: Final = 10**9
_HOURS: Final = 24

Found = tuple[Location, str]
Positive = Annotated[float, Field(gt=0, le=_MAX_RATE, allow_inf_nan=False)]
Number = Annotated[int, Field(strict=True, ge=1, le=MAX_PREMISES)]


class RegionTerm(Strict):
    """A part of the country that shares a WAN."""

    share: Share
    """Of all devices, in per cent; those of all regions make 100 %."""
    messages_a_second: Annotated[Positive, Field(alias="messages a second")]
    """What its WAN carries for this recovery, commands and responses together."""


class AwayTerm(Strict):
    """Devices that cannot be reached when their command comes, by how long that lasts."""

    share: Share
    """Of all devices, in per cent."""
    back: Span | Literal["never"]
    """After how long half of them can be reached, e.g. 2d; or `never`."""


class SigningTerm(Strict):
    """Who signs commands, each for one device: an HSM, or a ceremony with custodians."""

    commands_a_second: Annotated[Positive, Field(alias="commands a second")]
    hours_a_day: Annotated[
        float, Field(alias="hours a day", gt=0, le=_HOURS, allow_inf_nan=False)
    ] = _HOURS
    """From the hour in which the recovery begins, every day."""


class PlanWave(WaveTerm):
    """A wave, and how long it is watched before the next begins."""

    watch: Span | None = None
    """After every device of it was asked once."""


class RehearsalTerm(Strict):
    """What it takes to rehearse the whole on computers."""

    hours: Positive
    """In which it is to be done."""
    cpu_microseconds: Annotated[Positive | None, Field(alias="cpu microseconds")] = None
    """CPU time a device; left out, it is taken from a finished run (`--measured`)."""


class CountryEstate(Strict):
    """The whole file."""

    title: OneLine
    premises: Number
    devices: Annotated[Mapping[Type, Share], Field(min_length=1)]
    """Of each type that gets a command: in how many of the premises there is one, in per cent."""
    regions: Annotated[Mapping[Slug, RegionTerm], Field(min_length=1, max_length=64)]
    away: Annotated[Mapping[Slug, AwayTerm], Field(max_length=16)] = {}
    lost: Share | None = None
    """Commands, or their answers, that are lost on the way to a device that can be reached."""
    fails: Share | None = None
    """Devices that refuse for good, and must be replaced."""
    messages_a_command: Annotated[
        int, Field(alias="messages a command", strict=True, ge=1, le=1000)
    ] = 2
    """Of the WAN's, for one command with its response."""
    signing: SigningTerm
    waves: Annotated[tuple[PlanWave, ...], Field(min_length=1, max_length=64)]
    stop: StopTerm | None = None
    retry: RetryTerm
    rehearsal: RehearsalTerm | None = None
    known: Mapping[str, OneLine] = {}
    """Where values come from, by their key (`premises`, `regions.north.share`)."""

    @model_validator(mode="after")
    def _at_least_one_device(self) -> Self:
        if not self.total:
            raise ValueError("the estate has no device; give more premises")
        return self

    @property
    def by_type(self) -> dict[DeviceType, int]:
        """Devices that get a command."""
        return {kind: int(share * self.premises) for kind, share in self.devices.items()}

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_type.values())


def read_estate(path: Path) -> CountryEstate:
    """An estate file.

    Raises:
        UsageError: it cannot be read, or contradicts itself; says in which lines and keys.
    """
    return parse_estate(read_text(path, "estate"), path.name)


def parse_estate(text: str, origin: str) -> CountryEstate:
    """See `read_estate`."""
    return read_model(text, origin, CountryEstate, SEE, contradictions)


def contradictions(estate: CountryEstate) -> Iterator[Found]:
    """What no single value shows."""
    regions = sum((each.share for each in estate.regions.values()), Fraction(0))
    if regions != 1:
        yield ("regions",), f"the shares of all regions make {per_cent(regions)}, not 100%"
    away = sum((each.share for each in estate.away.values()), Fraction(0))
    if away >= 1:
        yield ("away",), f"{per_cent(away)} of the devices are away: none can be reached"
    yield from _waves(estate)
    if estate.stop is not None and estate.fails is not None and estate.fails >= estate.stop.failed:
        text = f"the recovery stops at {per_cent(estate.stop.failed)} of failed devices, and "
        yield ("stop", "failed"), f"{text}{per_cent(estate.fails)} of them fail: it cannot end"
    names = dict(values(estate))
    for name in estate.known:
        if name not in names:
            near = suggestion(name, names)
            yield ("known", name), f"{name!r} is no value of this file{near}"


def _waves(estate: CountryEstate) -> Iterator[Found]:
    *earlier, last = estate.waves
    share = Fraction(0)
    for number, wave in enumerate(earlier):
        if not isinstance(wave.share, Fraction):
            yield ("waves", number, "share"), "only the last wave is what is left"
            return
        share += wave.share
    if isinstance(last.share, Fraction):
        if share + last.share != 1:
            all_of_them = per_cent(share + last.share)
            yield ("waves",), f"the waves make {all_of_them} of the devices, not 100%"
    elif share >= 1:
        yield ("waves",), "nothing is left for the last wave"


def values(estate: CountryEstate) -> Iterator[tuple[str, str]]:
    """Every value of the file, by its key, as a person writes it."""
    for name, field in CountryEstate.model_fields.items():
        if name not in ("title", "known"):
            yield from _written(field.alias or name, getattr(estate, name))


def _written(key: str, value: object) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _written(f"{key}.{field.alias or name}", getattr(value, name))
    elif isinstance(value, Mapping):
        for name, each in value.items():
            title = name.name if isinstance(name, DeviceType) else name
            yield from _written(f"{key}.{title}", each)
    elif isinstance(value, tuple):
        for number, each in enumerate(value, 1):
            yield from _written(f"{key}.{number}", each)
    elif isinstance(value, Fraction):
        yield key, per_cent(value)
    elif isinstance(value, timedelta):
        yield key, str(value)
    else:
        yield key, f"{value:,}" if isinstance(value, int) else f"{value}"
