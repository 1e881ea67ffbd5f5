"""A large ledger is checked in two processes, and told of as a small one is."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copytree
from typing import NoReturn

import pytest

from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence import whole_ledger
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.folder import IMAGES_FOLDER, LEDGER_NAME
from firmware_sim.bench.evidence.whole_ledger import check_ledger
from firmware_sim.bench.processes import WorkerProcesses


@pytest.fixture(params=["one process", "two processes"])
def _processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "two processes":
        monkeypatch.setattr(whole_ledger, "LARGE", 0)


@pytest.fixture
def small(small_folder: Path, tmp_path: Path) -> Path:
    """A run whose rows agree."""
    return copytree(small_folder, tmp_path / "run")


@pytest.fixture
def failed(failed_folder: Path, tmp_path: Path) -> Path:
    """A run whose chain holds, and whose cells stand in no answer."""
    return copytree(failed_folder, tmp_path / "run")


@pytest.mark.usefixtures("_processes")
def test_the_head_is_the_last_row_and_the_record_is_the_ledgers(small: Path) -> None:
    head, record = check_ledger(small)
    with closing(sqlite3.connect(small / LEDGER_NAME)) as database:
        [(last,)] = database.execute("SELECT max(place) FROM run_end")
    assert head.rows == last + 1
    assert record.run.title == "A meter that survives the fall of the Root"


@pytest.mark.usefixtures("_processes")
def test_rows_that_do_not_agree_are_found_though_the_chain_holds(failed: Path) -> None:
    with pytest.raises(AlteredError, match="stands in no answer of the device"):
        check_ledger(failed)


@pytest.mark.usefixtures("_processes")
def test_a_broken_chain_is_found_though_the_rows_agree(small: Path) -> None:
    break_chain(small)
    with pytest.raises(AlteredError, match=r"is not what .* was written after"):
        check_ledger(small)


@pytest.mark.usefixtures("_processes")
def test_a_broken_chain_is_told_before_rows_that_do_not_agree(failed: Path) -> None:
    break_chain(failed)
    with pytest.raises(AlteredError, match=r"is not what .* was written after"):
        check_ledger(failed)


@pytest.mark.usefixtures("_processes")
def test_a_broken_chain_is_told_before_an_image_that_is_missing(small: Path) -> None:
    for image in (small / IMAGES_FOLDER).iterdir():
        image.unlink()
    with pytest.raises(UsageError, match="cannot read"):
        check_ledger(small)
    break_chain(small)
    with pytest.raises(AlteredError, match=r"is not what .* was written after"):
        check_ledger(small)


def test_a_small_ledger_starts_no_process(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError

    monkeypatch.setattr(WorkerProcesses, "__init__", refuse)
    check_ledger(small)
    monkeypatch.setattr(whole_ledger, "LARGE", 0)
    with pytest.raises(AssertionError):
        check_ledger(small)


def test_a_process_that_dies_leaves_nothing_verified(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_ledger, "LARGE", 0)
    monkeypatch.setattr(whole_ledger, "check_chain", _die)
    with pytest.raises(BenchError, match="the process that followed the chain"):
        check_ledger(small)


def _die(_: Path) -> ChainHead:
    os._exit(1)


def break_chain(folder: Path) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        assert database.execute("UPDATE governance SET detail = 'Nobody came.'").rowcount
        database.commit()
