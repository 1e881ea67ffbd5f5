"""A ledger that goes on compares before it writes, device by device."""

from pathlib import Path

import pytest

from firmware_sim.bench.evidence.continuing import ContinuedLedger
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.ledger_checks import check_chain
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.gbcs.identifiers import EntityId
from tests.bench.drills.cut_off import rows
from tests.bench.evidence.rehearsal import START, run_info

ONE, OTHER = (EntityId.parse(f"00db12345678000{number}") for number in (1, 2))


def begun(ledger: RunLedger) -> int:
    for entity in (ONE, OTHER):
        ledger.device(entity, "ESME", 0)
    return ledger.step("ask", "Both are asked", at=START)


def asked(ledger: RunLedger, step: int, device: EntityId, word: bytes = b"asked") -> None:
    ledger.message(step, device, "to device", word, START)
    ledger.check(step, device, "answers", Verdict.PASSED)


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """A run that was cut off when the second device had been asked, and the first had not."""
    folder = tmp_path / "run"
    with RunLedger.create(folder, run_info()) as ledger:
        ledger.follow(lambda: START)
        asked(ledger, begun(ledger), OTHER)
    return folder


def goes_on(folder: Path) -> ContinuedLedger:
    ledger = ContinuedLedger.go_on(folder, run_info(), check_chain(folder), Hold(folder))
    ledger.follow(lambda: START)
    return ledger


def test_rows_of_a_device_wait_until_those_of_the_other_were_played_again(cut: Path) -> None:
    before = rows(cut)
    with goes_on(cut) as ledger:
        step = begun(ledger)
        asked(ledger, step, ONE)
        assert rows(cut) == before
        asked(ledger, step, OTHER)
        ledger.finish_step(step, Verdict.PASSED, at=START)
        assert ledger.is_going_on
        ledger.finish(Outcome.PASSED)
    added = [table for table, _ in rows(cut)[len(before) :]]
    assert rows(cut)[: len(before)] == before
    assert added == ["message", "verdict", "step_end", "run_end"]
    assert check_chain(cut).rows > len(rows(cut))


def test_another_message_to_a_device_is_found_and_nothing_is_written_from_then_on(
    cut: Path,
) -> None:
    before = rows(cut)
    with goes_on(cut) as ledger:
        step = begun(ledger)
        asked(ledger, step, ONE)
        with pytest.raises(AlteredError, match=r"message row .* is not what playing the run gives"):
            asked(ledger, step, OTHER, b"ordered")
        with pytest.raises(AlteredError):
            ledger.finish_step(step, Verdict.ERROR, "the bench broke", at=START)
    assert rows(cut) == before


def test_a_step_does_not_end_while_rows_of_its_devices_stand_that_were_not_played_again(
    cut: Path,
) -> None:
    before = rows(cut)
    with goes_on(cut) as ledger:
        step = begun(ledger)
        with pytest.raises(AlteredError, match="message row"):
            ledger.finish_step(step, Verdict.PASSED, at=START)
    assert rows(cut) == before


def test_the_ledger_of_another_seed_does_not_go_on(cut: Path) -> None:
    with pytest.raises(AlteredError, match="run row 0"):
        ContinuedLedger.go_on(cut, run_info(premises=2), check_chain(cut), Hold(cut))
