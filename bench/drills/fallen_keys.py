"""The keys that can fall in a story: what kind each is, and which certificates it touches."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from firmware_sim.bench.drills.certificates import ONE_EACH
from firmware_sim.bench.drills.drill_estate import data_of
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.bench.population.estate import owner_of
from firmware_sim.bench.population.schema import DCC, NETWORK_OPERATOR, SUPPLIER
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import ROOT_CELL, KeyUsage, RemotePartyRole, TrustAnchorCellId

_ROLE = RemotePartyRole
_KIND = RelevantKeyKind

Held = Mapping[EntityId, Mapping[TrustAnchorCellId, Credential]]
"""What every cell of every device holds, as far as the parties know."""


class FallenName(StrEnum):
    """A key, as a story names it: by what it is, or by the cell that its certificate fills."""

    ROOT_OCA = "root-oca"
    ISSUING_OCA = "issuing-oca"
    CONTINGENCY = "contingency"
    SYMMETRIC = "symmetric"
    XML_SIGNING = "xml-signing"
    S1SP = "s1sp"
    S1SPKI = "s1spki"
    RECOVERY = "recovery.DS"
    SUPPLIER_DS = "supplier.DS"
    SUPPLIER_KA = "supplier.KA"
    SUPPLIER_TOP_UP = "supplier.KA.PP"
    NETWORK_OPERATOR_DS = "networkOperator.DS"
    NETWORK_OPERATOR_KA = "networkOperator.KA"
    BROKER_DS = "accessControlBroker.DS"
    BROKER_KA = "accessControlBroker.KA"
    TRANSITIONAL_COS = "transitionalCoS.DS"
    WAN_PROVIDER = "wanProvider.DS"
    LOAD_CONTROLLER = "loadController.DS"
    OTHER = "other"
    S1SP_XML = "s1SPxmlSigning"
    PPP_XML = "pPPXmlSign"
    COMMISSIONING_XML = "commissioningPartyXmlSigning"

    @classmethod
    def of_role(cls, role: RemotePartyRole | None) -> "FallenName":
        """The signing key of a role; of the authorities the key with which they issue.

        Raises:
            ValueError: no party of a drill has a key in that role.
        """
        authorities = {
            _ROLE.ROOT: cls.ROOT_OCA,
            _ROLE.ISSUING_AUTHORITY: cls.ISSUING_OCA,
            _ROLE.OTHER: cls.OTHER,
        }
        if role is None:
            raise ValueError("name either a role or a key")
        if role in authorities:
            return authorities[role]
        return cls(str(TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE)))

    @property
    def cell(self) -> TrustAnchorCellId | None:
        """The cell that its certificate fills; None for a key that stands behind no cell."""
        try:
            return TrustAnchorCellId.parse(self.value)
        except ValueError:
            return None

    @property
    def kind(self) -> RelevantKeyKind:
        """By which paragraph of SEC L10.30(c) it is a Relevant Private Key."""
        return _KINDS.get(self, _KIND.DEVICE_CREDENTIAL)

    @property
    def role(self) -> RemotePartyRole | None:
        """Whose key it is, where it is a party's or an authority's."""
        if self in _ISSUERS:
            return _ISSUERS[self]
        return None if self.cell is None else self.cell.role

    @property
    def owners(self) -> RemotePartyRole | None:
        """The role in which organisations have such keys; None for keys of the DCC."""
        role = _ROLE.SUPPLIER if self in _OF_A_PARTY else self.role
        return role if role in ONE_EACH else None

    def key(self, generation: int, organisation: str = "") -> FallenKey:
        """What governance knows of it: whose it is, and which certificates fall with it.

        Args:
            organisation: whose, by its name; empty for the one in its role, or the DCC.
        """
        role = self.owners
        owner = DCC if role is None else owner_of(role, SUPPLIER, NETWORK_OPERATOR)
        cell = ROOT_CELL if self in _AT_THE_ROOT else self.cell
        return FallenKey(self.kind, organisation or owner, generation, cell)


_KINDS: Final = {
    FallenName.ROOT_OCA: _KIND.ISSUER,
    FallenName.ISSUING_OCA: _KIND.ISSUER,
    FallenName.SYMMETRIC: _KIND.CONTINGENCY_SYMMETRIC_KEY,
    FallenName.XML_SIGNING: _KIND.XML_SIGNING,
    FallenName.OTHER: _KIND.XML_SIGNING,
    FallenName.S1SP_XML: _KIND.XML_SIGNING,
    FallenName.PPP_XML: _KIND.XML_SIGNING,
    FallenName.COMMISSIONING_XML: _KIND.XML_SIGNING,
    FallenName.S1SP: _KIND.S1SP_CREDENTIAL,
    FallenName.S1SPKI: _KIND.S1SPKI,
}
"""The Contingency Private Key is named by no paragraph of this draft. It is taken for (ii): its
public key stands, wrapped, in the Root OCA Certificate. That is inferred."""

_ISSUERS: Final = {
    FallenName.ROOT_OCA: _ROLE.ROOT,
    FallenName.ISSUING_OCA: _ROLE.ISSUING_AUTHORITY,
}
_OF_A_PARTY: Final = (FallenName.XML_SIGNING, FallenName.OTHER)
XML_KEYS_RULE: Final = "an XML-signing key that falls in a drill is the supplier's"
"""An assumption, to be printed: a story does not say whose it is."""
_AT_THE_ROOT: Final = (FallenName.ROOT_OCA, FallenName.CONTINGENCY, FallenName.SYMMETRIC)
OF_ANNEX_A: Final = frozenset(
    {FallenName.S1SP_XML, FallenName.PPP_XML, FallenName.COMMISSIONING_XML}
)
"""Keys of the DCC with which XML is signed, in roles that Annex A to Section L adds."""
BEHIND_NO_CELL: Final = OF_ANNEX_A | {
    FallenName.XML_SIGNING,
    FallenName.S1SP,
    FallenName.S1SPKI,
    FallenName.OTHER,
}
"""Keys that no device trusts: what falls there is a matter of people and certificates alone."""


def keys_to_act_as(role: RemotePartyRole) -> tuple[FallenName, ...]:
    """The keys of which any one lets an attacker speak in a role.

    Raises:
        ValueError: no party of a drill has a key in that role.
    """
    others = {_ROLE.ROOT: FallenName.CONTINGENCY, _ROLE.ACCESS_CONTROL_BROKER: FallenName.BROKER_KA}
    own = FallenName.of_role(role)
    return (own, others[role]) if role in others else (own,)


def touched_cells(
    key: FallenKey, held: Mapping[TrustAnchorCellId, Credential]
) -> frozenset[TrustAnchorCellId]:
    """The cells of one device that hold data of a certificate which falls with a key.

    `FallenKey` says which do: with the Root OCA's key everything beneath that root; with a key of
    Contingency the root cell; with the Issuing OCA's every certificate that it issued.
    """
    return frozenset(cell for cell, data in data_of(held).items() if key.compromises(data))


def cells_to_replace(
    name: FallenName, key: FallenKey, held: Mapping[TrustAnchorCellId, Credential]
) -> frozenset[TrustAnchorCellId]:
    """The cells that a decision about the key allows to be replaced, if it names none itself.

    A party whose one key fell gets all its certificates anew; beneath a root that fell, every cell
    does.
    """
    touched = touched_cells(key, held)
    if ROOT_CELL in touched:
        return frozenset(held)
    if not touched or name.cell is None:
        return touched
    owner = name.cell.role
    return touched | {cell for cell, each in held.items() if each.issued_for.role is owner}
