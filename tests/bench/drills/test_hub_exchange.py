"""A hub is exchanged: new keys, the meters behind them, and nothing left of the old ones."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from firmware_sim.bench.cli.main import run as run_command
from firmware_sim.bench.drills.selection import cell_order
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice, devices_of
from firmware_sim.bench.dut.mqtt import hubs
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.dut.simulated.target import MemoryTarget
from firmware_sim.bench.dut.target import Reach
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.accounts.uses import CellProofs
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.files.strict_yaml import MistakesError
from firmware_sim.bench.outcome import Outcome
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.mqtt import MqttDeviceLink
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId
from tests.bench.drills.rehearsal import Rehearsal, play_on, rehearse

NAME = "hub-exchange"
Fields = dict[str, Any]
EXCHANGE: Fields = {"name": "exchange", "do": "exchange hub"}
LOOK: Fields = {"name": "look", "do": "read back", "by": "accessControlBroker", "keep": "old"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    folder = tmp_path_factory.mktemp("hub")
    return asyncio.run(rehearse(load_story(NAME), folder, premises=2))


def test_every_home_has_a_new_hub_and_its_meters(played: Rehearsal) -> None:
    assert played.whole is Outcome.PASSED, played.reasons()
    rows = played.rows("SELECT premises, type, entity FROM device ORDER BY number")
    for home in (0, 1):
        types = sorted(kind for number, kind, _ in rows if number == home)
        assert types == ["CHF", "CHF", "ESME", "GPF", "GPF", "GSME"]
    assert len({entity for *_, entity in rows}) == len(rows)


def test_nothing_is_sent_to_an_old_hub_once_it_is_gone_but_to_show_it(played: Rehearsal) -> None:
    rows = played.rows(
        "SELECT DISTINCT step.name FROM message JOIN step ON step.id = step "
        "WHERE direction = 'to device' AND device IN"
        " (SELECT entity FROM device WHERE type IN ('CHF', 'GPF') ORDER BY number LIMIT 4)"
        " ORDER BY step.id"
    )
    names = [name for (name,) in rows]
    assert names == ["cells-before", "old-proxy-works", "old-hub-works", "old-proxy-reads",
                     "old-hub-silent"]  # fmt: skip


def test_the_flash_of_an_old_hub_stays_as_it_was(played: Rehearsal) -> None:
    """Every old and new device has both images in the record."""
    rows = played.rows("SELECT type, image_before IS NULL, image_after IS NULL FROM device")
    assert len(rows) == 2 * 6
    assert all(not before and not after for _, before, after in rows)


def test_what_is_told_of_a_new_device_has_the_order_of_its_cells(played: Rehearsal) -> None:
    """A set has another order in each process; the run could not be played again then."""
    record = read_record(played.folder)
    told = [each.without_use for each in record.accounts.all(CellProofs)]
    assert told
    for cells in told:
        assert list(cells) == sorted(cells, key=lambda name: cell_order(_cell(name)))


def _cell(name: str) -> TrustAnchorCellId:
    return TrustAnchorCellId.parse(name)


def test_an_answer_is_forged_under_each_key_of_the_old_hub(played: Rehearsal) -> None:
    rows = played.rows(
        "SELECT verdict.name, verdict.verdict, actual, verdict.reason FROM verdict "
        "JOIN step ON step.id = step WHERE step.name = 'forged-answers'"
    )
    believed = [row for row in rows if row[2] == "believed"]
    refused = [row for row in rows if row[2] == "not believed"]
    # Each home has two devices, and each answers two parties: one by a MAC, one signed.
    assert len(believed) == len(refused) == 2 * 2 * 2
    assert all(verdict == "passed" for _, verdict, *_ in rows)
    assert sum("the MAC of" in reason for *_, reason in refused) == 4
    assert sum("the signature of" in reason for *_, reason in refused) == 4
    kept = played.rows("SELECT summary FROM message WHERE summary LIKE 'not to be believed%'")
    assert len(kept) == 8


def story(*steps: Fields, **fields: Any) -> str:
    head = {"name": "own", "start": "2027-05-17T08:00:00Z"} | fields
    return json.dumps(head | {"steps": [{"title": step["name"], **step} for step in steps]})


def old_hub(what: str, **fields: Any) -> Fields:
    return {"name": "old-hub", "do": "old hub", "what": what} | fields


VAIN = old_hub("asked in vain", expect="silence")
TO_NEW = {"refused": ["not addressed to us"]}


@pytest.mark.parametrize(
    ("steps", "fields", "told"),
    [
        ((VAIN,), {}, "no hub is exchanged before it"),
        ((EXCHANGE, {**EXCHANGE, "name": "again"}), {}, "exchanged once"),
        ((EXCHANGE,), {"devices": ["CHF", "ESME"]}, "GPF takes no part"),
        (({"name": "falls", "do": "compromise", "role": "supplier", "reporter": "DCC"}, EXCHANGE),
         {}, "before every Compromise"),
        ((EXCHANGE, old_hub("captured commands", kept="odl", expect=TO_NEW)), {}, "not kept"),
        ((EXCHANGE, old_hub("captured commands", expect=TO_NEW)), {}, "kept goes with"),
        ((EXCHANGE, old_hub("stale keys", expect="silence")), {}, "must refuse"),
        ((EXCHANGE, old_hub("forged answers", expect="silence")), {}, "not believed"),
    ],
)  # fmt: skip
def test_a_mistake_about_a_hub_is_told_before_anything_runs(
    steps: tuple[Fields, ...], fields: Fields, told: str
) -> None:
    with pytest.raises((UsageError, MistakesError)) as caught:
        read_story(story(*steps, **fields), "own.yaml")
    assert told in str(caught.value)


async def test_a_device_that_takes_what_was_for_the_old_hub_fails_the_drill(
    tmp_path: Path,
) -> None:
    """What the new hub is sent here is for itself: it answers where it must refuse."""
    steps = EXCHANGE, LOOK, old_hub("stale keys", expect={"refused": ["replayed"]})
    run = await rehearse(read_story(story(*steps), "own.yaml"), tmp_path)
    assert run.steps()["old-hub"] == "failed"
    assert "refused for another reason" in run.reasons()


async def test_a_hub_that_is_still_reached_fails_the_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Leaky(MemoryTarget):
        async def exchange_hub(self, old: Premises, new: Premises) -> None:
            await super().exchange_hub(old, new)
            self._gone.clear()

    play_on(monkeypatch, Leaky)
    run = await rehearse(read_story(story(EXCHANGE, VAIN), "own.yaml"), tmp_path)
    assert run.steps()["old-hub"] == "failed"
    assert run.whole is not Outcome.PASSED


async def test_a_target_that_has_hubs_of_others_refuses_the_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reached(device: Device) -> ReachedDevice:
        return ReachedDevice(SimulatedDevice.running(device))

    def of_others(homes: Iterable[Premises]) -> DevicesTarget:
        return DevicesTarget(devices_of(homes), reached, Reach.LINE)

    play_on(monkeypatch, of_others)
    with pytest.raises(UsageError, match="exchanges hubs"):
        await rehearse(read_story(story(EXCHANGE), "own.yaml"), tmp_path)


@pytest.mark.slow
def test_every_device_old_and_new_does_the_same_once_more(tmp_path: Path) -> None:
    folder = str(tmp_path / "run")
    assert run_command(["drill", "run", NAME, "--out", folder]) == 0
    assert run_command(["drill", "replay", folder]) == 0


@pytest.mark.slow
async def test_over_a_broker_the_meters_are_served_by_the_new_hub_and_the_old_one_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, EntityId, int]] = []

    class Seen(MqttDeviceLink):
        async def __aenter__(self) -> Self:
            events.append(("comes", self.hub, len(self.devices)))
            await super().__aenter__()
            return self

        async def __aexit__(
            self,
            exc_type: type[BaseException] | None,
            exc: BaseException | None,
            traceback: TracebackType | None,
        ) -> None:
            events.append(("leaves", self.hub, len(self.devices)))
            await super().__aexit__(exc_type, exc, traceback)

    monkeypatch.setattr(hubs, "MqttDeviceLink", Seen)
    steps = EXCHANGE, LOOK
    run = await rehearse(read_story(story(*steps), "own.yaml"), tmp_path, target="mqtt")
    assert run.whole is Outcome.PASSED, run.reasons()
    [(new,)] = run.rows("SELECT entity FROM device WHERE type = 'CHF' ORDER BY number DESC LIMIT 1")
    # The link of the first hub was made before by the target itself.
    assert [(what, str(hub), number) for what, hub, number in events] == [
        ("comes", new, 4),
        ("leaves", new, 4),
    ]
