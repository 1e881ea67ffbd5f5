"""One story leaves the same record on every target: messages, steps, times, images, verdicts."""

from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.drills.each_device import AT_ONCE
from firmware_sim.bench.drills.fault_terms import BadCertificateTerm
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict, RunVerdicts
from tests.bench.drills.rehearsal import (
    HANDOVER_STORY,
    ROOT_STORY,
    SUPPLIER_STORY,
    Rehearsal,
    rehearse,
    until,
)
from tests.contract.brokers import Broker
from tests.requirements import require_engine, require_tool

# It ends with a refusal, of which the device sends an alert; the GPF alone takes part.
STORY = until(HANDOVER_STORY, "supplier-takes-too-early")
BOARD = "board:mps2-an385"


def told(run: Rehearsal) -> dict[str, list[Any]]:
    """What must be equal; wall time, target and link are left out, and the words of a refusal."""
    return {
        "messages": run.rows(
            "SELECT step.name, at, direction, device, hex(octets) FROM message "
            "JOIN step ON step.id = message.step ORDER BY message.id"
        ),
        "images": run.rows("SELECT entity, image_before, image_after FROM device ORDER BY entity"),
        "steps": run.rows("SELECT name, started, finished, verdict, reason FROM step ORDER BY id"),
        "verdicts": run.rows("SELECT step, device, at, name, verdict FROM verdict ORDER BY id"),
        "refusals": run.rows("SELECT step, device, at, reason FROM refusal ORDER BY id"),
    }


async def check_same(target: str, folder: Path) -> None:
    direct = await rehearse(STORY, folder / "memory")
    other = await rehearse(STORY, folder / "other", target=target)
    assert other.outcome is direct.outcome is Outcome.PASSED, other.reasons()
    assert told(other) == told(direct)


async def test_a_story_is_the_same_in_memory_and_on_the_native_engine(tmp_path: Path) -> None:
    require_engine()
    await check_same("native", tmp_path)


async def test_many_devices_of_the_engine_leave_the_same_rows_in_the_same_order_each_time(
    tmp_path: Path,
) -> None:
    """More than are worked with at a time; each by itself is as in memory."""
    require_engine()
    first, again, memory = [
        await rehearse(STORY, tmp_path / str(number), target=target, premises=AT_ONCE + 3)
        for number, target in enumerate(("native", "native", "memory"))
    ]
    assert first.outcome is Outcome.PASSED, first.reasons()
    assert told(first) == told(again)
    by_device = "SELECT device, step, at, direction, hex(octets) FROM message ORDER BY device, id"
    assert first.rows(by_device) == memory.rows(by_device)


@pytest.mark.slow
@pytest.mark.parametrize("devices", ["simulated", "native"])
async def test_a_story_is_the_same_in_memory_and_through_a_gateway(
    devices: str, tmp_path: Path
) -> None:
    require_tool("mosquitto")
    require_engine()
    await check_same(f"gateway?devices={devices}", tmp_path)


@pytest.mark.slow
async def test_a_story_is_the_same_in_memory_and_over_a_broker(
    broker: Broker, tmp_path: Path
) -> None:
    options = broker.options
    name = f"{options.username}@" if options.username else ""
    await check_same(f"mqtt://{name}{options.host}:{options.port}", tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("emulated_board_tools")
async def test_a_story_is_the_same_in_memory_and_on_an_emulated_board(tmp_path: Path) -> None:
    await check_same(BOARD, tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("emulated_board_tools")
@pytest.mark.parametrize(
    ("story", "procedure"),
    [
        (ROOT_STORY, ProcedureVerdict.FOLLOWED),
        (SUPPLIER_STORY, ProcedureVerdict.FOLLOWED),
        (HANDOVER_STORY, ProcedureVerdict.NOTHING_TO_FOLLOW),
    ],
)
async def test_a_story_passes_both_verdicts_on_an_emulated_board(
    story: str, procedure: ProcedureVerdict, tmp_path: Path
) -> None:
    run = await rehearse(story, tmp_path, target=BOARD)
    assert run.verdicts == RunVerdicts(procedure, DevicesVerdict.RIGHT), run.reasons()


@pytest.mark.slow
@pytest.mark.usefixtures("emulated_board_tools")
@pytest.mark.parametrize(
    "name", ["issuing-oca-compromise", "root-roll", "partial-failure", "rough-contingency"]
)
async def test_new_keys_are_proven_by_use_on_an_emulated_board(name: str, tmp_path: Path) -> None:
    """Nobody cuts the power of a board in a drill: the power cuts of a story are left out."""
    story = load_story(name)
    smooth = tuple(fault for fault in story.faults if isinstance(fault, BadCertificateTerm))
    run = await rehearse(story.model_copy(update={"faults": smooth}), tmp_path, target=BOARD)
    assert run.whole is Outcome.PASSED, run.reasons()
    proven = read_record(tmp_path).as_json()["replaced_keys_proven"]
    assert isinstance(proven, dict)
    assert proven["by_use"] > 0
    assert proven["could_be_used_and_was_not"] == 0


@pytest.mark.slow
async def test_the_alert_about_the_last_refusal_stands_in_the_record_at_its_step(
    broker: Broker, tmp_path: Path
) -> None:
    options = broker.options
    name = f"{options.username}@" if options.username else ""
    url = f"mqtt://{name}{options.host}:{options.port}"
    run = await rehearse(STORY, tmp_path / "run", target=url)
    alerts = run.rows(
        "SELECT step.name, message.at = step.started FROM message "
        "JOIN step ON step.id = message.step WHERE kind = 'alert' ORDER BY message.id"
    )
    # The device makes the first and the second refusal for one reason durable, with an alert each.
    assert alerts == [("supplier-reads-too-early", 1), ("supplier-takes-too-early", 1)]
