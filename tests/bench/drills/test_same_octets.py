"""Stories without a population send what they sent before stories could name organisations."""

from hashlib import sha256
from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.drills.use_step import UseStep
from tests.bench.drills.rehearsal import HANDOVER_STORY, ROOT_STORY, SUPPLIER_STORY, rehearse

# Worked out with the version before populations entered stories, of two homes and seed 1.
MESSAGES = {
    ROOT_STORY: "d437205dcc609384eb96a7c4f8b77bdaa916a98b987e858bc77cf78330ef0ba2",
    SUPPLIER_STORY: "aa3d5c0d9f67759b07e251f93191915cc4dbda7d1b306027d0cab2405e182715",
    HANDOVER_STORY: "acdc0703207a50398d5bf583fb43aa7aa72dcc66cc2856f9c4f0bd3357d7aa9e",
}


@pytest.mark.parametrize("story", MESSAGES)
async def test_a_story_of_before_sends_the_same_octets(story: str, tmp_path: Path) -> None:
    # Uses of keys came later, and change counters. What was there before is the same.
    whole = load_story(story)
    steps = tuple(step for step in whole.steps if not isinstance(step, UseStep))
    run = await rehearse(whole.model_copy(update={"steps": steps}), tmp_path, premises=2)
    found = sha256()
    for *row, octets in run.rows(
        "SELECT step, at, direction, device, octets FROM message ORDER BY id"
    ):
        found.update(repr(tuple(row)).encode())
        found.update(octets)
    assert found.hexdigest() == MESSAGES[story]
