"""An authenticated command serves once, whether it is obeyed, answered or refused.

A device that refused it and left its counter unspent would carry it out later, sent by an
eavesdropper who kept a copy, when what stood in its way is gone. A refusal spends it in the
transaction that counts the refusal: see `firmware_sim.machine.machine`.
"""

from collections.abc import Callable
from typing import TypeVar

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.machine.context import Context
from firmware_sim.machine.credentials.floors import advanced
from firmware_sim.machine.refusals import RefusalReason, Refused
from firmware_sim.machine.state import Changes

T = TypeVar("T")


def spent(context: Context, message: Message, role: RemotePartyRole) -> Changes:
    """Changes that begin with the role's Originator Counter moved up to the message's."""
    changes = context.state.changes()
    changes.put(advanced(context.state, role, message.counter))
    return changes


def spend(context: Context, message: Message, role: RemotePartyRole) -> None:
    """Make it durable that the message's counter serves no other; before any answer.

    Raises:
        InsufficientSpace: not even the counter fits; nothing may be answered then.
    """
    spent(context, message, role).commit()


def read_or_spend(role: RemotePartyRole, read: Callable[[], T]) -> T:
    """What an authentic command asks for, as `read` returns it.

    Raises:
        Refused: `read` raised a RemoteError: no response could speak of the command, and its
            refusal spends it.
    """
    try:
        return read()
    except RemoteError as error:
        raise Refused(RefusalReason.MALFORMED, str(error), spends=role) from error
