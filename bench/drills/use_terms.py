"""What a story may have devices do with their keys, and which use case that is on which device.

A device type without a row has no public use case for it, and is left out of the step.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.use_cases import (
    CCS05,
    CS01A,
    CS01B,
    CS06,
    ECS17B,
    ECS52,
    GCS13A,
    GCS38,
    GCS39,
    GCS61,
)
from firmware_sim.gbcs.uses import USES
from firmware_sim.machine.refusals import RefusalReason

UseWord = Literal[
    "read register",
    "read firmware version",
    "top up",
    "arm supply",
    "read log",
    "activate firmware",
    "sell token",
    "open recorded",
]
TOP_UP: Final = "top up"
SELL: Final = "sell token"
OPEN: Final = "open recorded"
BESIDE_DEVICES: Final = (SELL, OPEN)
"""What is done without a message to a device."""
ANSWERED_READINGS: Final = ("read register", "read firmware version", "read log")

USE_CASES: Final[Mapping[str, Mapping[DeviceType, MessageCode]]] = MappingProxyType(
    {
        "read register": {
            DeviceType.ESME: ECS17B,
            DeviceType.GSME: GCS13A,
            DeviceType.GPF: GCS13A,
        },
        "read firmware version": {DeviceType.ESME: ECS52, DeviceType.GSME: GCS38},
        TOP_UP: {DeviceType.ESME: CS01A, DeviceType.GSME: CS01B},
        "arm supply": {DeviceType.GSME: GCS39},
        "read log": {DeviceType.CHF: CCS05, DeviceType.GPF: GCS61},
        "activate firmware": {
            DeviceType.ESME: CS06,
            DeviceType.GSME: CS06,
            DeviceType.CHF: CS06,
        },
    }
)
"""Which use case a word means, by device type."""

ANSWERED_REFUSALS: Final = frozenset(
    {
        RefusalReason.TOP_UP_MALFORMED,
        RefusalReason.TOP_UP_RESERVED_CLASS,
        RefusalReason.TOP_UP_OF_ANOTHER_COMMAND,
        RefusalReason.TOP_UP_NOT_AUTHENTIC,
        RefusalReason.TOP_UP_EXCEEDS_BALANCE,
    }
)
"""The command was authentic and the token is not good: the device says so in its answer."""

PREPAYMENT_CELL: Final = TrustAnchorCellId(
    RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP
)


def asked_cell(what: str, kind: DeviceType, role: RemotePartyRole) -> TrustAnchorCellId | None:
    """The cell that names the asking party on such a device; None if it cannot ask that there."""
    if what == OPEN:
        return TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT)
    if what == SELL:
        is_meter = kind in USE_CASES[TOP_UP] and role is PREPAYMENT_CELL.role
        return PREPAYMENT_CELL if is_meter else None
    code = USE_CASES[what].get(kind)
    if code is None or role not in USES[code].askers:
        return None
    usage = KeyUsage.DIGITAL_SIGNATURE if USES[code].signed else KeyUsage.KEY_AGREEMENT
    return TrustAnchorCellId(role, usage)


def cells_in_use(what: str, kind: DeviceType, role: RemotePartyRole) -> set[TrustAnchorCellId]:
    """The cells whose keys a use that goes well has used."""
    cell = asked_cell(what, kind, role)
    if cell is None or what in BESIDE_DEVICES:
        return set()
    return {cell, ACB_KEY_AGREEMENT} | ({PREPAYMENT_CELL} if what == TOP_UP else set())


def token_cell(maker: RemotePartyRole) -> TrustAnchorCellId:
    """The cell of a party's own whose key makes tokens, once its certificate stands in a meter.

    In another role's place that is its key agreement key for management: it has no other.
    """
    return Credential.in_cell(PREPAYMENT_CELL, 1, maker).issued_for


def stolen_cell(what: str, role: RemotePartyRole) -> TrustAnchorCellId:
    """The cell whose key an attacker must have for it."""
    if what in (SELL, TOP_UP):
        return token_cell(role)
    signed = any(USES[code].signed for code in USE_CASES.get(what, {}).values())
    return TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE if signed else KeyUsage.KEY_AGREEMENT)


def provable_by_use(kind: DeviceType) -> frozenset[TrustAnchorCellId]:
    """The cells of such a device whose keys have a public use."""
    found = (cells_in_use(what, kind, role) for what in USE_CASES for role in RemotePartyRole)
    return frozenset[TrustAnchorCellId]().union(*found)
