"""Whether a prepayment token was credited, where the links lost the answer."""

from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.command_result import CommandResult
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.tokens import Token
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.evidence.step_words import REFUSED_IN_ANSWER
from firmware_sim.bench.outcome import Verdict
from firmware_sim.machine.refusals import RefusalReason

_DUPLICATE: Final = RefusalReason.DUPLICATE_TOP_UP


async def is_known_as_spent(
    state: DrillState, result: CommandResult, contact: DeviceContact, token: Token | None
) -> bool:
    """Whether a token was credited, and only the answer to it was lost.

    A meter that refuses it as spent says so itself; otherwise the flash image does. Where only
    the device can read that, it is not known what became of the token.
    """
    if token is None or token.fate == "spent":
        return False
    is_repeated = (
        (result.attempts > 1 or token.fate == "unknown")
        and result.refusal is not None
        and result.refusal.reason is _DUPLICATE
    )
    if result.response is not None or not (is_repeated or result.outstanding or result.was_lost):
        return False
    contents = await state.image_contents(contact)
    is_credited = is_repeated if contents is None else token.counter in contents.credited
    if not is_credited:
        token.fate = "unknown" if contents is None else "missed"
    return is_credited


def spent_before(
    state: DrillState, step: UseStep, log: StepLog, contacts: list[DeviceContact]
) -> list[DeviceContact]:
    """Those that must refuse a token as spent: where the links lost it before, it is a new one."""
    expect = step.expect
    if not isinstance(expect, RefusalExpected) or _DUPLICATE not in expect.refused:
        return contacts
    tokens, known = state.tokens.sold.get(step.token or "", {}), []
    for contact in contacts:
        token = tokens.get(contact.entity_id)
        if token is not None and token.fate in ("unknown", "missed"):
            why = "the links lost this token before, or the answer to it"
            log.check(contact, REFUSED_IN_ANSWER, Verdict.SKIPPED, "", "not sent", why)
        else:
            known.append(contact)
    return known
