"""`population` of a story: how many homes, whose they are, and what is not as it should be.

Organisations are named here, and by these names everywhere else in a story. Without `population` a
story has one supplier and one network operator, as stories always had.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from firmware_sim.bench.files.terms import Slug, Strict, Type, one_of
from firmware_sim.bench.files.yaml_mistakes import Location, suggestion
from firmware_sim.bench.population.shares import Share, half_up, per_cent
from firmware_sim.bench.population.smi import Smi, SmiStatus
from firmware_sim.gbcs.roles import RemotePartyRole

DCC = "dcc"
"""The organisation in every role that is the DCC's."""

SUPPLIER, NETWORK_OPERATOR, LOAD_CONTROLLER = "supplier", "network-operator", "load-controller"
"""The one organisation in a role of which a story names none."""

MAX_PREMISES = 1 << 24

MAX_ORGANISATIONS = 256
"""In one role."""

_ROLE_NAMES = frozenset(role.label for role in RemotePartyRole)


def called(organisation: str) -> str:
    """What people call it: `the DCC`, `alpha`; of a role without names, `the network operator`."""
    if organisation == DCC:
        return "the DCC"
    unnamed = organisation in {SUPPLIER, NETWORK_OPERATOR, LOAD_CONTROLLER}
    return f"the {organisation.replace('-', ' ')}" if unnamed else organisation


Shares = Annotated[Mapping[Slug, Share], Field(min_length=1, max_length=MAX_ORGANISATIONS)]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class DrawnDevices(Strict):
    """Devices that chance takes, as a number or as a share of those that are meant.

    Attributes:
        types: only devices of these types; none for all.
        supplier: only devices whose Responsible Supplier this is.
        count: how many of them.
        share: which part of them, in per cent.
    """

    model_config = ConfigDict(json_schema_extra=one_of(count="integer", share="string"))

    types: tuple[Type, ...] = ()
    supplier: Slug | None = None
    count: Annotated[int, Field(strict=True, ge=1)] | None = None
    share: Share | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.count is None) == (self.share is None):
            raise ValueError("give either count or share, e.g. count: 12 or share: 10%")
        return self

    def number_of(self, candidates: int) -> int:
        """How many are taken from so many; may be more than there are."""
        if self.share is None:
            return self.count or 0
        return half_up(self.share * candidates)

    def __str__(self) -> str:
        amount = str(self.count) if self.share is None else per_cent(self.share)
        kinds = " or ".join(kind.name for kind in self.types) or (
            "device" if self.count == 1 else "devices"
        )
        return f"{amount} {kinds}" + (f" of {self.supplier}" if self.supplier else "")


_Several = Annotated[tuple[DrawnDevices, ...], Field(min_length=1)]
_OneOrMore = Annotated[
    _Several, BeforeValidator(_as_list, json_schema_input_type=DrawnDevices | _Several)
]


class Misheld(DrawnDevices):
    """Devices of one organisation whose cells hold another's certificates, unknown to both.

    Attributes:
        at: the organisation whose cells they are.
        hold: the one whose certificates stand in them, in the same role.
    """

    at: Slug
    hold: Slug


class Population(Strict):
    """Homes and organisations.

    Attributes:
        premises: how many homes there are.
        suppliers: shares of the homes; each supplies both fuels, unless `gas_suppliers` differ.
        gas_suppliers: those of GSME and GPF, drawn apart from the suppliers of electricity.
        network_operators: shares of the homes.
        smi: devices whose SMI Status is not ``commissioned``, by their status.
        misheld: devices that hold the certificates of another organisation.
    """

    premises: Annotated[int, Field(strict=True, ge=1, le=MAX_PREMISES)]
    suppliers: Shares = Field(default_factory=lambda: {SUPPLIER: Fraction(1)})
    gas_suppliers: Annotated[Shares | None, Field(alias="gas suppliers")] = None
    network_operators: Shares = Field(
        default_factory=lambda: {NETWORK_OPERATOR: Fraction(1)}, alias="network operators"
    )
    smi: Mapping[Smi, _OneOrMore] = Field(default_factory=dict)
    misheld: tuple[Misheld, ...] = ()

    @classmethod
    def of_one_each(cls, premises: int) -> Self:
        """What a story without `population` means: one organisation in each role."""
        return cls(premises=premises)

    @property
    def organisations(self) -> Mapping[RemotePartyRole, tuple[str, ...]]:
        """The organisations in each role that is not the DCC's, each once, as first named."""
        suppliers = dict.fromkeys((*self.suppliers, *(self.gas_suppliers or {})))
        return {
            RemotePartyRole.SUPPLIER: tuple(suppliers),
            RemotePartyRole.NETWORK_OPERATOR: tuple(self.network_operators),
            RemotePartyRole.LOAD_CONTROLLER: (LOAD_CONTROLLER,),
        }

    def role_of(self, organisation: str) -> RemotePartyRole | None:
        """The role in which an organisation is named; None if it is not, or is the DCC."""
        roles = (role for role, names in self.organisations.items() if organisation in names)
        return next(roles, None)


def population_mistakes(population: Population) -> Iterator[tuple[Location, str]]:
    """What no single value shows: paths of keys below `population`, and what is wrong there."""
    yield from _share_mistakes(population)
    for role, names in population.organisations.items():
        for name in names:
            if name == DCC or population.role_of(name) is not role:
                yield (), f"{name!r} is named in two roles; an organisation has one"
            elif name in _ROLE_NAMES and len(names) > 1:
                yield (), f"{name!r} is the name of a role; give the organisation another one"
    for status, selections in population.smi.items():
        if status is SmiStatus.COMMISSIONED:
            yield ("smi", status.value), "every other device is commissioned; leave it out"
        for each in selections:
            if each.supplier is not None:
                path = ("smi", status.value, "supplier")
                yield from _unknown(population, each.supplier, path, RemotePartyRole.SUPPLIER)
    for number, entry in enumerate(population.misheld):
        yield from _misheld_mistakes(population, entry, ("misheld", number))


def _share_mistakes(population: Population) -> Iterator[tuple[Location, str]]:
    for key, shares in (
        ("suppliers", population.suppliers),
        ("gas suppliers", population.gas_suppliers),
        ("network operators", population.network_operators),
    ):
        if shares is not None and sum(shares.values()) != 1:
            total = per_cent(sum(shares.values(), Fraction(0)))
            yield (key,), f"the shares must be 100% together, not {total}"


def _misheld_mistakes(
    population: Population, entry: Misheld, path: Location
) -> Iterator[tuple[Location, str]]:
    role = population.role_of(entry.at)
    yield from _unknown(population, entry.at, (*path, "at"))
    yield from _unknown(population, entry.hold, (*path, "hold"), role)
    if entry.at == entry.hold:
        yield (*path, "hold"), "these are the organisation's own certificates"


def _unknown(
    population: Population, name: str, path: Location, role: RemotePartyRole | None = None
) -> Iterator[tuple[Location, str]]:
    roles = population.organisations
    known = roles[role] if role is not None else [each for held in roles.values() for each in held]
    if name not in known:
        what = "organisation" if role is None else role.label
        yield path, f"{name!r} is no {what} of this population{suggestion(name, known)}"
