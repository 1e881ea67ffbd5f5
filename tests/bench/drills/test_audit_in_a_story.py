"""An audit as a step: wrong cells are found, mended where they were found, and found no more."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.audit.result import read_result
from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.cli.main import run as command
from firmware_sim.bench.drills import addressing
from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.accounts.audits import AuditedCell
from firmware_sim.bench.evidence.audit_files import write_audits
from firmware_sim.bench.evidence.audit_rows import audited_devices
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.narrative import result
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_figures import figures_of
from firmware_sim.bench.evidence.verdict_words import devices_words
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.live.played import sections

FILE = Path(__file__).parent / "stories" / "wrong-operator.yaml"
TEXT = FILE.read_text("utf-8")


async def played(text: str, folder: Path) -> Rehearsal:
    story = read_story(text, "wrong-operator.yaml")
    return await rehearse(story, folder, premises=10)


async def test_wrong_operators_are_found_mended_and_found_no_more(tmp_path: Path) -> None:
    run = await played(TEXT, tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()
    assert run.steps() == dict.fromkeys(("before", "locked-out", "mend", "after"), "passed")
    sent = run.rows(
        "SELECT name, count(DISTINCT device) FROM message JOIN main.step ON step.id = step "
        "WHERE direction = 'to device' GROUP BY name"
    )
    assert dict(sent) == {"before": 40, "locked-out": 1, "mend": 1, "after": 40}


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("expect: {wrong party: 2}", "wrong party: 1 device"),
        ("expect: {}", "wrong party: 1 device"),
        ("expect: {wrong party: 1, role mismatch: 1}", "wrong party: 1 device"),
    ],
)
async def test_an_audit_that_finds_other_than_is_said_fails_the_run(
    tmp_path: Path, wrong: str, found: str
) -> None:
    run = await played(TEXT.replace("expect: {wrong party: 1}", wrong), tmp_path)
    assert run.devices is DevicesVerdict.NOT_AS_DECLARED
    actual = run.rows("SELECT actual FROM verdict WHERE name = 'what the audit finds'")
    assert (found,) in actual


async def test_a_story_that_is_out_of_date_is_no_fault_of_a_device(tmp_path: Path) -> None:
    wrong = TEXT.replace("{wrong party: 1}", "{wrong party: 2, unreachable: 1}")
    await played(wrong, tmp_path)
    record = read_record(tmp_path)
    assert record.is_undeclared
    assert record.devices_verdict is DevicesVerdict.NOT_AS_DECLARED
    assert devices_words(record.devices_verdict).word == "not as declared"
    told = [each for each in record.accounts.all(AuditedCell) if each.step == "before"]
    rows = audited_devices(told)
    assert [each.device for each in rows] == list(dict.fromkeys(each.device for each in told))
    assert sum(len(group.cells) for each in rows for group in each.groups) == len(told)
    assert len(rows) < len(told)
    said = result(record)
    assert "found: 1 wrong party; declared: 2 wrong party, 1 unreachable" in said
    page = render(record)
    assert "A device did wrong." not in page
    assert "what was found is not what the story declares" in page


async def test_all_that_is_made_of_a_run_has_one_word_for_it(tmp_path: Path) -> None:
    """Pages, programs, pipelines and comparisons; also the verdict that a page forms meanwhile."""
    run = await played(TEXT.replace("{wrong party: 1}", "{wrong party: 2}"), tmp_path)
    assert (run.devices, run.whole) == (DevicesVerdict.NOT_AS_DECLARED, Outcome.FAILED)
    export(tmp_path)
    word = "not as declared"
    record = json.loads((tmp_path / "record.json").read_text("utf-8"))
    assert record["verdicts"]["devices"] == word
    junit = (tmp_path / "junit.xml").read_text("utf-8")
    assert set(re.findall(r'name="verdict.devices" value="([^"]*)"', junit)) == {word}
    assert figures_of(tmp_path).verdicts[1].word == word
    assert sections(tmp_path)["verdicts"]["both"][1]["word"] == word


async def test_what_was_not_mended_is_found_again(tmp_path: Path) -> None:
    """The step that mends is left out."""
    before, mend = TEXT.index("  - name: mend"), TEXT.index("  - name: after")
    run = await played(TEXT[:before] + TEXT[mend:], tmp_path)
    assert run.steps()["after"] == "failed"
    assert run.devices is DevicesVerdict.NOT_AS_DECLARED


async def test_devices_out_of_reach_are_unreachable_and_never_right(tmp_path: Path) -> None:
    text = TEXT.replace("population:", "links: {unreachable: {count: 3}}\npopulation:", 1)
    cut = text[: text.index("  - name: locked-out")].replace("right}", "outstanding}")
    silent = cut.replace("{wrong party: 1}", "{wrong party: 1, unreachable: 3}")
    run = await played(silent, tmp_path / "said")
    assert run.whole is Outcome.PASSED, run.reasons()
    run = await played(cut, tmp_path / "not-said")
    assert run.devices is DevicesVerdict.NOT_AS_DECLARED


async def test_a_bug_that_sends_to_every_device_of_an_audit_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: `found` is read, and not obeyed."""
    monkeypatch.setattr(addressing, "_was_found", lambda *_: True)
    run = await played(TEXT, tmp_path)
    assert run.whole is not Outcome.PASSED


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "audit: before,",
            "audit: befor,",
            "did you mean 'before'",
        ),
        ("holds: south", "holds: suoth", "did you mean 'south'"),
        ("expect: {wrong party: 1}", "expect: {wrong partey: 1}", "did you mean 'wrong party'"),
        ("expect: {wrong party: 1}", "expect: {right: 1}", "is no sort of finding"),
        ("expect: {wrong party: 1}", "expect: {wrong party: 0}", "must be at least 1"),
        ("    do: audit\n", "    do: audit\n    devices: [HCALCS]\n", "none of these takes part"),
    ],
)
def test_a_mistake_about_an_audit_is_told_before_anything_runs(
    right: str, wrong: str, told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_story(TEXT.replace(right, wrong, 1), "story.yaml")
    assert told in str(caught.value)


def test_the_story_says_of_every_finding_how_many_devices_have_it() -> None:
    story: Story = load_story(str(FILE))
    audits = [step for step in story.steps if isinstance(step, AuditStep)]
    assert [Counter(step.expect) for step in audits] == [Counter({Sort.WRONG_PARTY: 1}), Counter()]


def compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    before, after = folder / "audits" / "before", folder / "audits" / "after"
    assert command(["audit", "compare", str(before), str(after), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.slow
def test_audits_of_a_drill_are_files_that_compare_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One meter holds another operator's two certificates: found, and afterwards gone."""
    run = tmp_path / "run"
    assert command(["drill", "run", str(FILE), "--out", str(run)]) == 0
    capsys.readouterr()
    found = compared(run, capsys)
    assert [each["sort"] for each in found["gone"]] == ["wrong party"] * 2
    assert (found["still"], found["come"], found["warnings"]) == ([], [], [])
    kept = read_result(run / "audits" / "before")
    assert (kept.devices, kept.answered) == (40, 40)
    record = read_record(run)
    assert sum(kept.sorts.values()) == sum(len(each.cells) for each in record.devices)
    assert command(["evidence", "verify", str(run)]) == 0
    (run / "audits" / "before" / "audit.json").write_text("{}")
    assert command(["evidence", "verify", str(run)]) == 1


async def test_the_file_of_an_audit_names_why_a_device_is_unreachable(tmp_path: Path) -> None:
    text = TEXT.replace("population:", "links: {unreachable: {count: 3}}\npopulation:", 1)
    silent = text[: text.index("  - name: locked-out")].replace("right}", "outstanding}")
    run = await played(silent.replace("{wrong party: 1}", "{wrong party: 1, unreachable: 3}"),
                       tmp_path / "run")  # fmt: skip
    write_audits(read_record(run.folder), tmp_path)
    kept = read_result(tmp_path / "audits" / "before")
    assert (kept.devices, kept.answered, len(kept.unreachable)) == (40, 37, 3)
    assert all("unreachable: the story lets" in why for why in kept.unreachable.values())
    assert {each.device for each in kept.findings if each.sort is Sort.UNREACHABLE} == set(
        kept.unreachable
    )
