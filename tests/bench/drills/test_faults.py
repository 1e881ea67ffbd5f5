"""Devices that lose their power in the commit, and certificates that are none for a cell."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware_sim.bench.drills import faults
from firmware_sim.bench.drills.checks import image_holdings
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateResponse
from firmware_sim.gbcs.roles import TrustAnchorCellId
from firmware_sim.machine.image.records import Cell
from tests.bench.drills.conftest import Execution
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.test_outcomes_of_devices import outcomes_of
from tests.bench.drills.wave_stories import READ_BACK, story_of

CUTS = "faults: [{power cut: commit, count: 3}]\n"
BAD = "faults: [{bad certificate: supplier.KA, count: 2}]\n"
RETRY = "    retry: {attempts: 4, back off: 30m}\n"
NEW = f"{READ_BACK}    holding: {{all: 1, supplier: 2}}\n"


@pytest.mark.parametrize("retry", ["", RETRY])
async def test_a_device_cut_in_its_commit_holds_old_or_new_and_ends_recovered(
    retry: str, tmp_path: Path, executed: Counter[Execution]
) -> None:
    run = await rehearse(story_of(retry, top=CUTS, after=NEW), tmp_path, premises=2)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    cuts = run.rows("SELECT name, actual FROM verdict WHERE name LIKE 'power cut%' ORDER BY name")
    assert cuts == [
        ("power cut after the commit, before the answer", "new"),
        ("power cut at the beginning of the commit", "old"),
        ("power cut in the midst of the commit", "old"),
    ]
    assert outcomes_of(run) == {"recovered": 6}
    assert set(executed.values()) == {1}


async def test_what_was_committed_before_the_cut_is_read_back_and_not_sent_again(
    tmp_path: Path,
) -> None:
    run = await rehearse(story_of(RETRY, top=CUTS, after=""), tmp_path, premises=1)
    attempts = run.rows(
        "SELECT count(*) FROM message WHERE use_case LIKE 'CS02b%' AND direction = 'to device' "
        "GROUP BY device ORDER BY 1"
    )
    assert attempts == [(1,), (2,), (2,)]


async def test_a_mixture_of_old_and_new_after_a_cut_is_the_devices_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mixed(cells: dict[TrustAnchorCellId, Cell]) -> object:
        held = image_holdings(cells)
        signing = TrustAnchorCellId.parse("supplier.DS")
        return held | {signing: held[TrustAnchorCellId.parse("supplier.KA")]}

    monkeypatch.setattr(faults, "image_holdings", mixed)
    run = await rehearse(story_of(RETRY, top=CUTS, after=""), tmp_path, premises=1)
    assert run.devices is DevicesVerdict.WRONG
    assert "some cells hold the old credentials, and others the new" in run.reasons()


def reported(run: Rehearsal) -> Iterable[tuple[str, dict[str, int]]]:
    """Of each response to an update: the device, and the status of every cell without success."""
    query = "SELECT device, octets FROM message WHERE kind = 'response' AND use_case LIKE 'CS02b%'"
    for device, octets in run.rows(query):
        outcome = UpdateResponse.decode(parse_message(octets).payload).outcome
        assert outcome is not None
        yield device, {str(each.cell): each.status for each in outcome.outcomes if each.status}


async def test_a_bad_certificate_fails_one_cell_of_its_device_and_no_other(tmp_path: Path) -> None:
    """Status 10 without an issuer in the path, 5 for the wrong key usage; all others succeed."""
    run = await rehearse(story_of(top=BAD, after=NEW), tmp_path, premises=2)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    statuses = sorted((status.get("supplier.KA", 0), len(status)) for _, status in reported(run))
    assert statuses == [(0, 0), (0, 0), (0, 0), (0, 0), (5, 1), (10, 1)]
    assert outcomes_of(run) == {"recovered": 4, "failed": 2}


async def test_all_draws_of_a_drill_take_different_devices(tmp_path: Path) -> None:
    top = (
        "links: {unreachable: {count: 1}}\n"
        "faults: [{power cut: commit, count: 3}, {bad certificate: supplier.KA, count: 2}]\n"
    )
    run = await rehearse(story_of(RETRY, top=top, after=NEW), tmp_path, premises=2)
    assert run.devices is DevicesVerdict.OUTSTANDING, run.reasons()
    assert outcomes_of(run) == {"recovered": 3, "failed": 2, "unreachable": 1}
    cut = {device for (device,) in run.rows("SELECT device FROM verdict WHERE name LIKE 'power%'")}
    told = run.rows("SELECT content FROM account WHERE kind = 'device outcome'")
    recovered = {
        each["device"]
        for (content,) in told
        for each in [json.loads(content)]
        if each["outcome"] == "recovered"
    }
    assert cut == recovered


async def test_failures_stop_the_waves_and_later_devices_are_not_asked(tmp_path: Path) -> None:
    """Each device gets a bad certificate. One failure, of the canary, is too few to stop."""
    waves = "    waves: [{share: 10%, name: canary}, {share: 50%}, {share: rest}]\n"
    stop = "    stop: {failed: 50%, of: wave}\n"
    top = "faults: [{bad certificate: supplier.KA, count: 12}]\n"
    run = await rehearse(story_of(waves + stop, top=top, after=NEW), tmp_path, premises=4)
    assert run.devices is DevicesVerdict.OUTSTANDING, run.reasons()
    told = run.rows("SELECT content FROM account WHERE kind = 'wave'")
    counts = [
        (each["name"], each["failed"], each["not_asked"], each["finished"] is None)
        for (content,) in told
        for each in [json.loads(content)]
    ]
    assert counts == [("canary", 1, 0, False), ("wave 2", 6, 0, False), ("wave 3", 0, 5, True)]
    asked = run.rows("SELECT DISTINCT device FROM message WHERE step = 1")
    assert len(asked) == 7
    skipped = run.rows("SELECT count(*), max(reason) FROM verdict WHERE name = 'asked'")
    why = "change stops after wave 2: 6 of 6 devices that count failed"
    assert skipped == [(5, f"not asked: {why} (50% of a wave, and at least 3 devices)")]
    assert outcomes_of(run) == {"failed": 7, "not asked": 5}


async def test_devices_that_were_retried_or_not_reached_stop_nothing(tmp_path: Path) -> None:
    """All twelve are cut or out of reach: none of them counts."""
    waves = "    waves: [{share: 50%}, {share: rest}]\n    stop: {failed: 1%}\n"
    top = "links: {unreachable: {count: 9}}\nfaults: [{power cut: commit, count: 3}]\n"
    run = await rehearse(story_of(waves + RETRY, top=top, after=""), tmp_path, premises=4)
    assert outcomes_of(run) == {"recovered": 3, "unreachable": 9}
    assert not run.rows("SELECT 1 FROM verdict WHERE name = 'asked'")


async def test_devices_that_were_not_reached_make_no_wave_larger(tmp_path: Path) -> None:
    """Three of three that count failed: that is all of them, and not three of twelve."""
    once = "    retry: {attempts: 1, back off: 30m}\n"
    waves = f"{once}    waves: [{{share: rest}}]\n    stop: {{failed: 90%}}\n"
    top = "links: {unreachable: {count: 9}}\nfaults: [{bad certificate: supplier.KA, count: 3}]\n"
    run = await rehearse(story_of(waves, top=top, after=""), tmp_path, premises=4)
    stops = run.rows("SELECT detail FROM governance WHERE detail LIKE '%stops after%'")
    why = "change stops after wave 1: 3 of 3 devices that count failed"
    assert stops == [(f"{why} (90% of a wave, and at least 3 devices)",)]


async def test_a_target_that_cannot_cut_power_refuses_the_story_before_it_runs(
    tmp_path: Path,
) -> None:
    problem = "cuts the power of devices, and board:mps2-an385 cannot"
    with pytest.raises(UsageError, match=problem):
        await rehearse(story_of(top=CUTS), tmp_path, target="board:mps2-an385")


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("{power cut: start, count: 1}", "faults[1].power cut: must be commit, not 'start'"),
        ("{count: 1}", "faults[1]: a fault is 'power cut' or 'bad certificate'"),
        ("{power cut: commit}", "faults[1]: give either count or share"),
        (
            "{bad certificate: supplier, count: 1}",
            "faults[1].bad certificate: 'supplier' is no single cell",
        ),
        (
            "{bad certificate: networkOperator.KA, count: 1}",
            "faults[1].bad certificate: the step does not replace networkOperator.KA",
        ),
        (
            "{bad certificate: transitionalCoS.DS, count: 1}",
            "faults[1].bad certificate: transitionalCoS has no certificate with another key usage",
        ),
        (
            "{power cut: commit, count: 1, step: chnge}",
            "faults[1].step: no update of a party is named 'chnge'; did you mean 'change'?",
        ),
    ],
)
def test_faults_that_cannot_be_are_refused_with_line_and_field(fault: str, line: str) -> None:
    with pytest.raises(UsageError) as refused:
        story_of(top=f"faults: [{fault}]\n")
    assert f"story.yaml, line 6, {line}" in str(refused.value)
