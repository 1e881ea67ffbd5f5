"""What custody did, as lines of the governance record."""

from collections import Counter

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.smki.custody import CustodyAct, CustodyEvent


class CustodyLog:
    """Copies custody's events to the ledger, alike ones of a step as one line with their number."""

    def __init__(self, state: DrillState) -> None:
        self._custody = state.custody
        self._state = state
        self._written = len(state.custody.events)

    def write(self) -> None:
        """Record what happened since the last call."""
        new = self._custody.events[self._written :]
        self._written += len(new)
        # The step that compromises a key records that itself.
        events = [event for event in new if event.act is not CustodyAct.COMPROMISE]
        alike = Counter((event.at, words.custody(event)) for event in events)
        first = {(event.at, words.custody(event)): event for event in reversed(events)}
        for key, count in alike.items():
            _, text = key
            times = f" ({count} times)" if count > 1 else ""
            self._state.record(_kind(first[key]), text + times)


def _kind(event: CustodyEvent) -> GovernanceEvent:
    return GovernanceEvent.CUSTODY if event.allowed else GovernanceEvent.CUSTODY_REFUSED
