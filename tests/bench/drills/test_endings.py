"""Every story that comes with the project ends with a use of each key that it replaced.

The record of the run counts: a cell that holds another key than before, and for whose keys such a
device has a public use, is proven by that use. The key of before is worth nothing in the same use.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import builtin_stories
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import OPEN, TOP_UP, stolen_cell
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome
from firmware_sim.bench.evidence.accounts.uses import Prepayment
from firmware_sim.bench.evidence.proven import BY_USE
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import CellHistory, DeviceRecord
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, DeviceType
from firmware_sim.machine.refusals import RefusalReason
from tests.bench.drills.attacker_stories import FLEET
from tests.bench.drills.rehearsal import Rehearsal
from tests.bench.drills.shipped import Shipped, as_played

NOTHING_TO_USE: Final = {
    "cos-party-soft": "the Transitional CoS party's key signs credential commands alone",
    "cos-party-compromise-recovery": "the Transitional CoS party's key signs those alone",
    "recovery-key-replaces-itself": "the Recovery key signs credential commands alone",
    "non-device-keys": "no device holds one of these keys",
    "other-algorithms": "sizes are computed, and no device is asked",
    "hub-exchange": "the hub is replaced, not its keys: a new device held no keys before",
}
"""Stories that replace no key with a public use, and why."""
LOST: Final = {
    "root-and-contingency-compromise": "the attacker has every cell; no party can use what is there"
}
"""Stories at whose end the record calls devices lost: nobody recovered them, or can use them."""
TOKENS: Final = "supplier.KA.PP"
NAMES: Final = [story.name for story in builtin_stories()]
ENDING: Final = [name for name in NAMES if name not in NOTHING_TO_USE and name not in LOST]

Replaced = list[tuple[DeviceRecord, CellHistory]]


@cache
def record_of(run: Rehearsal) -> RunRecord:
    """Read once for all tests: nobody changes it."""
    return read_record(run.folder)


def fates(record: RunRecord, outcome: str) -> set[str]:
    """The devices that the record says have ended so."""
    told = record.accounts.all(DeviceOutcome)
    return {each.device for each in told if each.outcome == outcome}


def replaced(record: RunRecord) -> Replaced:
    """The cells with another key than before, of which there is a public use."""
    return [
        (device, cell)
        for device in record.devices
        for cell in device.cells
        if cell.change == "replaced" and cell.has_use
    ]


def changes_hands(cell: CellHistory) -> bool:
    """Whether it is another party's at the end: then the one of before has no authority at all.

    No cell names it any more, so that a device has no key with which to verify its signature.
    """
    old, new = ({each.subject for each in side.values()} for side in (cell.before, cell.after))
    return old.isdisjoint(new)


def unread(record: RunRecord) -> set[str]:
    """The devices of which nobody knows what they hold at the end."""
    return {
        device.entity
        for device in record.devices
        if any(cell.change == "not read" for cell in device.cells)
    }


def negatives(story: Story, run: Rehearsal) -> Iterator[tuple[str, str]]:
    """The cells whose old keys were shown to be worth nothing, and how."""
    verdicts = run.steps()
    for step in story.steps:
        if not isinstance(step, UseStep) or verdicts[step.name] not in ("passed", "skipped"):
            continue
        if step.expect == "unreadable":
            yield f"{step.role.label}.KA", "unreadable"
        elif isinstance(step.expect, RefusalExpected):
            for reason in step.expect.refused:
                is_mac = reason is RefusalReason.BAD_MAC
                is_token = step.what == TOP_UP
                cell = stolen_cell(step.what, step.role)
                named = ACB_KEY_AGREEMENT if is_mac and not is_token else cell
                yield str(named), reason.label


@pytest.mark.parametrize("name", ENDING)
def test_each_replaced_key_with_a_public_use_is_proven_by_it(name: str, shipped: Shipped) -> None:
    record = record_of(shipped(name))
    assert name == FLEET or unread(record) <= fates(record, "unreachable")
    found = replaced(record)
    assert found
    used = {(device.type, cell.cell) for device, cell in found if cell.proven == BY_USE}
    unused = {(device.type, cell.cell) for device, cell in found if cell.proven != BY_USE}
    if any(isinstance(step, UseStep) and step.sample for step in as_played(name).steps):
        unused -= used  # a sample is of each type: others of the type were not asked
    assert unused == set()


@pytest.mark.parametrize("name", [*NOTHING_TO_USE, *LOST])
def test_a_story_without_uses_has_a_reason_that_its_record_shows(
    name: str, shipped: Shipped
) -> None:
    record = record_of(shipped(name))
    assert replaced(record) == []
    everything = {device.entity for device in record.devices}
    assert fates(record, "lost") == (everything if name in LOST else set())


@pytest.mark.parametrize("name", ENDING)
def test_the_key_of_before_fails_in_the_same_use_and_for_its_own_reason(
    name: str, shipped: Shipped
) -> None:
    story, run = as_played(name), shipped(name)
    shown = set(negatives(story, run))
    # In the fleet it is the thief's certificate that changes hands, and such devices are not asked.
    changed = {
        (cell.cell, name != FLEET and changes_hands(cell)) for _, cell in replaced(record_of(run))
    }
    for cell, is_anothers in changed:
        ways = {way for each, way in shown if each == cell}
        if cell == TOKENS:
            assert "top up not authentic" in ways
            assert name == FLEET or "duplicate top up" in ways
        elif cell == str(ACB_KEY_AGREEMENT):
            assert ways == {"bad mac"}
        elif cell.endswith(".DS"):
            assert ("no authority" if is_anothers else "bad signature") in ways
        elif name != FLEET:
            assert ways - ({"no authority"} if is_anothers else set()) == {"unreadable"}
            assert cell in old_recordings(story)


def old_recordings(story: Story) -> set[str]:
    """The cells whose old key opens what was recorded before: no new key mends that."""
    opened = (step for step in story.steps if isinstance(step, UseStep) and step.what == OPEN)
    return {f"{step.role.label}.KA" for step in opened if step.expect == "accepted"}


@pytest.mark.parametrize("name", ENDING)
def test_tokens_of_before_are_counted_as_the_customers_loss(name: str, shipped: Shipped) -> None:
    run = shipped(name)
    record = record_of(run)
    told = record.accounts.last(Prepayment)
    meters = {
        device.entity
        for device, cell in replaced(record)
        if cell.cell == TOKENS and device.type in (DeviceType.ESME.name, DeviceType.GSME.name)
    }
    if not meters:
        assert told is None
        return
    assert told is not None
    assert 0 < told.lost <= told.sold
    assert told.lost_pence == 1000 * told.lost
    if name not in (FLEET, "fleet-of-one-supplier"):  # links, and devices that are out of reach
        tokens_a_meter = 2 if name == "supplier-compromise-broker" else 1
        assert told.lost == tokens_a_meter * len(meters)


def test_the_keys_in_a_new_hub_are_proven_by_use(shipped: Shipped) -> None:
    devices = record_of(shipped("hub-exchange")).devices
    new = [(each, cell) for each in devices for cell in each.cells if not cell.before]
    assert {device.type for device, _ in new} == {DeviceType.CHF.name, DeviceType.GPF.name}
    ways = {(device.type, cell.cell): cell.proven for device, cell in new if cell.has_use}
    assert ways
    assert set(ways.values()) == {BY_USE}, ways
