"""Links that lose, double and delay: nothing is done twice, and nothing is lost in the end."""

import json
from collections import Counter
from pathlib import Path

import pytest

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.bench.population.shares import ROUNDING
from firmware_sim.devices.device import Device
from firmware_sim.machine.machine import Effects
from tests.bench.drills.conftest import Execution
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.wave_stories import READ_BACK, story_of

PATIENT = Waits(response=0, silence=0, attempts=16)
RETRY = "    retry: {attempts: 8, back off: 1h}\n"
NEW = f"{READ_BACK}    holding: {{all: 1, supplier: 2}}\n"


def warned(run: Rehearsal) -> str:
    return " ".join(reason for (reason,) in run.rows("SELECT reason FROM step ORDER BY id"))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "links",
    [
        "{loss: 25%}",
        "{duplicate: 50%}",
        "{late: {share: 50%, minutes: 90}}",
        "{loss: 20%, duplicate: 20%, late: {share: 20%, minutes: 90}}",
    ],
)
async def test_bad_links_change_nothing_of_what_devices_hold(
    links: str, seed: int, tmp_path: Path, executed: Counter[Execution]
) -> None:
    story = story_of(RETRY, top=f"links: {links}\n", after=NEW)
    run = await rehearse(story, tmp_path, premises=2, seed=seed, waits=PATIENT)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert set(executed.values()) == {1}
    assert "the link" in warned(run)
    checks = "SELECT count(*) FROM verdict WHERE name = 'cells in the flash image'"
    assert run.rows(checks + " AND verdict = 'passed'") == [(6,)]


async def test_what_a_link_does_follows_from_seed_and_device_and_not_from_their_order(
    tmp_path: Path,
) -> None:
    """With more homes, the devices of the first ones meet the same links."""
    seen = []
    for premises in (1, 2):
        story = story_of(top="links: {loss: 40%}\n", after="")
        run = await rehearse(story, tmp_path / str(premises), premises=premises, waits=PATIENT)
        rows = run.rows(
            "SELECT message.device, direction, use_case FROM message JOIN device "
            "ON entity = message.device WHERE premises = 0 ORDER BY message.id"
        )
        seen.append({entity: [row for row in rows if row[0] == entity] for entity, *_ in rows})
    assert seen[0] == seen[1]


async def test_a_late_answer_is_matched_with_its_command_by_its_counter(tmp_path: Path) -> None:
    """It comes during the second back-off; the read-back before it shows that all is done."""
    story = story_of(
        "    retry: {attempts: 3, back off: 60m}\n    minutes: 60\n",
        top="links: {late: {share: 100%, minutes: 30}}\n",
        after="",
    )
    run = await rehearse(story, tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    sent = run.rows("SELECT device, counter FROM message WHERE direction = 'to device'")
    came = run.rows(
        "SELECT device, counter, at, summary FROM message WHERE direction != 'to device'"
    )
    assert len(sent) == len(came) == 3
    assert {(device, counter) for device, counter, *_ in came} == set(sent)
    assert {at[11:16] for _, _, at, _ in came} == {"09:00"}
    assert all(summary.startswith("late: ") for *_, summary in came)
    checks = run.rows("SELECT DISTINCT actual FROM verdict WHERE name = 'outcome of every cell'")
    assert all("cells replaced" in actual for (actual,) in checks)


async def test_a_device_that_carries_a_copy_out_again_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_receive = Device.receive

    def forgetful(device: Device, octets: bytes) -> Effects:
        effects = true_receive(device, octets)
        return effects._replace(refusal=None)

    monkeypatch.setattr(Device, "receive", forgetful)
    story = story_of(top="links: {duplicate: 100%}\n", after="")
    run = await rehearse(story, tmp_path)
    assert run.devices is DevicesVerdict.WRONG
    failed = run.rows("SELECT name, actual FROM verdict WHERE verdict = 'failed'")
    assert ("a copy of a command", "taken again") in failed


async def test_a_device_that_is_silent_once_has_failed_though_links_lose_the_other_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all its attempts at least one arrives at a device that says nothing."""
    monkeypatch.setattr(Device, "receive", lambda _device, _octets: Effects())
    story = story_of("    retry: {attempts: 20, back off: 1h}\n", "links: {loss: 50%}\n", "")
    run = await rehearse(story, tmp_path, waits=PATIENT)
    assert run.devices is DevicesVerdict.WRONG, run.reasons()
    assert not run.rows("SELECT 1 FROM verdict WHERE verdict = 'skipped'")


async def test_a_command_of_which_nothing_was_heard_is_found_out_by_the_next_reading(
    tmp_path: Path,
) -> None:
    """One attempt, half the messages lost: whatever came of it, the devices are not wrong."""
    story = story_of(
        "    retry: {attempts: 1, back off: 1h}\n", top="links: {loss: 45%}\n", after=NEW
    )
    run = await rehearse(story, tmp_path, premises=4, waits=PATIENT)
    silent = run.rows(
        "SELECT device FROM verdict WHERE name = 'outcome of every cell' AND verdict = 'skipped'"
    )
    assert len(silent) > 2
    assert not run.rows("SELECT 1 FROM verdict WHERE verdict IN ('failed', 'error')")
    told = {
        found["device"]: found["outcome"]
        for (content,) in run.rows("SELECT content FROM account WHERE kind = 'device outcome'")
        for found in [json.loads(content)]
    }
    late = {told[device] for (device,) in silent}
    assert late == {"recovered", "unreachable"}


@pytest.mark.parametrize(
    ("top", "drawn"),
    [("links: {unreachable: {share: 25%}}\n", 2), ("links: {unreachable: {share: 24%}}\n", 1),
     ("links: {unreachable: {count: 1}}\n", 1)],
)  # fmt: skip
async def test_a_share_that_gives_part_of_a_device_is_rounded_by_a_rule_that_is_printed(
    top: str, drawn: int, tmp_path: Path
) -> None:
    """Of 6 devices 25 % are one and a half, and 24 % are 1.44."""
    run = await rehearse(story_of(top=top), tmp_path, premises=2)
    told = run.rows("SELECT count(*) FROM account WHERE content LIKE '%\"unreachable\"%'")
    assert told == [(drawn,)]
    rules = run.rows(f"SELECT count(*) FROM governance WHERE detail = '{ROUNDING}'")
    assert rules == [("share" in top,)]


@pytest.mark.parametrize(
    ("links", "line"),
    [
        ("{}", "links: name what the links do: unreachable, loss, duplicate or late"),
        ("{loss: 2}", "links.loss: 2 is no share; write one such as 60%"),
        ("{lost: 2%}", "links.lost: there is no such key; did you mean 'loss'?"),
        ("{late: {share: 1%}}", "links.late.minutes: is missing"),
        ("{unreachable: {}}", "links.unreachable: give either count or share"),
    ],
)
def test_links_that_cannot_be_are_refused_with_line_and_field(links: str, line: str) -> None:
    with pytest.raises(UsageError) as refused:
        story_of(top=f"links: {links}\n")
    assert f"story.yaml, line 6, {line}" in str(refused.value)
