"""Where a new story takes place: homes, their suppliers, and devices that no message reaches."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from firmware_sim.bench.drills.authoring.plans import StoryPlan
from firmware_sim.bench.drills.story_terms import is_slug
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.bench.population.schema import DCC, MAX_PREMISES, NETWORK_OPERATOR, DrawnDevices
from firmware_sim.bench.population.shares import Share, allotted, per_cent
from firmware_sim.gbcs.roles import RemotePartyRole

_SHARE: Final = TypeAdapter[Fraction](Share)
_LETTERS: Final = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
]
_REGIONS: Final = [
    "north",
    "south",
    "east",
    "west",
    "centre",
    "coast",
    "hills",
    "islands",
    "lowlands",
    "valleys",
]
_TAKEN: Final = {DCC, NETWORK_OPERATOR, *(role.label for role in RemotePartyRole)}
_OPTIONS: Final = {
    RemotePartyRole.SUPPLIER: "--suppliers",
    RemotePartyRole.NETWORK_OPERATOR: "--operators",
}
_STEPS: Final = 10**6
"""A share is written with four digits after the point of a per cent."""


class StorySetting(NamedTuple):
    """Homes and organisations, as far as a story says them itself.

    Attributes:
        premises: how many homes there are, or that its commands name.
        suppliers: each with its share of the homes; empty for one without a name.
        operators: the same of network operators.
        unreachable: devices that no message reaches, of those that hold what falls.
        whose: the organisation whose key falls, of several in its role; empty for the first.
    """

    premises: int = 1
    suppliers: Mapping[str, Fraction] = {}
    unreachable: DrawnDevices | None = None
    operators: Mapping[str, Fraction] = {}
    whose: str = ""

    @property
    def is_said(self) -> bool:
        """Whether the story says how many homes there are."""
        return bool(self.suppliers or self.operators) or self.unreachable is not None

    def among(self, plan: StoryPlan) -> Mapping[str, Fraction]:
        """The organisations of which one has the key that falls, with their shares."""
        of_role = {
            RemotePartyRole.SUPPLIER: self.suppliers,
            RemotePartyRole.NETWORK_OPERATOR: self.operators,
        }
        return {} if plan.key.owners is None else of_role.get(plan.key.owners, {})

    def party(self, plan: StoryPlan) -> str:
        """The organisation whose key falls; empty if a role alone says who is meant."""
        names = self.among(plan)
        return (self.whose or next(iter(names))) if len(names) > 1 else ""

    @staticmethod
    def shares(organisations: Mapping[str, Fraction]) -> str:
        """Organisations as a story writes them."""
        return ", ".join(f"{name}: {per_cent(share)}" for name, share in organisations.items())

    def amount(self) -> str:
        """The devices out of reach as a story writes them; empty if there are none."""
        if self.unreachable is None:
            return ""
        share, number = self.unreachable.share, self.unreachable.count
        return f"count: {number}" if share is None else f"share: {per_cent(share)}"


def setting_of(
    plan: StoryPlan,
    premises: int,
    suppliers: str | None,
    unreachable: str | None,
    *,
    operators: str | None = None,
    whose: str | None = None,
) -> StorySetting:
    """What the options say together.

    Args:
        suppliers: how many, or names, with shares or without: ``2``, ``alpha,beta``,
            ``alpha=60%,beta=40%``.
        unreachable: a share or a number: ``10%``, ``3``.
        operators: of network operators, as suppliers.
        whose: the organisation whose key falls; None for the first in its role.

    Raises:
        UsageError: it cannot be read, or so few homes cannot have it.
    """
    shares = {} if suppliers is None else _organisations("--suppliers", suppliers, _LETTERS)
    regions = {} if operators is None else _organisations("--operators", operators, _REGIONS)
    if both := sorted(shares.keys() & regions.keys()):
        text = f"{both[0]!r} is a supplier and a network operator"
        raise UsageError(text, "give each organisation a name of its own")
    drawn = None if unreachable is None else _unreachable(unreachable)
    made = StorySetting(premises, shares, drawn, regions, whose or "")
    _require_one_of_several(plan, made)
    if made.is_said and premises > MAX_PREMISES:
        raise UsageError(f"{premises:,} homes are too many", f"give up to {MAX_PREMISES:,}")
    _require_enough(plan, made)
    return made


def _require_one_of_several(plan: StoryPlan, setting: StorySetting) -> None:
    """Whose key falls can be said where several have such a key, and it is one of these."""
    names = setting.among(plan)
    if not setting.whose or setting.whose in names:
        return
    if not names:
        option = None if plan.key.owners is None else _OPTIONS.get(plan.key.owners)
        text = f"--whose {setting.whose!r}: this story has no organisations that could be meant"
        raise UsageError(text, f"give {option} too" if option else "leave --whose out")
    near = suggestion(setting.whose, names)
    text = f"--whose {setting.whose!r} is none of the organisations{near}"
    raise UsageError(text, f"give one of {', '.join(names)}")


def _require_enough(plan: StoryPlan, setting: StorySetting) -> None:
    """Every organisation has a home, and chance takes some of the devices but not all."""
    homes = {
        **allotted(setting.suppliers, setting.premises),
        **allotted(setting.operators, setting.premises),
    }
    idle = [name for name, number in homes.items() if not number]
    if idle:
        text = f"of {setting.premises:,} homes none is left for {idle[0]}"
        raise UsageError(text, "give more --premises, or fewer organisations")
    if setting.unreachable is None:
        return
    devices = homes.get(setting.party(plan), setting.premises) * len(plan.devices)
    number = setting.unreachable.number_of(devices)
    if not 0 < number < devices:
        all_of = "no device" if not number else "all of them, or more"
        text = f"--unreachable: {setting.amount()} of {devices:,} devices is {all_of}"
        raise UsageError(text, "give more --premises, or another share or number")


def _organisations(option: str, written: str, names_at_hand: list[str]) -> dict[str, Fraction]:
    if written.strip().isdecimal():
        return _equal(names_at_hand[: _number_of(option, written, len(names_at_hand))])
    parts = [each.strip() for each in written.split(",")]
    named = [re.split(r" ?[=:] ?", each, maxsplit=1) for each in parts]
    names = [each[0] for each in named]
    for name in names:
        if not is_slug(name) or name in _TAKEN or names.count(name) > 1:
            text = f"{option}: {name!r} is no name of an organisation, or stands twice"
            raise UsageError(text, "use small letters and digits, e.g. alpha,beta")
    if all(len(each) == 1 for each in named):
        return _equal(names)
    shares = {each[0]: _share(option, each[-1]) for each in named}
    if sum(shares.values()) != 1:
        total = per_cent(sum(shares.values(), Fraction()))
        raise UsageError(f"{option}: the shares are {total} together", "let them be 100%")
    return shares


def _number_of(option: str, written: str, most: int) -> int:
    number = int(written) if len(written) < len(str(_STEPS)) else 0
    if not 0 < number <= most:
        text = f"{option}: {written!r} is no number from 1 to {most}"
        raise UsageError(text, "give fewer, or names such as alpha,beta")
    return number


def _equal(names: list[str]) -> dict[str, Fraction]:
    """Shares that a story can write, the first with what is left."""
    each = Fraction(_STEPS // len(names), _STEPS)
    return dict.fromkeys(names, each) | {names[0]: 1 - each * (len(names) - 1)}


def _unreachable(written: str) -> DrawnDevices:
    if written.strip().isdecimal() and int(written[:9]) > 0:
        return DrawnDevices(count=int(written[:9]))
    return DrawnDevices(share=_share("--unreachable", written))


def _share(option: str, written: str) -> Fraction:
    try:
        return _SHARE.validate_python(written.strip())
    except ValidationError:
        text = f"{option}: {written!r} is no share"
        raise UsageError(text, "write one such as 10%, over 0% and up to 100%") from None
