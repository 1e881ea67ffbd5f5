"""What happened is told from the rows of a run, and never from its story's plan."""

from pathlib import Path

import pytest

from firmware_sim.bench.evidence.accounts.attacks import Attack, DeviceAttack
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome
from firmware_sim.bench.evidence.accounts.recovery_event import RecoveryEvent
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.narrative import result, what_happened
from firmware_sim.bench.evidence.proven import proven_sentences
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.verdict_words import procedure_words
from firmware_sim.bench.outcome import Outcome, Verdict
from tests.bench.evidence.rehearsal import BROKER, START, run_info

NOON = "2026-03-02T12:00:00+00:00"


@pytest.mark.parametrize("outcome", [None, Outcome.INTERRUPTED])
def test_a_run_without_its_end_is_not_yet_judged(outcome: Outcome | None) -> None:
    words = procedure_words(None, outcome)
    assert (words.word, words.tone) == ("not yet judged", "skipped")
    assert "was not compared" not in words.sentence
    assert procedure_words(None, Outcome.PASSED).word == "not judged"


def test_a_run_that_recovered_nothing_says_so(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(BROKER, "CHF", 0)
        step = ledger.step("one", "The only step")
        fallen = "alpha's key is compromised, as alpha reports: a copy was found [SEC L10.30(c)]"
        ledger.governance(START, GovernanceEvent.COMPROMISE, fallen)
        ledger.account(RecoveryEvent(type="A", at=NOON))
        ledger.account(
            DeviceOutcome(device=str(BROKER), outcome="not asked", responsible_supplier="alpha")
        )
        ledger.account(Attack(tries=3))
        ledger.account(DeviceAttack(device=str(BROKER), holds="alpha.supplier.DS", tries=3))
        ledger.check(step, BROKER, "asked", Verdict.SKIPPED, reason="not asked")
        ledger.finish_step(step, Verdict.FAILED, "found: 2; declared: 1; warning: late: 4")
        ledger.finish(Outcome.FAILED)
    record = read_record(tmp_path / "run")
    told = dict(what_happened(record))
    assert told["What fell"] == ("Alpha's key is compromised, as alpha reports: a copy was found.")
    assert told["What came of it"] == "0 of 1 Relevant Device were recovered; 1 not asked."
    assert told["The attacker"] == (
        "The attacker sent 3 commands, and none of them changed a Trust Anchor Cell. "
        "It came to 1 device and changed none."
    )
    assert "found: 2; declared: 1." in result(record)
    assert "late" not in result(record)


def test_further_keys_that_fell_are_named_as_such_and_where_they_are_told(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        for name in ("alpha", "beta"):
            text = f"{name}'s key is compromised [SEC L10.30(c)]"
            ledger.governance(START, GovernanceEvent.COMPROMISE, text)
    told = dict(what_happened(read_record(tmp_path / "run")))
    assert told["What fell"] == (
        "Alpha's key is compromised. 1 more key fell after it, as “Decisions and custody” tells."
    )


def test_why_keys_are_not_proven_stands_beside_their_number() -> None:
    ways = {"by_use": 2, "by_credential_command_only": 1, "not_proven": 550}
    first, *_ = proven_sentences({**ways, "could_be_used_and_was_not": 0})
    assert first.endswith("550 not proven (nothing was sent that needs them).")
    first, *_ = proven_sentences({**ways, "not_proven": 0, "could_be_used_and_was_not": 0})
    assert first.endswith("0 not proven.")
