"""Runs to report on: one that passed, one in which a device did wrong. No test writes into them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.evidence.accounts.claims import Costs
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.ledger import Phase, RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from tests.bench.evidence.rehearsal import START, contingency_command, rehearse, run_info

PHASES: tuple[Phase, ...] = ("before", "after")


@pytest.fixture(scope="session")
def passed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One premises, exported."""
    folder = tmp_path_factory.mktemp("runs") / "passed"
    rehearse(folder)
    export(folder)
    return folder


@pytest.fixture(scope="session")
def failed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three premises; the GSME of the second kept an old supplier key."""
    folder = tmp_path_factory.mktemp("runs") / "failed"
    rehearse(folder, premises=3, failing=5)
    export(folder)
    return folder


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a row or two in every table."""
    folder, entity = tmp_path_factory.mktemp("small") / "run", EntityId.parse("00db123456780000")
    image = manufacture(
        DrillPki.generate(1), DeviceType.GPF, entity, seed=bytes(32), policy=Policy()
    ).image()
    with RunLedger.create(folder, run_info()) as ledger:
        step = ledger.step("one", "The first step")
        ledger.device(entity, "GPF", 0)
        ledger.governance(START, GovernanceEvent.MEETING, "Five members are present.")
        ledger.account(Costs(a=1, b_i=2, b_ii=3))
        for phase in PHASES:
            ledger.image(entity, phase, image)
            ledger.cell(step, entity, phase, "image", "root.CS", bytes(8), bytes(8))
        ledger.message(step, entity, "to device", contingency_command(entity))
        ledger.refusal(step, entity, "replayed", "an old counter")
        ledger.check(step, entity, "is well", Verdict.PASSED)
        ledger.finish_step(step, Verdict.PASSED)
        ledger.finish(Outcome.PASSED)
    export(folder)
    return folder


@pytest.fixture
def passed(passed_folder: Path) -> RunRecord:
    """The record of the first."""
    return read_record(passed_folder)


@pytest.fixture
def failed(failed_folder: Path) -> RunRecord:
    """The record of the second."""
    return read_record(failed_folder)


@pytest.fixture
def unchained_folder(tmp_path: Path) -> Path:
    """A run as version 0.1.0 left it, cut down to one device: a ledger of format 2."""
    folder = tmp_path / "unchained"
    folder.mkdir()
    script = (Path(__file__).parent / "ledger_format_2.sql").read_text("utf-8")
    with closing(sqlite3.connect(folder / "run.sqlite")) as database:
        database.executescript(script)
    return folder
