"""Whether an answer to a use of keys is what it must be: read, or of no use to who asked."""

from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.step_log import StepFinding
from firmware_sim.bench.drills.use_outcomes import outcome_of
from firmware_sim.bench.parties.key_user import KeyUser
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message

USED: Final = "used by the device, answer verified and read"
UNREADABLE: Final = "the answer is of no use with this key"
OPENED: Final = "opened"


def used(user: KeyUser, answer: Message, contact: DeviceContact) -> StepFinding:
    """Whether a verified answer says that it was done, and its values open."""
    try:
        outcome = outcome_of(answer, user.opened(answer, contact))
    except RemoteError as error:
        return StepFinding(USED, False, "done", "not read", str(error))
    reason = "" if outcome.done else "the device did not do it"
    return StepFinding(USED, outcome.done, "done", outcome.words, reason)


def unreadable(
    user: KeyUser, command: Message, answer: Message, contact: DeviceContact
) -> StepFinding:
    """Whether a key neither verifies a genuine answer nor opens any of its values."""
    wanted = "no MAC verified, no value opened"
    try:
        user.check(answer.build(), command, contact)
    except RemoteError as error:
        why = str(error)
    else:
        return StepFinding(UNREADABLE, False, wanted, "verified", "the key verifies the answer")
    try:
        opened = user.opened(answer, contact)
    except RemoteError as error:
        return StepFinding(UNREADABLE, True, wanted, f"{why}; {error}")
    if opened:
        return StepFinding(UNREADABLE, False, wanted, OPENED, "the key opens the values")
    return StepFinding(UNREADABLE, True, wanted, why)
