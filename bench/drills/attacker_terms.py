"""`attacker` of a story: who holds a key that fell, what it does with it, to whom, and when."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story_terms import Generation, Slug, Strict
from firmware_sim.bench.drills.use_terms import PREPAYMENT_CELL
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementRule
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId


class AttackAct(StrEnum):
    """What an attacker does to a device."""

    ROTATE = "rotate to own"
    """It puts certificates of its own into the cells that its key may replace."""
    LOCK_OUT = "lock out counter"
    """It raises Originator Counters, so that a party's next commands are taken for old ones."""
    REPLAY = "replay"
    """It sends again, octet by octet, what was sent to the device since it has the key."""
    RACE = "race"
    """It changes the cells once more to a second key, just before the party's command comes."""
    PRINT = "print tokens"
    """It makes a token that nobody has paid for, with the prepayment key, and tops the meter up."""


class AttackPoint(StrEnum):
    """When an attacker does it."""

    BEFORE_NOTICE = "before notice"
    """Before the first notice of the Compromise."""
    BEFORE_WAVE = "between decision and wave"
    """After the first decision, just before the first update that follows it."""
    AFTER = "after"
    """After the last update of a party."""


_ROLE = RemotePartyRole
_ROLES: Final[tuple[RemotePartyRole, ...]] = (
    _ROLE.SUPPLIER,
    _ROLE.NETWORK_OPERATOR,
    _ROLE.TRANSITIONAL_COS,
    _ROLE.WAN_PROVIDER,
)
_RULES: Final[dict[RemotePartyRole, ReplacementRule]] = {
    rule.authorising_role: rule
    for rule in REPLACEMENT_RULES.values()
    if rule.authorising_role in _ROLES and rule.authorising_role in rule.replaceable
}
_HELD: Final = {
    str(TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE)): FallenName.of_role(role)
    for role in _ROLES
} | {str(PREPAYMENT_CELL): FallenName.SUPPLIER_TOP_UP}

_NO_MEASURE: Final = "That is no measure of what the stolen key can do in other hands."


def _held(text: str) -> str:
    if _cell_named(text) is None:
        near = suggestion(".".join(text.split(".")[-2:]), _HELD)
        example = "write one such as alpha.supplier.DS or alpha.supplier.KA.PP"
        problem = "is neither a signing key that replaces cells nor a prepayment key"
        raise ValueError(f"{text!r} {problem}{near}; {example}")
    return text


def _cell_named(text: str) -> str | None:
    """The cell at the end of a name; what stands before it is the organisation."""
    return next((cell for cell in _HELD if f".{text}".endswith(f".{cell}")), None)


class AttackerTerm(Strict):
    """One attacker.

    It has PKIs of its own, whose certificates no device believes.
    """

    holds: Annotated[str, Field(max_length=120), AfterValidator(_held)]
    """The signing or prepayment key that it holds: an organisation's, or the only one of a role."""
    generation: Generation = 1
    """Of that key."""
    via: Literal["broker"] | None = None
    """The Access Control Broker adds its MAC, unknowing; without it there is no MAC."""
    own_certificate: Annotated[Literal["issued by SMKI"] | None, Field(alias="own certificate")] = (
        None
    )
    """SMKI has issued certificates to it, as to any subscriber."""
    devices: Annotated[int, Field(strict=True, ge=1)]
    """To how many devices it comes; chance draws them from those whose cells hold that key."""
    since: Annotated[Slug, Field(alias="from")]
    """The `compromise` step that gives it the key."""
    does: tuple[AttackAct, ...] = ()
    """What it does at each point, in this order."""
    at: tuple[AttackPoint, ...] = ()
    """When."""

    @property
    def key(self) -> FallenName:
        """The key, without whose it is."""
        return _HELD[_cell_named(self.holds) or ""]

    @property
    def organisation(self) -> str:
        """Whose it is; empty if that is not said."""
        return self.holds.removesuffix(self.key.value).rstrip(".")

    @property
    def prints(self) -> bool:
        """Whether the key makes tokens; it signs nothing and replaces no cell."""
        return self.key is FallenName.SUPPLIER_TOP_UP

    @property
    def idle(self) -> str:
        """Why what it tries can change no cell, in a sentence; empty if it can, or tries none."""
        tried = [act.value for act in self.does if act in (AttackAct.ROTATE, AttackAct.RACE)]
        if not tried:
            return ""
        acts = " and ".join(f"“{each}”" for each in tried)
        if self.via is None:
            return (
                f"Without “via: broker” its {acts} can change no cell: no device obeys a command "
                f"that lacks the Broker's MAC. {_NO_MEASURE}"
            )
        if self.own_certificate is None:
            return (
                f"Without “own certificate: issued by SMKI” its {acts} can change no cell: it has "
                f"no certificate that a device believes. {_NO_MEASURE}"
            )
        return ""

    @property
    def rule(self) -> ReplacementRule:
        """The mode by which the key replaces the cells of its own role."""
        return _RULES[self.role]

    @property
    def role(self) -> RemotePartyRole:
        """The role in whose cells the key stands."""
        cell = TrustAnchorCellId.parse(self.key.value)
        return cell.role
