"""What a device that is read back shows of a command of which nothing came."""

from typing import NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.checks import Holdings, read_report, reported_holdings
from firmware_sim.bench.drills.command_result import CommandResult, Shown
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.readers import READERS_CELLS, readers
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.dut.simulated.credential import Filling
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole


class Question(NamedTuple):
    """What is asked about one command.

    Attributes:
        installed: what it puts into cells.
        before, after: what its cells report without it, and with it.
        counter: of its first attempt.
    """

    mode: ReplacementMode
    installed: Filling
    before: Holdings
    after: Holdings
    counter: int


async def shown_by(
    state: DrillState, sender: CommandSender, contact: DeviceContact, question: Question
) -> Shown:
    """Read the device back, with old or new keys of a party."""
    silence = Shown.SILENCE
    keys = (question.installed, None) if READERS_CELLS & question.installed.keys() else (None,)
    for held in keys:
        # One reader alone: if its reading is lost, the command is sent again. Not the party
        # that commanded, if there is another: its reading moves the counter that tells.
        commanding = REPLACEMENT_RULES[question.mode].authorising_role
        able = list(readers(state, contact, held))
        party = next((each for each in able if each.role is not commanding), able[0])
        result = await sender.ask(party, contact, party.read_back(contact))
        silence = Shown.LOST if result.outstanding else silence
        report = _report(result)
        if report is not None:
            return Shown.DONE if _shows(report, party.role, question) else Shown.NOT_DONE
    return silence


def _report(result: CommandResult) -> CredentialsReport | None:
    try:
        return read_report(result.response) if result.response else None
    except RemoteError:
        return None


def _shows(report: CredentialsReport, reader: RemotePartyRole, question: Question) -> bool:
    held, after = reported_holdings(report), question.after
    if any(held.get(cell) != holding for cell, holding in after.items()):
        return False
    if after != question.before:
        return True
    # The cells look the same, executed or not: the counter tells, unless reading moves it.
    role = REPLACEMENT_RULES[question.mode].authorising_role
    counters = {entry.role: entry.counter or 0 for entry in report.roles}
    return counters.get(role, 0) >= question.counter and role is not reader
