"""Updates that a device carries out later, as a story says: stored, carried out, cancelled."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.devices.device import Device
from firmware_sim.machine.machine import Effects
from tests.bench.drills.rehearsal import rehearse
from tests.bench.drills.test_outcomes_of_devices import outcomes_of
from tests.bench.drills.wave_stories import READ_BACK, story_of

LATER = "    execute: 2026-06-02T08:00:00Z\n"
EARLY = f"{READ_BACK.replace('look', 'early')}    holding: {{all: 1}}\n    minutes: 2000\n"
NEW = f"{READ_BACK}    holding: {{all: 1, supplier: 2}}\n"
OLD = f"{READ_BACK}    holding: {{all: 1}}\n"
CANCEL = """\
  - name: cancel
    title: The supplier takes its command back
    do: update
    by: supplier
    mode: supplierBySupplier
    cells: [supplier]
    install: 2
    execute: never
"""


async def test_a_command_for_later_changes_nothing_until_it_falls_due(tmp_path: Path) -> None:
    run = await rehearse(story_of(LATER, after=EARLY + NEW), tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    done = run.rows(
        "SELECT step.name, actual FROM verdict JOIN step ON step.id = verdict.step "
        "WHERE verdict.name = 'carried out when it fell due'"
    )
    assert [name for name, _ in done] == ["look"] * 3
    alerts = run.rows("SELECT count(*), min(at) FROM message WHERE kind = 'alert'")
    assert alerts == [(3, "2026-06-02T17:21:00.000+00:00")]  # after 1 and 2,000 minutes
    assert outcomes_of(run) == {"recovered": 3}


async def test_a_command_that_was_cancelled_is_never_carried_out(tmp_path: Path) -> None:
    run = await rehearse(story_of(LATER, after=CANCEL + EARLY + OLD), tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert not run.rows("SELECT 1 FROM message WHERE kind = 'alert'")


async def test_a_command_that_never_fell_due_has_not_recovered_its_device(tmp_path: Path) -> None:
    run = await rehearse(story_of(LATER, after=OLD), tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert outcomes_of(run) == {"failed": 3}


async def test_a_bad_certificate_for_later_fails_its_cell_when_it_falls_due(
    tmp_path: Path,
) -> None:
    top = "faults: [{bad certificate: supplier.KA, count: 1}]\n"
    run = await rehearse(story_of(LATER, top=top, after=EARLY + NEW), tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert outcomes_of(run) == {"recovered": 2, "failed": 1}


async def test_a_device_that_tells_nothing_when_a_command_falls_due_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Device, "tick", lambda _device: Effects())
    run = await rehearse(story_of(LATER, after=EARLY + OLD), tmp_path)
    assert run.devices is DevicesVerdict.WRONG
    assert "no signed alert came" in run.reasons()


async def test_an_alert_that_the_device_did_not_sign_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_tick = Device.tick

    def forging(device: Device) -> Effects:
        effects = true_tick(device)
        return effects._replace(messages=tuple(_altered(each) for each in effects.messages))

    monkeypatch.setattr(Device, "tick", forging)
    run = await rehearse(story_of(LATER, after=EARLY + NEW), tmp_path)
    assert run.devices is DevicesVerdict.WRONG
    assert "no signed alert came" in run.reasons()


def _altered(octets: bytes) -> bytes:
    return octets[:-1] + bytes((octets[-1] ^ 1,))


@pytest.mark.slow
@pytest.mark.parametrize("target", ["mqtt", "native"])
async def test_a_command_for_later_is_carried_out_on_every_target(
    target: str, tmp_path: Path
) -> None:
    run = await rehearse(story_of(LATER, after=EARLY + NEW), tmp_path, target=target)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    told = run.rows("SELECT content FROM account WHERE kind = 'device outcome'")
    assert {json.loads(content)["outcome"] for (content,) in told} == {"recovered"}


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("    execute: 2026-06-01T08:00:00Z\n", "steps[1].execute: the story starts at 2026-06-01"),
        ("    execute: soon\n", "steps[1].execute: must be a time such as 2026-03-02T09:00:00Z"),
        (
            "    execute: 2026-06-02T08:00:00.5Z\n",
            "steps[1].execute: a command names whole seconds",
        ),
        (
            "    execute: never\n    expect: {supplier: other}\n",
            "steps[1].expect: a command that cancels replaces no cell",
        ),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_line_and_field(step: str, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        story_of(step)
    assert text in str(refused.value)
