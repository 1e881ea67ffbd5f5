"""What a board asks is told in a line each, if it happened."""

from pathlib import Path

import pytest

from firmware_sim.bench.evidence.accounts.claims import Breach
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome
from firmware_sim.bench.evidence.accounts.procedure import ProcedureFault
from firmware_sim.bench.evidence.accounts.recovery_event import RecoveryEvent
from firmware_sim.bench.evidence.accounts.uses import Prepayment
from firmware_sim.bench.evidence.board_lines import board_lines
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.outcome import Outcome
from tests.bench.evidence.rehearsal import BROKER, START, run_info

LATER = START.replace(hour=START.hour + 2)
USED = "custody signs with the Contingency Private Key (first generation), as the SMKI PMA decided"


@pytest.mark.parametrize("renewed", [True, False])
def test_what_happened_is_told_with_the_section_that_says_more(
    tmp_path: Path, *, renewed: bool
) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(BROKER, "CHF", 0)
        ledger.governance(START, GovernanceEvent.COMPROMISE, "the root's key is compromised")
        decided = "the Contingency Private Key must be used, because the root fell"
        ledger.governance(LATER, GovernanceEvent.DECISION, decided)
        ledger.governance(LATER, GovernanceEvent.CUSTODY, USED)
        ledger.account(RecoveryEvent(type="A", at=LATER.isoformat()))
        ledger.account(Prepayment(lost=2, lost_pence=2000, printed=1, printed_pence=4950))
        ledger.account(
            Breach(party="dcc", provision="SEC L11.9", status="deemed, before the Panel")
        )
        ledger.account(
            DeviceOutcome(device=str(BROKER), outcome="lost", responsible_supplier="alpha")
        )
        if not renewed:
            fault = ProcedureFault(rule="I13", clause="L10.1(b)", reason="r", at=LATER.isoformat())
            ledger.account(fault)
        ledger.finish(Outcome.FAILED)
    record = read_record(tmp_path / "run")
    key = "that another one is in its place is not recorded"
    if not renewed:
        key = "the root that was installed carries no new one: it must be renewed"
    decision = (
        "The SMKI PMA decided on 2 March 2026, 11:00, 2.0 h after the Compromise was declared: "
        "the Contingency Private Key must be used."
    )
    assert [tuple(each) for each in board_lines(record)] == [
        (decision, "decisions"),
        ("Customers lost 2 tokens worth £20.00, paid for and never credited.", "prepayment"),
        ("A thief was credited 1 token worth £49.50 that nobody had paid for.", "prepayment"),
        ("The DCC is deemed in breach of SEC L11.9: before the Panel.", "claims"),
        (f"The Contingency Private Key was used; {key}.", "decisions"),
        (
            "1 Relevant Device is not recovered (1 lost): it may have to be visited or replaced.",
            "fates",
        ),
    ]
    page = render(record)
    assert page.count('<ul class="board">') == 1
    for each in board_lines(record):
        assert f'id="{each.section}"' in page


def test_of_what_did_not_happen_nothing_is_said(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(BROKER, "CHF", 0)
        ledger.finish(Outcome.PASSED)
    record = read_record(tmp_path / "run")
    assert board_lines(record) == []
    assert '<ul class="board">' not in render(record)
