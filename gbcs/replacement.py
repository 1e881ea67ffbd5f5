"""Who may replace which Trust Anchor Cells: the credentials replacement modes (GBCS 13.3, 13.10).

One row a mode. Authority lies in the key that a cell holds, never in the organisational unit
of a certificate: before handover a Gas Proxy Function holds the Access Control Broker's
certificates in its supplier cells, and there the Broker acts "by supplier".
"""

from enum import Enum
from typing import NamedTuple

from firmware_sim.gbcs.der import named_integer
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.roles import (
    DeviceType,
    IntEnumWithLabel,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
    cell_id,
)


@named_integer
class ReplacementMode(IntEnumWithLabel):
    """CredentialsReplacementMode, as encoded."""

    ROOT_BY_SUPPLIER = 0, "rootBySupplier"
    ROOT_BY_WAN_PROVIDER = 1, "rootByWanProvider"
    SUPPLIER_BY_SUPPLIER = 2, "supplierBySupplier"
    NETWORK_OPERATOR_BY_NETWORK_OPERATOR = 3, "networkOperatorByNetworkOperator"
    ACB_BY_ACB = 4, "accessControlBrokerByACB"
    WAN_PROVIDER_BY_WAN_PROVIDER = 5, "wanProviderByWanProvider"
    TRANS_COS_BY_TRANS_COS = 6, "transCoSByTransCoS"
    SUPPLIER_BY_TRANS_COS = 7, "supplierByTransCoS"
    ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY = 8, "anyExceptAbnormalRootByRecovery"
    ANY_BY_CONTINGENCY = 9, "anyByContingency"
    LOAD_CONTROLLER_BY_LOAD_CONTROLLER = 10, "loadControllerByLoadController"
    LOAD_CONTROLLER_BY_SUPPLIER = 11, "loadControllerBySupplier"


class RootReplacement(Enum):
    """How far a mode may go with the root cell."""

    NEVER = "never"
    NORMAL = "normal"
    """The present root vouches for the new one."""
    ABNORMAL = "abnormal"
    """Any root, because the present one is not trusted any more."""

    # Members are singletons; the inherited hash runs in Python.
    __hash__ = object.__hash__


class ReplacementRule(NamedTuple):
    """One row of the mode table.

    Attributes:
        authorising_role: role whose digitalSignature cell authorises, and whose Originator
            Counter and floor the command moves. For anyByContingency it is root: the key is
            the wrapped one in the root cell.
        replaceable: roles whose cells the mode may replace.
        signed, maced: protection of the command on a Device that is not a CHF.
    """

    mode: ReplacementMode
    code: MessageCode
    authorising_role: RemotePartyRole
    replaceable: frozenset[RemotePartyRole]
    root: RootReplacement
    signed: bool = True
    maced: bool = True

    def authorising_cell(self, device_type: DeviceType) -> TrustAnchorCellId:
        """The cell whose key must have protected the command.

        The Broker's own replacement is authorised by its key agreement key alone, except on
        a Communications Hub, which holds the Broker's digitalSignature key too.
        """
        if self.mode is ReplacementMode.ANY_BY_CONTINGENCY:
            return cell_id(self.authorising_role, KeyUsage.KEY_CERT_SIGN)
        if not self.is_signed(device_type):
            return cell_id(self.authorising_role, KeyUsage.KEY_AGREEMENT)
        return cell_id(self.authorising_role, KeyUsage.DIGITAL_SIGNATURE)

    def is_signed(self, device_type: DeviceType) -> bool:
        """Whether the command to such a Device carries a signature (GBCS 13.3.3.1)."""
        return self.signed or device_type is DeviceType.CHF

    def may_replace(self, cell: TrustAnchorCellId) -> bool:
        """Whether the mode covers the cell; for the root cell, `root` says on what terms."""
        if cell.role is RemotePartyRole.ROOT:
            return self.root is not RootReplacement.NEVER
        return cell.role in self.replaceable


def _rule(
    mode: ReplacementMode,
    code: int,
    authorising_role: RemotePartyRole,
    *replaceable: RemotePartyRole,
    root: RootReplacement = RootReplacement.NEVER,
    signed: bool = True,
    maced: bool = True,
) -> ReplacementRule:
    return ReplacementRule(
        mode, MessageCode(code), authorising_role, frozenset(replaceable), root, signed, maced
    )


_ROLE = RemotePartyRole
_MODE = ReplacementMode
_EVERY_ROLE = frozenset(_ROLE) - {_ROLE.ROOT, _ROLE.ISSUING_AUTHORITY, _ROLE.OTHER}

REPLACEMENT_RULES = {
    rule.mode: rule
    for rule in (
        _rule(_MODE.ROOT_BY_SUPPLIER, 0x0100, _ROLE.SUPPLIER, root=RootReplacement.NORMAL),
        _rule(_MODE.ROOT_BY_WAN_PROVIDER, 0x0101, _ROLE.WAN_PROVIDER, root=RootReplacement.NORMAL),
        _rule(_MODE.SUPPLIER_BY_SUPPLIER, 0x0102, _ROLE.SUPPLIER, _ROLE.SUPPLIER),
        _rule(
            _MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
            0x0103,
            _ROLE.NETWORK_OPERATOR,
            _ROLE.NETWORK_OPERATOR,
        ),
        _rule(
            _MODE.ACB_BY_ACB,
            0x0104,
            _ROLE.ACCESS_CONTROL_BROKER,
            _ROLE.ACCESS_CONTROL_BROKER,
            signed=False,
        ),
        _rule(_MODE.WAN_PROVIDER_BY_WAN_PROVIDER, 0x0105, _ROLE.WAN_PROVIDER, _ROLE.WAN_PROVIDER),
        _rule(_MODE.TRANS_COS_BY_TRANS_COS, 0x0106, _ROLE.TRANSITIONAL_COS, _ROLE.TRANSITIONAL_COS),
        _rule(_MODE.SUPPLIER_BY_TRANS_COS, 0x0107, _ROLE.TRANSITIONAL_COS, _ROLE.SUPPLIER),
        _rule(
            _MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
            0x0108,
            _ROLE.RECOVERY,
            *_EVERY_ROLE,
            root=RootReplacement.NORMAL,
            maced=False,
        ),
        _rule(
            _MODE.ANY_BY_CONTINGENCY,
            0x0109,
            _ROLE.ROOT,
            *_EVERY_ROLE,
            root=RootReplacement.ABNORMAL,
            maced=False,
        ),
        _rule(
            _MODE.LOAD_CONTROLLER_BY_LOAD_CONTROLLER,
            0x0125,
            _ROLE.LOAD_CONTROLLER,
            _ROLE.LOAD_CONTROLLER,
        ),
        _rule(_MODE.LOAD_CONTROLLER_BY_SUPPLIER, 0x0126, _ROLE.SUPPLIER, _ROLE.LOAD_CONTROLLER),
    )
}

RULES_BY_CODE = {rule.code: rule for rule in REPLACEMENT_RULES.values()}
