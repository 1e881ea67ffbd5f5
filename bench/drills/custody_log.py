"""What custody did, as lines of the governance record."""

from collections import Counter

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.smki.custody import CustodyAct, CustodyEvent


def tell_custody(state: DrillState) -> None:
    """Copy custody's new events to the ledger, alike ones of a time as one line with their number.

    A line has the time of the use, which may be long before the end of its step. So that lines
    stand in the order of their times, this is called before the clock goes on.
    """
    new = state.custody.events[state.custody_told :]
    state.custody_told += len(new)
    # The step that compromises a key records that itself.
    events = [event for event in new if event.act is not CustodyAct.COMPROMISE]
    alike = Counter((event.at, words.custody(event)) for event in events)
    first = {(event.at, words.custody(event)): event for event in reversed(events)}
    for (at, text), count in alike.items():
        times = f" ({count} times)" if count > 1 else ""
        state.record(_kind(first[at, text]), text + times, at=at)


def _kind(event: CustodyEvent) -> GovernanceEvent:
    return GovernanceEvent.CUSTODY if event.allowed else GovernanceEvent.CUSTODY_REFUSED
