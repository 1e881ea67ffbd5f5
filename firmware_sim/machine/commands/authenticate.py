"""Is this command from whom it says, for this device, now? Each step refuses with its reason.

The order is: counter, authority, protection. A counter costs nothing to check and a signature
costs the most, so a flood of replays is cheap to refuse.
"""

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import read_seq_number
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.context import Context
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.refusals import RefusalReason, Refused


def check_protection_form(message: Message, *, signed: bool, maced: bool) -> None:
    """Refuse a command that carries a protection it should not have, or lacks one it should."""
    if bool(message.signature) != signed or (message.mac is not None) != maced:
        wanted = " and ".join(
            name for name, is_due in (("a signature", signed), ("a MAC", maced)) if is_due
        )
        raise Refused(RefusalReason.WRONG_PROTECTION, f"this command must carry {wanted} only")


def check_counter(context: Context, message: Message, role: RemotePartyRole) -> None:
    """Refuse an Originator Counter that is not above the highest accepted for the role.

    Raises:
        RemoteError: it is no SeqNumber: once stored, no response could state it.
    """
    read_seq_number(message.counter, what="the Originator Counter")
    stored = context.state.counter(role)
    if message.counter <= stored:
        raise Refused(
            RefusalReason.REPLAYED,
            f"counter {message.counter} is not above {stored}, the {role.label} counter",
        )


def authority(context: Context, message: Message, cell_id: TrustAnchorCellId) -> Cell:
    """The cell that authorises, which the originator must own.

    The owner is the Entity Identifier that came with the key into the cell; the certificate's
    organisational unit plays no part.
    """
    cell = context.state.cells.get(cell_id)
    if cell is None:
        raise Refused(RefusalReason.NO_AUTHORITY, f"this device has no cell {cell_id}")
    if cell.unique_id != message.originator:
        raise Refused(
            RefusalReason.NO_AUTHORITY,
            f"{message.originator} is not the owner of cell {cell_id}",
        )
    return cell


def check_signature(
    context: Context, message: Message, public_key: bytes, whose: TrustAnchorCellId | str
) -> None:
    """Refuse a signature that the key does not verify; `whose` names the key in the reason."""
    if not signature_is_valid(message, public_key, context.suite):
        raise Refused(RefusalReason.BAD_SIGNATURE, f"not signed with the key of {whose}")


def check_mac(context: Context, message: Message) -> None:
    """Refuse a MAC that the Access Control Broker's and the device's keys do not give."""
    broker = context.state.cells.get(ACB_KEY_AGREEMENT)
    if broker is None or not mac_is_valid(
        message, context.secret_with(broker.public_key), context.suite
    ):
        raise Refused(RefusalReason.BAD_MAC, f"no valid MAC by the key of {ACB_KEY_AGREEMENT}")
