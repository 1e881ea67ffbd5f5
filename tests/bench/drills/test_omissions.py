"""Commands that lack what they must have, and what devices say of them."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from tests.bench.drills.rehearsal import ROOT_STORY, Rehearsal, rehearse
from tests.bench.drills.wave_stories import HEAD, story_of

ROOT = """\
steps:
  - name: root
    title: The supplier installs the new root
    do: update
    by: supplier
    mode: rootBySupplier
    cells: [root]
    install: 2
"""


def command_of(run: Rehearsal) -> UpdateCommand:
    query = "SELECT octets FROM message WHERE direction = 'to device' ORDER BY id DESC LIMIT 1"
    ((octets,),) = run.rows(query)
    return UpdateCommand.decode(parse_message(octets).payload)


async def test_a_command_without_its_mac_is_refused_for_its_protection(tmp_path: Path) -> None:
    step = "    omit: [MAC]\n    expect: {refused: [wrong protection]}\n"
    run = await rehearse(story_of(step), tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()


async def test_a_root_without_its_link_certificate_has_no_trust_anchor(tmp_path: Path) -> None:
    text = HEAD + ROOT + "    omit: [link certificate]\n    expect: {root: noTrustAnchor}\n"
    run = await rehearse(read_story(text, "story.yaml"), tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert len(command_of(run).path) == 1


async def test_a_contingency_command_without_the_symmetric_key_is_malformed(
    tmp_path: Path,
) -> None:
    story = load_story(ROOT_STORY)
    (at,) = (n for n, step in enumerate(story.steps) if step.name == "contingency-hubs")
    malformed = RefusalExpected.model_validate({"refused": ["malformed"]})
    step = story.steps[at].model_copy(update={"omit": ("symmetric key",), "expect": malformed})
    run = await rehearse(story.model_copy(update={"steps": (*story.steps[:at], step)}), tmp_path)
    assert run.steps()["contingency-hubs"] == "passed", run.reasons()


async def test_certificates_beneath_another_issuing_authority_have_no_trust_anchor(
    tmp_path: Path,
) -> None:
    run = await rehearse(
        story_of("    under: 2\n    expect: {supplier: noTrustAnchor}\n", after=""), tmp_path
    )
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("    omit: [link certificate]\n", "steps[1].omit[1]: supplierBySupplier has no link"),
        ("    omit: [symmetric key]\n", "steps[1].omit[1]: supplierBySupplier has no symmetric"),
        ("    omit: [mac]\n", "steps[1].omit[1]: must be one of link certificate, MAC, symmetric"),
        ("    under: 3\n", "steps[1].under: the DCC has 2 Issuing OCAs in a drill, not 3"),
    ],
)
def test_what_a_command_does_not_have_cannot_be_left_out(step: str, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        story_of(step)
    assert f"line 14, {text}" in str(refused.value)
