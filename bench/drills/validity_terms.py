"""`validity` of a story: from when to when some certificates are valid."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from firmware_sim.bench.drills.story_terms import Generation, Slug, Strict
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.bench.smki.validity import Period
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId

Certified = TrustAnchorCellId | CertificateKind
"""What a certificate is for: a cell of a party, or an authority."""

ROOT, ISSUER = CertificateKind.ROOT_OCA, CertificateKind.ISSUING_OCA

_EACH_CELL: Final = {str(cell): (cell,) for cell in PARTY_CELLS}
_EACH_ROLE: Final = {
    role.label: tuple(cell for cell in PARTY_CELLS if cell.role is role)
    for role in RemotePartyRole
    if any(cell.role is role for cell in PARTY_CELLS)
}
_MEANT: Final[dict[str, tuple[Certified, ...]]] = {
    "all": PARTY_CELLS,
    **_EACH_ROLE,
    **_EACH_CELL,
    "root-oca": (ROOT,),
    "issuing-oca": (ISSUER,),
}
_YEARS_OF_DAYS: Final = range(1950, 9999)
"""RFC 5280 4.1.2.5 has no form for an earlier day, and the last second of 9999 means no expiry."""

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


def _named(text: str) -> str:
    if text not in _MEANT:
        near = suggestion(text, _MEANT)
        raise ValueError(f"{text!r} is no certificate of a drill{near}")
    return text


def _day(value: object) -> object:
    """A day as YAML reads it, or as a text; a moment would promise more than is kept."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a day such as 2026-12-31")  # noqa: TRY004
    if value.year not in _YEARS_OF_DAYS:
        raise ValueError(f"no certificate can say {value}; give a year from 1950 to 9998")
    return value


CertificateSelector = Annotated[
    str,
    AfterValidator(_named),
    WithJsonSchema({"type": "string", "enum": list(_MEANT)}),
]
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
_Years = Annotated[int, Field(strict=True, ge=1, le=100)]


class ValidityTerm(Strict):
    """When some certificates are valid, in whole days of UTC; later entries decide."""

    certificates: Annotated[tuple[CertificateSelector, ...], Field(min_length=1)]
    """Those for a role, for one cell, for every cell of a party (`all`), or of an authority."""
    party: Slug | None = None
    """Only those of this organisation."""
    generation: Generation | None = None
    """Only of this generation; without it of all."""
    under: Generation | None = None
    """Only those that the authority above has issued in this generation: the Issuing OCA, or the
    root for `issuing-oca`, and for a `root-oca` that vouches for another root."""
    first: Annotated[Day | None, Field(alias="from")] = None
    """The first day; without it 2020-01-01."""
    last: Annotated[Day | None, Field(alias="until")] = None
    """The last day, to its end; without it that of all other certificates of a drill."""
    years: _Years | None = None
    """How long, in place of one of the two days."""

    @model_validator(mode="after")
    def _two_of_three(self) -> Self:
        days = (self.first, self.last)
        if days == (None, None):
            raise ValueError("say from when, or until when, or both")
        if self.years is not None and None not in days:
            raise ValueError("from, until and years say one thing twice; leave one out")
        try:
            period = self.period
        except ValueError:
            raise ValueError(f"{self.years} years leave the calendar; give fewer") from None
        if period.first and period.last and period.last < period.first:
            raise ValueError(f"the last day, {self.last}, is before the first, {self.first}")
        return self

    @property
    def period(self) -> Period:
        """The first and the last second."""
        first = self.first
        end = None if self.last is None else self.last + _DAY
        if self.years is not None and first is not None:
            end = _later(first, self.years)
        elif self.years is not None and end is not None:
            first = _later(end, -self.years)
        return Period(
            None if first is None else _midnight(first),
            None if end is None else _midnight(end) - _SECOND,
        )

    @property
    def meant(self) -> frozenset[Certified]:
        """What the certificates are for: cells of parties, or authorities."""
        return frozenset(what for name in self.certificates for what in _MEANT[name])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _later(day: date, years: int) -> date:
    """The same day so many years on; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
