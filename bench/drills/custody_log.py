"""What custody did, as lines of the governance record."""

from collections import Counter

from firmware_sim.bench.drills import words
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.smki.custody import Custody, CustodyAct, CustodyEvent


class CustodyLog:
    """Copies custody's events to the ledger, alike ones of a step as one line with their number."""

    def __init__(self, custody: Custody, ledger: RunLedger) -> None:
        self._custody = custody
        self._ledger = ledger
        self._written = len(custody.events)

    def write(self) -> None:
        """Record what happened since the last call."""
        new = self._custody.events[self._written :]
        self._written += len(new)
        # The step that compromises a key records that itself.
        events = [event for event in new if event.act is not CustodyAct.COMPROMISE]
        alike = Counter((event.at, words.custody(event)) for event in events)
        first = {(event.at, words.custody(event)): event for event in reversed(events)}
        for key, count in alike.items():
            at, text = key
            times = f" ({count} times)" if count > 1 else ""
            self._ledger.governance(at, _kind(first[key]), text + times)


def _kind(event: CustodyEvent) -> GovernanceEvent:
    return GovernanceEvent.CUSTODY if event.allowed else GovernanceEvent.CUSTODY_REFUSED
