"""A drill turns red at the right step for each way in which a device can be broken."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.outcome import Outcome
from firmware_sim.machine.image.records import Cell, Record, Root
from firmware_sim.machine.state import Changes, Prepared
from tests.bench.drills.rehearsal import (
    HANDOVER_STORY,
    ROOT_STORY,
    SUPPLIER_STORY,
    rehearse,
    until,
)

UPDATE = "firmware_sim.machine.commands.update_credentials"
READ = "firmware_sim.machine.commands.read_credentials"


@pytest.mark.parametrize(
    ("unchecked", "story", "step"),
    [
        (f"{UPDATE}.check_signature", ROOT_STORY, "attack-overheard"),
        (f"{UPDATE}.check_signature", SUPPLIER_STORY, "attacker-refused"),
        (f"{UPDATE}.check_counter", SUPPLIER_STORY, "replay-new-supplier"),
        (f"{UPDATE}.check_counter", SUPPLIER_STORY, "replay-recovery"),
        (f"{UPDATE}.check_counter", ROOT_STORY, "replay-new-supplier"),
        (f"{UPDATE}.check_counter", ROOT_STORY, "replay-new-cos-party"),
        (f"{UPDATE}.check_counter", HANDOVER_STORY, "replay-supplier-update"),
        (f"{UPDATE}.check_counter", HANDOVER_STORY, "replay-network-operator-update"),
        (f"{READ}.check_signature", ROOT_STORY, "old-supplier-refused"),
        (f"{UPDATE}.check_mac", ROOT_STORY, "old-mac-refused"),
        (f"{READ}.check_mac", ROOT_STORY, "old-broker-refused"),
    ],
)
async def test_a_device_without_one_check_fails_the_drill(
    unchecked: str, story: str, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unchecked, lambda *_: None)
    run = await rehearse(until(story, step), tmp_path)
    assert run.outcome is Outcome.FAILED
    assert run.steps()[step] == "failed"


def is_root(record: Record) -> bool:
    return isinstance(record, Root)


def is_top_up_cell(record: Record) -> bool:
    return isinstance(record, Cell) and str(record.cell) == "supplier.KA.PP"


@pytest.mark.parametrize(
    ("dropped", "story"),
    [(is_root, ROOT_STORY), (is_top_up_cell, ROOT_STORY), (is_top_up_cell, SUPPLIER_STORY)],
)
async def test_a_cell_reported_as_replaced_but_not_written_fails_the_drill(
    dropped: Callable[[Record], bool],
    story: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    true_put: Any = Changes.put_prepared

    def put(changes: Changes, prepared: Prepared) -> None:
        kept = [record for record in prepared.records.values() if not dropped(record)]
        true_put(changes, Prepared.of(kept))

    monkeypatch.setattr(Changes, "put_prepared", put)
    run = await rehearse(until(story, "cells-after"), tmp_path)
    assert run.outcome is Outcome.FAILED
    assert run.steps()["cells-after"] == "failed"
    rows = run.rows(
        "SELECT DISTINCT verdict.name FROM verdict JOIN step ON step.id = verdict.step "
        "WHERE step.name = 'cells-after' AND verdict.verdict = 'failed'"
    )
    assert {name for (name,) in rows} == {
        "cells by the device's own report (CS02a)",
        "cells in the flash image",
        "public keys in the flash image",
    }


async def test_a_cell_with_the_right_identifier_and_the_wrong_key_fails_the_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No command is protected by this cell's key: the image shows it, and the tokens do."""
    true_put: Any = Changes.put_prepared

    def put(changes: Changes, prepared: Prepared) -> None:
        put = [with_old_key(changes, record) for record in prepared.records.values()]
        true_put(changes, Prepared.of(put))

    def with_old_key(changes: Changes, record: Record) -> Record:
        if not is_top_up_cell(record):
            return record
        assert isinstance(record, Cell)
        old = changes._state.cells[record.cell]
        return record._replace(public_key=old.public_key)

    monkeypatch.setattr(Changes, "put_prepared", put)
    run = await rehearse(ROOT_STORY, tmp_path)
    assert run.outcome is Outcome.FAILED
    rows = run.rows("SELECT DISTINCT name, reason FROM verdict WHERE verdict = 'failed'")
    assert set(rows) == {
        ("public keys in the flash image", "another public key: supplier.KA.PP"),
        ("used by the device, answer verified and read", "the device did not do it"),
        ("refused by the device, in its answer", "the device took it"),
    }
