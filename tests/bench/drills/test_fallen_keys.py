"""Any key can fall in a story, of all six kinds, and the attacker can do with it what it can."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.outcome import DevicesVerdict
from tests.bench.drills.rehearsal import Rehearsal, rehearse

HEAD = "name: own\ntitle: t\nsummary: s\nstart: 2026-06-01T08:00:00Z\nsteps:\n"
READ = "do: read back, by: accessControlBroker"


def step(name: str, body: str) -> str:
    return f"  - {{name: {name}, title: t, {body}}}\n"


def fall(key: str, extra: str = "") -> str:
    return step(
        f"fall-{key.lower().replace('.', '-')}",
        f"do: compromise, key: {key}, reporter: Party, found: f{extra}",
    )


async def play(text: str, folder: Path) -> Rehearsal:
    return await rehearse(read_story(HEAD + text, "own.yaml"), folder)


@pytest.mark.parametrize("key", [name for name in FallenName if name.value != "loadController.DS"])
async def test_every_key_can_fall(key: FallenName, tmp_path: Path) -> None:
    run = await play(
        fall(key, ", determined: true") + step("look", f"{READ}, holding: {{all: 1}}"), tmp_path
    )
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    ((detail, clause),) = run.rows(
        "SELECT detail, clause FROM governance WHERE event = 'Compromise declared'"
    )
    assert "generation) is compromised: f" in detail
    assert clause == f"SEC L10.1(a), L10.30(c)({key.kind})"


def test_all_six_kinds_are_among_the_keys() -> None:
    assert {name.kind for name in FallenName} == set(RelevantKeyKind)


async def test_the_brokers_key_agreement_key_forges_macs(tmp_path: Path) -> None:
    text = fall("accessControlBroker.KA") + step("forge", f"{READ}, stolen: true")
    run = await play(text, tmp_path)
    assert run.steps()["forge"] == "passed", run.reasons()


async def test_the_contingency_key_with_its_symmetric_key_replaces_everything(
    tmp_path: Path,
) -> None:
    text = (
        fall("contingency")
        + fall("symmetric")
        + step(
            "attack",
            "do: update, by: root, stolen: true, mode: anyByContingency, cells: [all], install: 2",
        )
        + step("look", f"{READ}, credentials: 2, holding: {{all: 2}}")
    )
    run = await play(text, tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()


async def test_the_contingency_key_alone_replaces_nothing(tmp_path: Path) -> None:
    text = fall("contingency") + step(
        "attack",
        "do: update, by: root, stolen: true, mode: anyByContingency, cells: [all], install: 2, "
        "expect: {refused: [contingency key does not unwrap]}",
    )
    run = await play(text, tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()


@pytest.mark.parametrize(("determined", "cases"), [("true", 1), ("false", 0)])
async def test_an_s1spki_key_counts_if_the_pma_has_determined_it(
    determined: str, cases: int, tmp_path: Path
) -> None:
    text = fall("s1spki", f", determined: {determined}") + step("look", READ)
    run = await play(text, tmp_path)
    open_cases = [text for text in run.departures() if "stands at “suspected”" in text]
    assert len(open_cases) == cases
