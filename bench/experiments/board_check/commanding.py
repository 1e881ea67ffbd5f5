"""Who may change what on a device of each type, as far as the checks of protections need it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import (
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)

_ROLE, _MODE = RemotePartyRole, ReplacementMode


class Commanding(NamedTuple):
    """The commands that a device type is tried with.

    Attributes:
        signing: the cell of the party that runs the device; its key asks for readings, too.
        mode: by which that party replaces its own cells.
        own: a cell that this mode replaces.
        steady_mode, steady: a mode and a cell: the command changes neither the key that
            authorises it nor the Broker's, so that another can follow.
        usages: two cells of one role, one for each key usage, that `steady_mode` replaces.
        foreign: a cell of another party, which `mode` does not cover.
        alerted: role of the party that is told of a refusal.
    """

    signing: TrustAnchorCellId
    mode: ReplacementMode
    own: TrustAnchorCellId
    steady_mode: ReplacementMode
    steady: TrustAnchorCellId
    usages: tuple[TrustAnchorCellId, TrustAnchorCellId]
    foreign: TrustAnchorCellId
    alerted: RemotePartyRole


def _signing(role: RemotePartyRole) -> TrustAnchorCellId:
    return TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE)


def _agreement(role: RemotePartyRole) -> TrustAnchorCellId:
    return TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT, CellUsage.MANAGEMENT)


def _by_supplier(foreign: RemotePartyRole) -> Commanding:
    signing, agreement = _signing(_ROLE.SUPPLIER), _agreement(_ROLE.SUPPLIER)
    mode = _MODE.SUPPLIER_BY_SUPPLIER
    return Commanding(
        signing,
        mode,
        agreement,
        mode,
        agreement,
        (signing, agreement),
        _signing(foreign),
        _ROLE.SUPPLIER,
    )


_BROKER_SIGNING = _signing(_ROLE.ACCESS_CONTROL_BROKER)

COMMANDING: Mapping[DeviceType, Commanding] = MappingProxyType(
    {
        DeviceType.ESME: _by_supplier(_ROLE.NETWORK_OPERATOR),
        # It knows no network operator.
        DeviceType.GSME: _by_supplier(_ROLE.TRANSITIONAL_COS),
        DeviceType.GPF: _by_supplier(_ROLE.NETWORK_OPERATOR),
        # The one cell of the WAN Provider is the one that authorises, so that what has to go on is
        # tried by Recovery, whose commands carry no MAC.
        DeviceType.CHF: Commanding(
            _signing(_ROLE.WAN_PROVIDER),
            _MODE.WAN_PROVIDER_BY_WAN_PROVIDER,
            _signing(_ROLE.WAN_PROVIDER),
            _MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
            _BROKER_SIGNING,
            (_BROKER_SIGNING, _agreement(_ROLE.ACCESS_CONTROL_BROKER)),
            _BROKER_SIGNING,
            _ROLE.ACCESS_CONTROL_BROKER,
        ),
    }
)
"""The device types that a board is tried as."""
