"""What an author got wrong between the lines is said before anything runs, with its lines."""

from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.strict_yaml import MistakesError
from firmware_sim.gbcs.policy import Policy

HEAD = """\
name: own
title: A story
summary: A summary.
start: 2026-03-02T09:00:00Z
steps:
"""


def step(do: str, more: str, name: str = "a") -> str:
    return f"  - {{name: {name}, title: t, do: {do}, {more}}}\n"


FALL = step("compromise", "role: supplier, reporter: Party, found: f", "fall")
MEET = step("meet", "present: [chair, supplier-1, network-1, smki-specialist]", "meeting")
DECIDE = step("decide", "outcome: require-recovery, grounds: [g]", "decision")
RECOVERY = "mode: anyExceptAbnormalRootByRecovery, cells: [supplier], install: 2"
READ = "by: accessControlBroker"


@pytest.mark.parametrize(
    ("steps", "line", "words"),
    [
        (step("update", f"by: recovery, {RECOVERY}"), 6, "put a decide step require-recovery"),
        (
            FALL + MEET + step("decide", "outcome: not-required, grounds: [g]", "d")
            + step("update", f"by: recovery, {RECOVERY}"),
            9, "put a decide step require-recovery",
        ),
        (
            FALL + MEET + DECIDE + step(
                "update", "by: root, mode: anyByContingency, cells: [root], install: 2"
            ),
            9, "put a decide step require-contingency",
        ),
        (
            FALL + MEET + DECIDE
            + step("ceremony", "present: [custodian-1, custodian-2, custodian-3]", "c")
            + step("ask custody", "use: recovery"),
            10, "the decision before it opens the recovery key",
        ),
        (step("read back", "by: supplier, stolen: true"), 6, "no step before it stole"),
        (FALL + step("read back", "by: networkOperator, stolen: true"), 7, "put a compromise step"),
        (FALL + step("read back", "by: supplier, stolen: true, credentials: 2"), 7, "stolen"),
        (step("read back", "by: other"), 6, "no party of a drill acts as other"),
        (step("read back", "by: supplier, as: issuingAuthority"), 6, "acts as issuingAuthority"),
        (step("compromise", "reporter: Party, found: f"), 6, "name either a role or a key"),
        (step("compromise", "role: supplier, key: s1sp, reporter: Party, found: f"), 6, "either"),
        (step("compromise", "key: s2sp, reporter: Party, found: f"), 6, "'s2sp'"),
        (FALL + step("confirm", "how: h, about: b"), 7, "no compromise step before it is named"),
        (FALL + step("ceremony", "present: [custodian-6]"), 7, "no Key Custodian 'custodian-6'"),
        (step("notify", "from: Party, to: [DCC]"), 6, "put a compromise step first"),
        (FALL + DECIDE, 7, "put a meet step first"),
        (step("read back", f"{READ}, devices: [GPF], holding: {{supplier.KA.PX: 1}}"), 6, "PX"),
        (
            step("read back", f"{READ}, devices: [GPF], holding: {{loadController.DS: 1}}"),
            6, "no device concerned has a cell 'loadController.DS' (concerned: GPF)",
        ),
        (
            step("update", "by: wanProvider, mode: wanProviderByWanProvider, "
                           "cells: [wanProvider, supplier], install: 2"),
            6, "no device concerned has a cell 'supplier' (concerned: CHF)",
        ),
        (
            step("read back", f"{READ}, holding: {{supplier.KA: {{holder: recovery}}}}"),
            6, "recovery has no certificate with the key usage of supplier.KA",
        ),
        (
            step("read back", f"{READ}, keep: captured")
            + step("replay", "kept: capture, expect: {refused: [replayed]}", "b"),
            7, "did you mean 'captured'?",
        ),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_taken_is_a_usage_error(steps: str, line: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_story(HEAD + steps, "own.yaml")
    assert words in str(caught.value)
    assert f"own.yaml, line {line}, " in str(caught.value)


def test_mistakes_in_several_steps_are_all_listed() -> None:
    steps = FALL + DECIDE + step("read back", "by: other") + step("read back", READ, "fall")
    with pytest.raises(MistakesError) as caught:
        read_story(HEAD + steps, "own.yaml")
    lines = [line.partition(":")[0] for line in caught.value.lines]
    assert lines == [
        "own.yaml, line 7, steps[2].do",
        "own.yaml, line 8, steps[3].by",
        "own.yaml, line 9, steps[4].name",
    ]


def test_a_decision_that_opens_the_key_makes_the_story_whole() -> None:
    read_story(HEAD + FALL + MEET + DECIDE + step("update", f"by: recovery, {RECOVERY}"), "x")


def test_the_policy_decides_which_cells_a_device_has() -> None:
    look = step("read back", f"{READ}, devices: [GPF], holding: {{wanProvider: 1}}")
    read_story(HEAD + look, "x", Policy(gpf_wan_provider="held"))
    with pytest.raises(UsageError, match="no device concerned has a cell 'wanProvider'"):
        read_story(HEAD + look, "x", Policy(gpf_wan_provider="absent"))


def test_the_command_line_prints_a_line_for_each_mistake_and_runs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, folder = tmp_path / "own.yaml", tmp_path / "run"
    story.write_text(HEAD + step("read back", "by: other") + step("read back", READ))
    assert run(["drill", "run", str(story), "--out", str(folder)]) == 4
    lines = capsys.readouterr().err.splitlines()
    assert f"{story}, line 6, steps[1].by: no party" in lines[0]
    assert f"{story}, line 7, steps[2].name: two steps" in lines[1]
    assert lines[2:] == ['firmware-sim: see the documentation\'s page "Drills" (docs/drills.md)']
    assert not folder.exists()


@pytest.mark.parametrize(
    ("start", "is_possible"),
    [
        ("0001-01-01T00:00:00+01:00", False),
        ("0001-01-01T00:00:00Z", False),
        ("2019-12-31T23:59:59Z", False),
        ("2020-01-01T00:00:00Z", True),
        ("2039-12-31T23:58:59Z", True),
        ("2039-12-31T23:59:00Z", False),  # the second step begins a minute later
        ("2040-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59Z", False),
        ("9999-12-31T23:59:59-01:00", False),
    ],
)
def test_a_drill_runs_while_its_certificates_are_valid(start: str, *, is_possible: bool) -> None:
    text = HEAD.replace("2026-03-02T09:00:00Z", start)
    text += step("read back", READ) + step("read back", READ, "b")
    if is_possible:
        read_story(text, "own.yaml")
        return
    with pytest.raises(UsageError, match=r"own\.yaml, line 4, start: ") as caught:
        read_story(text, "own.yaml")
    if not start.endswith(":00"):
        assert "valid from 2020-01-01 to 2039-12-31" in str(caught.value)


def test_a_story_that_would_last_for_ages_is_a_usage_error() -> None:
    one = "  - {name: look-%d, title: t, do: read back, by: supplier, minutes: 576000}\n"
    head = "name: own\ntitle: t\nsummary: s\nstart: 2026-06-01T08:00:00Z\nsteps:\n"
    text = head + "".join(one % number for number in range(9000))
    with pytest.raises(UsageError, match="the last step begins later"):
        read_story(text, "own.yaml")


@pytest.mark.parametrize(("types", "absent"), [("[HCALCS]", "HCALCS"), ("[ESME, PPMID]", "PPMID")])
def test_a_device_that_is_in_no_home_is_told(types: str, absent: str) -> None:
    text = HEAD.replace("steps:", f"devices: {types}\nsteps:") + step("read back", READ)
    with pytest.raises(UsageError, match=f"no home of a drill has a {absent}; name some of CHF"):
        read_story(text, "own.yaml")


def test_custody_may_be_asked_in_vain_for_a_key_that_the_decision_does_not_open() -> None:
    held = step("ceremony", "present: [custodian-1, custodian-2, custodian-3]", "c")
    before = FALL + MEET + DECIDE + step("ask custody", "use: recovery", "before")
    text = HEAD + before + held + step("ask custody", "use: symmetric", "after")
    assert len(read_story(text, "own.yaml").steps) == 6
