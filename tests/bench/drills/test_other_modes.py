"""Every party and mode in a story of the test's own: the vocabulary is not cut to two stories."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import rehearse

HEAD = """\
name: own
title: A story of a test
summary: One update, then the cells.
start: 2026-03-02T09:00:00Z
steps:
"""


def update(by: str, mode: str, cells: str, extra: str = "") -> str:
    return f"""\
  - name: change
    title: Change
    do: update
    by: {by}
    mode: {mode}
    cells: [{cells}]
    install: 2
{extra}"""


def look(holding: str, by: str = "accessControlBroker", generation: int = 1) -> str:
    return f"""\
  - name: look
    title: Look
    do: read back
    by: {by}
    credentials: {generation}
    holding: {{all: 1, {holding}}}
"""


@pytest.mark.parametrize(
    ("by", "mode", "cells", "devices"),
    [
        ("supplier", "supplierBySupplier", "supplier", 3),
        ("networkOperator", "networkOperatorByNetworkOperator", "networkOperator", 2),
        ("transitionalCoS", "transCoSByTransCoS", "transitionalCoS", 4),
        ("transitionalCoS", "supplierByTransCoS", "supplier", 3),
        ("wanProvider", "wanProviderByWanProvider", "wanProvider", 1),
        ("supplier", "rootBySupplier", "root", 3),
        ("wanProvider", "rootByWanProvider", "root", 1),
    ],
)
async def test_each_party_replaces_what_its_mode_covers(
    by: str, mode: str, cells: str, devices: int, tmp_path: Path
) -> None:
    extra = "    floors: now\n" if "root" not in mode else ""
    story = read_story(HEAD + update(by, mode, cells, extra), "own.yaml")
    run = await rehearse(story, tmp_path)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert run.rows("SELECT count(*) FROM verdict") == [(devices,)]


async def test_the_broker_replaces_its_own_keys_with_both_protections(tmp_path: Path) -> None:
    """A MAC alone for meters, a signature too for the Communications Hub (GBCS 13.3.3.1)."""
    cells = "accessControlBroker"
    text = (
        HEAD
        + update("accessControlBroker", "accessControlBrokerByACB", cells, "    floors: zero\n")
        + look("accessControlBroker: 2", generation=2)
    )
    run = await rehearse(read_story(text, "own.yaml"), tmp_path)
    assert run.outcome is Outcome.PASSED, run.reasons()
    sizes = dict(
        run.rows(
            "SELECT device.type, length(octets) FROM message JOIN device ON entity = device "
            "WHERE direction = 'to device' AND use_case LIKE 'CS02b%'"
        )
    )
    assert sizes["CHF"] > sizes["ESME"] == sizes["GSME"] == sizes["GPF"]


def test_a_party_may_not_use_another_partys_mode() -> None:
    text = HEAD + update("supplier", "networkOperatorByNetworkOperator", "networkOperator")
    words = r"line 10, steps\[1\].mode: supplier does not use networkOperatorByNetworkOperator"
    with pytest.raises(UsageError, match=words):
        read_story(text, "own.yaml")


async def test_a_step_can_be_limited_to_some_device_types(tmp_path: Path) -> None:
    text = HEAD + update("supplier", "supplierBySupplier", "supplier.KA", "    devices: [GSME]\n")
    run = await rehearse(read_story(text, "own.yaml"), tmp_path)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert run.rows("SELECT DISTINCT type FROM message JOIN device ON entity = device") == [
        ("GSME",)
    ]


async def test_a_read_back_that_differs_from_the_story_fails_the_device(tmp_path: Path) -> None:
    run = await rehearse(read_story(HEAD + look("supplier.KA.PP: 2"), "own.yaml"), tmp_path)
    assert run.outcome is Outcome.FAILED
    rows = run.rows(
        "SELECT name, reason, count(*) FROM verdict WHERE verdict = 'failed' GROUP BY name"
    )
    assert rows == [  # at ESME, GSME and GPF each
        ("cells by the device's own report (CS02a)", "not as the story says: supplier.KA.PP", 3),
        ("cells in the flash image", "not as the story says: supplier.KA.PP", 3),
        ("public keys in the flash image", "another public key: supplier.KA.PP", 3),
    ]
