"""CS02a and CS02f: which credentials does this device hold? (GBCS 13.2, 13.9)"""

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import (
    CellContents,
    CredentialsQuery,
    CredentialsReport,
    RoleCredentials,
)
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02F
from firmware_sim.machine.commands.authenticate import (
    authority,
    check_counter,
    check_mac,
    check_protection_form,
    check_signature,
)
from firmware_sim.machine.commands.header import check_header
from firmware_sim.machine.commands.respond import maced_response, signed_response
from firmware_sim.machine.commands.spending import read_or_spend, spend
from firmware_sim.machine.context import Context
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.refusals import RefusalReason, Refused
from firmware_sim.machine.state import DeviceState

# Whether or not the cell is held: reference messages show no more than that.
_WITHHELD = {"transitional-cos": (RemotePartyRole.TRANSITIONAL_COS,), "none": ()}


def read_credentials(context: Context, message: Message) -> tuple[bytes, ...]:
    """Answer a CS02a or CS02f command; the counters shown are those from before it.

    Raises:
        Refused: see `firmware_sim.machine.commands.authenticate`.
        RemoteError: the payload is malformed.
    """
    asking = CredentialsQuery.asking_cell(message.payload)
    cell = _authenticate(context, message, asking)
    query = _query(context, message, asking.role)
    withheld = _WITHHELD[context.policy.cs02f_refused_roles] if message.code == CS02F else ()
    report = CredentialsReport(
        tuple(
            RoleCredentials(role, StatusCode.OTHER)
            if role in withheld
            else role_credentials(context.state, role)
            for role in query.roles
        )
    )
    # Durable before the response: its key depends on the counter, and must not serve twice.
    _advance_counter(context, message, asking.role)
    if asking == ACB_KEY_AGREEMENT:
        return (maced_response(context, message, report.encode(), cell.public_key),)
    return (signed_response(context, message, report.encode()),)


def _query(context: Context, message: Message, role: RemotePartyRole) -> CredentialsQuery:
    def read() -> CredentialsQuery:
        check_header(message, context.policy)
        return CredentialsQuery.decode(message.payload)

    if context.policy.read_counter == "ignore":
        return read()
    return read_or_spend(role, read)


def _authenticate(context: Context, message: Message, asking: TrustAnchorCellId) -> Cell:
    by_broker = asking == ACB_KEY_AGREEMENT
    if not by_broker and asking.key_usage is not KeyUsage.DIGITAL_SIGNATURE:
        raise Refused(RefusalReason.NO_AUTHORITY, f"cell {asking} authorises no reading")
    check_protection_form(message, signed=not by_broker, maced=by_broker)
    if context.policy.read_counter == "advance":
        check_counter(context, message, asking.role)
    cell = authority(context, message, asking)
    if by_broker:
        check_mac(context, message)
    else:
        check_signature(context, message, cell.public_key, str(asking))
    return cell


def _advance_counter(context: Context, message: Message, role: RemotePartyRole) -> None:
    if context.policy.read_counter == "advance":
        spend(context, message, role)


def role_credentials(state: DeviceState, role: RemotePartyRole) -> RoleCredentials:
    """What the device holds for one role: its counter and cells, or trustAnchorNotFound."""
    cells = sorted((cell for cell in state.cells.values() if cell.cell.role is role), key=_order)
    if not cells:
        return RoleCredentials(role, StatusCode.TRUST_ANCHOR_NOT_FOUND)
    contents = tuple(
        CellContents(
            cell.cell.key_usage, cell.cell.cell_usage, bytes(cell.unique_id), cell.key_identifier
        )
        for cell in cells
    )
    return RoleCredentials(role, StatusCode.SUCCESS, state.counter(role), contents)


def _order(cell: Cell) -> tuple[int, int]:
    return cell.cell.key_usage.value, cell.cell.cell_usage
