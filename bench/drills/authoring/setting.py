"""Where a new story takes place: homes, their suppliers, and devices that no message reaches."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from firmware_sim.bench.drills.authoring.plans import StoryPlan
from firmware_sim.bench.drills.story_terms import is_slug
from firmware_sim.bench.errors import UsageError
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
_TAKEN: Final = {DCC, NETWORK_OPERATOR, *(role.label for role in RemotePartyRole)}
_STEPS: Final = 10**6
"""A share is written with four digits after the point of a per cent."""


class StorySetting(NamedTuple):
    """Homes and organisations, as far as a story says them itself.

    Attributes:
        premises: how many homes there are, or that its commands name.
        suppliers: each with its share of the homes; empty for one without a name.
        unreachable: devices that no message reaches, of those that hold what falls.
    """

    premises: int = 1
    suppliers: Mapping[str, Fraction] = {}
    unreachable: DrawnDevices | None = None

    @property
    def is_said(self) -> bool:
        """Whether the story says how many homes there are."""
        return bool(self.suppliers) or self.unreachable is not None

    def party(self, plan: StoryPlan) -> str:
        """The supplier whose key falls: the first; empty if a role alone says who is meant."""
        is_supplier = plan.key.owners is RemotePartyRole.SUPPLIER
        return next(iter(self.suppliers)) if is_supplier and len(self.suppliers) > 1 else ""

    def shares(self) -> str:
        """The suppliers as a story writes them."""
        return ", ".join(f"{name}: {per_cent(share)}" for name, share in self.suppliers.items())

    def amount(self) -> str:
        """The devices out of reach as a story writes them; empty if there are none."""
        if self.unreachable is None:
            return ""
        share, number = self.unreachable.share, self.unreachable.count
        return f"count: {number}" if share is None else f"share: {per_cent(share)}"


def setting_of(
    plan: StoryPlan, premises: int, suppliers: str | None, unreachable: str | None
) -> StorySetting:
    """What the options say together.

    Args:
        suppliers: how many, or names, with shares or without: ``2``, ``alpha,beta``,
            ``alpha=60%,beta=40%``.
        unreachable: a share or a number: ``10%``, ``3``.

    Raises:
        UsageError: it cannot be read, or so few homes cannot have it.
    """
    shares = {} if suppliers is None else _suppliers(suppliers)
    drawn = None if unreachable is None else _unreachable(unreachable)
    made = StorySetting(premises, shares, drawn)
    if made.is_said and premises > MAX_PREMISES:
        raise UsageError(f"{premises:,} homes are too many", f"give up to {MAX_PREMISES:,}")
    _require_enough(plan, made)
    return made


def _require_enough(plan: StoryPlan, setting: StorySetting) -> None:
    """Every supplier has a home, and chance takes some of the devices but not all."""
    homes = allotted(setting.suppliers, setting.premises)
    idle = [name for name, number in homes.items() if not number]
    if idle:
        text = f"of {setting.premises:,} homes none is left for {idle[0]}"
        raise UsageError(text, "give more --premises, or fewer --suppliers")
    if setting.unreachable is None:
        return
    devices = homes.get(setting.party(plan), setting.premises) * len(plan.devices)
    number = setting.unreachable.number_of(devices)
    if not 0 < number < devices:
        all_of = "no device" if not number else "all of them, or more"
        text = f"--unreachable: {setting.amount()} of {devices:,} devices is {all_of}"
        raise UsageError(text, "give more --premises, or another share or number")


def _suppliers(written: str) -> dict[str, Fraction]:
    if written.strip().isdecimal():
        return _equal(_LETTERS[: _number_of_suppliers(written)])
    parts = [each.strip() for each in written.split(",")]
    named = [re.split(r" ?[=:] ?", each, maxsplit=1) for each in parts]
    names = [each[0] for each in named]
    for name in names:
        if not is_slug(name) or name in _TAKEN or names.count(name) > 1:
            text = f"--suppliers: {name!r} is no name of a supplier, or stands twice"
            raise UsageError(text, "use small letters and digits, e.g. alpha,beta")
    if all(len(each) == 1 for each in named):
        return _equal(names)
    shares = {each[0]: _share("--suppliers", each[-1]) for each in named}
    if sum(shares.values()) != 1:
        total = per_cent(sum(shares.values(), Fraction()))
        raise UsageError(f"--suppliers: the shares are {total} together", "let them be 100%")
    return shares


def _number_of_suppliers(written: str) -> int:
    number = int(written) if len(written) < len(str(_STEPS)) else 0
    if not 0 < number <= len(_LETTERS):
        text = f"--suppliers: {written!r} is no number from 1 to {len(_LETTERS)}"
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
