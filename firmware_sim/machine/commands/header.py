"""What the header of a credential command may not carry, although the envelope has room for it."""

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.policy import Policy


def header_extras(message: Message, policy: Policy) -> str:
    """What is too much in an authentic command's header, in words; empty if nothing is.

    Supplementary fields name the user for whom the Access Control Broker speaks, and a
    date-time is the stamp of a device's answer: neither means anything here, and a command
    that is obeyed all the same would be taken for what its sender did not mean.
    """
    if policy.header_extras == "ignore":
        return ""
    if message.supplementary is not None:
        return "supplementary fields in the header of a credential command"
    return "a date-time in the header of a command" if message.date_time else ""


def check_header(message: Message, policy: Policy) -> None:
    """For the use cases whose responses cannot state that the header carries too much.

    Raises:
        RemoteError: it does.
    """
    extras = header_extras(message, policy)
    if extras:
        raise RemoteError(extras)
