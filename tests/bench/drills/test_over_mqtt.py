"""The same drills through real brokers, also when the broker dies and comes back."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict, RunVerdicts
from tests.bench.drills.conftest import Execution
from tests.bench.drills.rehearsal import ROOT_STORY, SUPPLIER_STORY, Rehearsal, rehearse, until
from tests.contract.brokers import Broker

IMPATIENT = Waits(response=3, silence=1, attempts=6)


@pytest.mark.parametrize("story", [ROOT_STORY, SUPPLIER_STORY])
async def test_a_drill_passes_over_the_embedded_broker(story: str, tmp_path: Path) -> None:
    run = await rehearse(story, tmp_path, target="mqtt", premises=2)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert run.verdicts == RunVerdicts(ProcedureVerdict.FOLLOWED, DevicesVerdict.RIGHT)


async def test_a_drill_is_the_same_in_memory_and_over_a_broker(
    broker: Broker,
    tmp_path: Path,
) -> None:
    through = await rehearse(ROOT_STORY, tmp_path / "mqtt", target=str(url(broker)))
    direct = await rehearse(ROOT_STORY, tmp_path / "memory")
    assert through.outcome is Outcome.PASSED, through.reasons()
    assert octets(through) == octets(direct)


class BrokerDies:
    """A Progress that cuts the broker down when a step begins, and brings it back."""

    def __init__(self, broker: Broker, title: str) -> None:
        self.task: asyncio.Task[None] | None = None
        self._broker = broker
        self._title = title

    def start(self, total: int, title: str) -> None:
        if title.startswith(self._title) and total > 1 and self.task is None:
            self.task = asyncio.create_task(self._die_and_return())

    def advance(self, step: int = 1, text: str = "") -> None:
        pass

    async def _die_and_return(self) -> None:
        await self._broker.die()
        await asyncio.sleep(0.3)
        await self._broker.start()


@pytest.mark.parametrize(
    ("title", "last"),
    [
        ("The Contingency Private Key replaces the root", "new-supplier-updates"),
        ("Every cell holds the new", "new-supplier-updates"),
        ("The captured", "end-state"),
    ],
)
async def test_a_broker_that_dies_mid_drill_loses_and_doubles_nothing(
    title: str,
    last: str,
    broker: Broker,
    tmp_path: Path,
    executed: Counter[Execution],
    caplog: pytest.LogCaptureFixture,
) -> None:
    dies = BrokerDies(broker, title)
    run = await rehearse(
        until(ROOT_STORY, last),
        tmp_path,
        target=str(url(broker)),
        premises=2,
        progress=dies,
        waits=IMPATIENT,
    )
    assert dies.task is not None
    await dies.task
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert "lost the broker" in caplog.text
    assert set(executed.values()) == {1}


def url(broker: Broker) -> str:
    options = broker.options
    name = f"{options.username}@" if options.username else ""
    return f"mqtt://{name}{options.host}:{options.port}"


def octets(run: Rehearsal) -> set[tuple[str, str]]:
    return set(run.rows("SELECT device, digest FROM message"))
