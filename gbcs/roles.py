"""The parties a Device knows, and the Trust Anchor Cells that hold their credentials."""

from difflib import get_close_matches
from enum import Enum, IntEnum
from functools import cache
from typing import NamedTuple, Self


class IntEnumWithLabel(IntEnum):
    """An INTEGER of the specification with the specification's own spelling as `label`."""

    label: str

    def __new__(cls, value: int, label: str) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class RemotePartyRole(IntEnumWithLabel):
    """RemotePartyRole: a cell's owner; also the OU of an Organisation Certificate, in hex."""

    ROOT = 0, "root"
    RECOVERY = 1, "recovery"
    SUPPLIER = 2, "supplier"
    NETWORK_OPERATOR = 3, "networkOperator"
    ACCESS_CONTROL_BROKER = 4, "accessControlBroker"
    TRANSITIONAL_COS = 5, "transitionalCoS"
    WAN_PROVIDER = 6, "wanProvider"
    ISSUING_AUTHORITY = 7, "issuingAuthority"
    LOAD_CONTROLLER = 8, "loadController"
    OTHER = 127, "other"


class KeyUsage(Enum):
    """The one purpose of a key; the value is its X.509 KeyUsage bit number (RFC 5280 4.2.1.3)."""

    DIGITAL_SIGNATURE = 0
    KEY_AGREEMENT = 4
    KEY_CERT_SIGN = 5

    # Members are singletons; the inherited hash runs in Python, and cells are dictionary keys.
    __hash__ = object.__hash__

    @property
    def label(self) -> str:
        """``digitalSignature``, ``keyAgreement`` or ``keyCertSign``."""
        first, *rest = self.name.split("_")
        return first.lower() + "".join(word.title() for word in rest)

    @property
    def short(self) -> str:
        """``DS``, ``KA`` or ``CS``."""
        return {0: "DS", 4: "KA", 5: "CS"}[self.value]


class CellUsage(IntEnum):
    """What a cell's key may be used for; prepayment top-up is a supplier's second key agreement."""

    MANAGEMENT = 0
    PREPAYMENT_TOP_UP = 1


class UnknownCellError(ValueError):
    """A name that no Trust Anchor Cell has; as text, also the nearest that one has."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._name = name

    def __str__(self) -> str:
        # Only where it is told: a reader of tables asks for many names. A long one is none at all.
        near = get_close_matches(self._name, _BY_NAME, 1) if len(self._name) <= _LONGEST else ()
        hint = f"; did you mean {near[0]!r}?" if near else ", e.g. supplier.DS"
        return f"{self._name!r} names no Trust Anchor Cell{hint}"


class TrustAnchorCellId(NamedTuple):
    """Name of one Trust Anchor Cell: role, key usage, cell usage."""

    role: RemotePartyRole
    key_usage: KeyUsage
    cell_usage: CellUsage = CellUsage.MANAGEMENT

    def __str__(self) -> str:
        top_up = ".PP" if self.cell_usage is CellUsage.PREPAYMENT_TOP_UP else ""
        return f"{self.role.label}.{self.key_usage.short}{top_up}"

    @classmethod
    def parse(cls, text: str) -> "TrustAnchorCellId":
        """Read the form that `str` writes, e.g. ``supplier.KA.PP``.

        Raises:
            UnknownCellError: no cell has that name; says which one is near.
        """
        try:
            return _BY_NAME[text]
        except KeyError:
            raise UnknownCellError(text) from None


# There are sixty, and every command names some: looking one up takes a fifth of making it.
cell_id = cache(TrustAnchorCellId)


class DeviceType(IntEnum):
    """DeviceType as GBCS numbers it."""

    GSME = 0
    ESME = 1
    CHF = 2
    GPF = 3
    HCALCS = 4
    PPMID = 5
    TYPE_2 = 6


ROOT_CELL = TrustAnchorCellId(RemotePartyRole.ROOT, KeyUsage.KEY_CERT_SIGN)

ACB_KEY_AGREEMENT = TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)
"""The cell whose key makes the MAC of every command, whichever party originates it."""

OWN_KEY_USAGES = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
"""The usages of a Device's own two key pairs."""

_BY_NAME = {
    str(cell): cell
    for cell in (
        TrustAnchorCellId(role, key_usage, cell_usage)
        for role in RemotePartyRole
        for key_usage in KeyUsage
        for cell_usage in CellUsage
    )
}
_LONGEST = max(map(len, _BY_NAME)) + 8
"""In characters: no slip of the pen makes a longer name of any of these."""
