"""What a PKI lacks: of the certificates that must exist, and of the keys that drills need."""

from typing import NamedTuple

from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.holdings import Inventory
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId

_DS, _KA = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT


class Required(NamedTuple):
    """One certificate that the DCC must keep (SEC L3.23)."""

    paragraph: str
    what: CertificateKind | TrustAnchorCellId

    def __str__(self) -> str:
        name = self.what.value if isinstance(self.what, CertificateKind) else str(self.what)
        return f"{name} Certificate [SEC L3.23({self.paragraph})]"


REQUIRED = (
    Required("a", CertificateKind.ROOT_OCA),
    Required("b", CertificateKind.ISSUING_OCA),
    Required("c", CertificateKind.ROOT_DCA),
    Required("d", CertificateKind.ISSUING_DCA),
    Required("e", TrustAnchorCellId(RemotePartyRole.RECOVERY, _DS)),
    Required("f", TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, _DS)),
    Required("g", TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, _KA)),
    Required("h", TrustAnchorCellId(RemotePartyRole.WAN_PROVIDER, _DS)),
    Required("i", TrustAnchorCellId(RemotePartyRole.TRANSITIONAL_COS, _DS)),
)
"""The nine certificates of SEC L3.23, in its order."""

_DRILL_KEYS = {
    CustodyKey.RECOVERY: "recovery drills cannot be signed",
    CustodyKey.CONTINGENCY: "contingency drills cannot be signed",
    CustodyKey.SYMMETRIC: "no Device can unwrap its contingency key",
}


def missing_certificates(inventory: Inventory) -> tuple[Required, ...]:
    """Which of the nine certificates are not there in generation 1."""
    held = {each.cell or each.kind for each in inventory.holdings if each.generation == 1}
    return tuple(each for each in REQUIRED if each.what not in held)


def missing_keys(inventory: Inventory) -> tuple[str, ...]:
    """What cannot be drilled for want of a key, one sentence each."""
    sentences = [
        f"no {key} key: {consequence}"
        for key, consequence in _DRILL_KEYS.items()
        if not inventory.custody.holds(key)
    ]
    if inventory.device_seed is None:
        sentences.append("no Issuing DCA key: no Device Certificate can be issued")
    return tuple(sentences)
