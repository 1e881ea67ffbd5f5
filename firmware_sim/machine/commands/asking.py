"""Who asks for a use of the device's keys, and is it true? The commands that no table of modes has.

The order is: form, authority, counter, protection. Who asks decides whose counter it is, so
authority comes before it.
"""

from typing import NamedTuple

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.uses import Use
from firmware_sim.machine.commands.authenticate import (
    check_counter,
    check_mac,
    check_protection_form,
    check_signature,
)
from firmware_sim.machine.context import Context
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.refusals import RefusalReason, Refused

_BROKER = RemotePartyRole.ACCESS_CONTROL_BROKER


class Asker(NamedTuple):
    """The party that asks: its role, and the cell that names it."""

    role: RemotePartyRole
    cell: Cell


def authentic_asker(context: Context, message: Message, use: Use) -> Asker:
    """The party that an authentic command comes from.

    Raises:
        Refused: form, authority, counter, signature or MAC; nothing has changed.
    """
    check_protection_form(message, signed=use.signed, maced=True)
    asker = find_asker(context, message, use)
    check_counter(context, message, asker.role)
    if use.signed:
        check_signature(context, message, asker.cell.public_key, asker.cell.cell)
    check_mac(context, message)
    return asker


def find_asker(context: Context, message: Message, use: Use) -> Asker:
    """The first role that may ask and whose cell names the originator.

    Raises:
        Refused: there is none.
    """
    usage = KeyUsage.DIGITAL_SIGNATURE if use.signed else KeyUsage.KEY_AGREEMENT
    for role in use.askers:
        cell = context.state.cells.get(TrustAnchorCellId(role, usage))
        if cell is not None and cell.unique_id == message.originator:
            return Asker(role, cell)
    names = ", ".join(str(TrustAnchorCellId(role, usage)) for role in use.askers)
    raise Refused(
        RefusalReason.NO_AUTHORITY, f"{message.originator} is not the owner of any of {names}"
    )


def check_use_header(context: Context, message: Message, asker: Asker) -> None:
    """Refuse a header with a date-time, or with another user where nobody speaks for one.

    The Access Control Broker may name the user for whom it asks. A certificate of that user would
    stand for a cell that the device has not, and is not taken.

    Raises:
        RemoteError: as said.
    """
    if context.policy.header_extras == "ignore":
        return
    if message.date_time:
        raise RemoteError("a date-time in the header of a command")
    user = message.supplementary
    if user is None:
        return
    if asker.role is not _BROKER:
        raise RemoteError("supplementary fields in a command that the Broker does not send")
    if user.certificate or user.originator_counter is not None:
        raise RemoteError("more supplementary fields than a user and a counter")


def reader_of(context: Context, message: Message, asker: Asker) -> Cell | None:
    """The key agreement cell for which values are encrypted; None if the user has none here."""
    user = message.supplementary
    if user is None or asker.role is not _BROKER:
        return asker.cell
    for role in (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR):
        cell = context.state.cells.get(TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT))
        if cell is not None and cell.unique_id == user.party:
            return cell
    return None
