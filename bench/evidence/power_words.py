"""What devices do for every holder of a key that fell, until its certificate is replaced.

By the cell that the certificate fills, as `docs/uses.md` has it.
"""

from collections.abc import Iterable
from typing import Final

from firmware_sim.bench.evidence.accounts.recovery_event import KeyFell
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId

_UNTIL: Final = "Until the certificate of a compromised key is replaced in a device"
_TRUSTS: Final = f"{_UNTIL}, the device takes every holder of that key for the owner."
_READS: Final = (
    "Until the certificate of a compromised key agreement key is replaced in a device, every "
    "holder of that key can read what the device answers its owner. The device does not obey a "
    "holder because of it: this key authenticates nothing that comes in."
)
_TOPS_UP: Final = (
    "Until the certificate of a compromised prepayment key is replaced in a meter, the meter "
    "credits the tokens of every holder of that key."
)
_READERS: Final = (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR)


def power_sentences(fallen: Iterable[KeyFell]) -> list[str]:
    """One for each sort of key; of a run that does not tell its keys, the first of all."""
    return list(dict.fromkeys(_power(each.key) for each in fallen)) or [_TRUSTS]


def _power(key: str) -> str:
    try:
        cell = TrustAnchorCellId.parse(key)
    except ValueError:  # a key of the authorities, or of Contingency
        return _TRUSTS
    if cell.key_usage is not KeyUsage.KEY_AGREEMENT or cell.role not in _READERS:
        return _TRUSTS
    return _TOPS_UP if cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP else _READS
