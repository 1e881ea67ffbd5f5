"""What a board asks of a run, a line each: the decision, money, a breach, keys, devices.

A line stands here only if it happened, with the section of the report that says more.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.accounts.claims import Breach
from firmware_sim.bench.evidence.accounts.devices import Wave
from firmware_sim.bench.evidence.accounts.procedure import ProcedureFault
from firmware_sim.bench.evidence.accounts.uses import Prepayment
from firmware_sim.bench.evidence.price_sums import priced_run
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import GovernanceRow
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wave_words import stop_sentences
from firmware_sim.bench.evidence.wording import count, moment, party, several, span
from firmware_sim.bench.governance.prices import pounds
from firmware_sim.gbcs.roles import ROOT_CELL

_CONTINGENCY_USED: Final = "signs with the Contingency Private Key"
_NOT_RENEWED: Final = "I13"
"""The rule that a root which is put in place by Contingency brings another Contingency key."""


class BoardLine(NamedTuple):
    """One answer, and the identifier of the section that says more."""

    text: str
    section: str


def board_lines(record: RunRecord) -> list[BoardLine]:
    """All of them, in the order in which a board asks."""
    parts = (_decision, _money, _breaches, _contingency, _stops, _devices)
    return [line for part in parts for line in part(record)]


def _rows(record: RunRecord, event: GovernanceEvent) -> list[GovernanceRow]:
    return [row for row in record.governance if row.event == event]


def _decision(record: RunRecord) -> Iterator[BoardLine]:
    fallen = _rows(record, GovernanceEvent.COMPROMISE)
    decided = _rows(record, GovernanceEvent.DECISION)
    for row in decided[:1]:
        what = row.detail.partition(", because")[0]
        after = ""
        if fallen and fallen[0].at <= row.at:
            seconds = datetime.fromisoformat(row.at) - datetime.fromisoformat(fallen[0].at)
            after = f", {span(seconds.total_seconds())} after the Compromise was declared"
        more = f" {count(len(decided) - 1, 'more decision')} followed." if decided[1:] else ""
        text = f"The SMKI PMA decided on {moment(row.at)}{after}: {what}.{more}"
        yield BoardLine(text, "decisions")


def _money(record: RunRecord) -> Iterator[BoardLine]:
    told = record.accounts.last(Prepayment)
    if told is None:
        return
    if told.lost:
        lost = f"{count(told.lost, 'token')} worth {pounds(told.lost_pence)}"
        yield BoardLine(f"Customers lost {lost}, paid for and never credited.", "prepayment")
    if told.printed:
        printed = f"{count(told.printed, 'token')} worth {pounds(told.printed_pence)}"
        yield BoardLine(f"A thief was credited {printed} that nobody had paid for.", "prepayment")


def _breaches(record: RunRecord) -> Iterator[BoardLine]:
    for each in record.accounts.all(Breach):
        who = party(each.party)
        status = each.status.removeprefix("deemed; ").removeprefix("deemed, ")
        text = f"{who} is deemed in breach of {each.provision}: {status}."
        yield BoardLine(text, "claims")


def _contingency(record: RunRecord) -> Iterator[BoardLine]:
    if not any(_CONTINGENCY_USED in row.detail for row in _rows(record, GovernanceEvent.CUSTODY)):
        return
    cells = (cell for device in record.devices for cell in device.cells)
    if any(each.rule == _NOT_RENEWED for each in record.accounts.all(ProcedureFault)):
        then = "the root that was installed carries no new one: it must be renewed"
    elif any(cell.cell == str(ROOT_CELL) and cell.change == "replaced" for cell in cells):
        then = "with the new root another Contingency key pair and symmetric key are in place"
    else:
        then = "that another one is in its place is not recorded"
    yield BoardLine(f"The Contingency Private Key was used; {then}.", "decisions")


def _stops(record: RunRecord) -> Iterator[BoardLine]:
    for text in stop_sentences(record.accounts.all(Wave), record.stops):
        yield BoardLine(text, "timeline")


def _devices(record: RunRecord) -> Iterator[BoardLine]:
    left = record.not_recovered or record.still_exposed
    if not left:
        return
    sums = {name: sum(each.outcome == name for each in left) for name in record.outcome_sums}
    kinds = several([f"{number:,} {name}" for name, number in sums.items() if number])
    devices = count(len(left), *record.to_recover_words)
    are, they = ("is", "it") if len(left) == 1 else ("are", "they")
    price = _price(record)
    told = f"{devices} {are} not recovered ({kinds}): {they} may have to be visited or replaced"
    yield BoardLine(f"{told}{price}.", "fates")


def _price(record: RunRecord) -> str:
    priced = priced_run(record.accounts)
    if priced is None:
        return ""
    total = priced.total
    without = f", {total.unpriced:,} of them without one" if total.unpriced else ""
    return f", {total.amount} at the prices that the story assumes{without}"
