"""Organisations of a story: who speaks, whose certificates are meant, and in which generation."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from firmware_sim.bench.drills.home_seed import SEED_OCTETS, home_seed_of
from firmware_sim.bench.drills.provisioning import drill_estate
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.bench.governance.relevant_devices import relevant_devices
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.smki.organisations import OrganisationKeys
from firmware_sim.bench.smki.parameters import entity_id_of
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.population.homes import FLEET

SUPPLIER, DS = RemotePartyRole.SUPPLIER, TrustAnchorCellId.parse("supplier.DS")
NAMES = ("alpha", "beta")
START = "2027-02-01T08:00:00Z"


@cache
def key_of(name: str, generation: int) -> str:
    """Key identifier of a supplier's signing certificate."""
    keys = OrganisationKeys(DrillPki.generate(1), P256Suite(), SUPPLIER, name, NAMES.index(name))
    return keys.credentials(generation).certificates[DS].key_identifier.hex()


def step(name: str, do: str, **keys: Any) -> dict[str, Any]:
    return {"name": name, "title": name, "do": do, **keys}


def update(name: str, **keys: Any) -> dict[str, Any]:
    mode = {"mode": "supplierBySupplier", "cells": ["supplier"]}
    return step(name, "update", by="supplier", **mode, **keys)


def read(name: str, **keys: Any) -> dict[str, Any]:
    return step(name, "read back", **{"by": "supplier", **keys})


async def play(folder: Path, *steps: dict[str, Any], premises: int = 2, **head: Any) -> Rehearsal:
    population = {"premises": premises, "suppliers": {"alpha": "50%", "beta": "50%"}}
    written = {"name": "mine", "start": START, "devices": ["ESME"], "population": population}
    text = yaml.safe_dump({**written, **head, "steps": list(steps)}, sort_keys=False)
    return await rehearse(read_story(text, "mine.yaml"), folder, premises=premises)


def held(run: Rehearsal) -> dict[str, str]:
    """Key identifier of supplier.DS at the end, by the Entity Identifier of the supplier there."""
    query = "SELECT subject, key_identifier FROM cell WHERE source = 'image' AND cell = '{}'"
    rows = run.rows(query.format(DS) + " ORDER BY phase DESC")
    numbers = {str(entity_id_of(SUPPLIER, number)): name for number, name in enumerate(NAMES)}
    return {numbers[subject]: identifier for subject, identifier in rows}


def issues(run: Rehearsal) -> list[str]:
    query = "SELECT detail FROM governance WHERE event = 'Certificate issued'"
    return [text for (text,) in run.rows(query + " ORDER BY id")]


async def test_every_organisation_rolls_over_by_one_step_if_no_key_has_fallen(
    tmp_path: Path,
) -> None:
    run = await play(tmp_path, update("roll", install=2), read("after", credentials=2))
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert held(run) == {name: key_of(name, 2) for name in NAMES}
    assert [text.split(",")[0] for text in issues(run)] == [
        f"the DCC issues to {name}" for name in NAMES
    ]


async def test_a_generation_is_the_newest_that_an_organisation_has_been_issued(
    tmp_path: Path,
) -> None:
    run = await play(
        tmp_path,
        update("roll", install=2),
        step("issue", "issue", party="alpha", generation=7),
        update("again", credentials=2, install=7),
        read("after", credentials=7, holding={"supplier": 7}),
        read("by-name", credentials=7, party="alpha",
             holding={"supplier": {"holder": "alpha", "generation": 7}}),
    )  # fmt: skip
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert held(run) == {"alpha": key_of("alpha", 7), "beta": key_of("beta", 2)}


async def test_the_only_organisation_of_a_story_has_more_than_two_generations(
    tmp_path: Path,
) -> None:
    """Without a population a number means itself, and nothing has to be issued."""
    text = yaml.safe_dump({
        "name": "alone", "start": START, "devices": ["ESME"],
        "steps": [update("roll", install=4), read("after", credentials=4)],
    })  # fmt: skip
    run = await rehearse(read_story(text, "alone.yaml"), tmp_path)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert held(run) == {"alpha": key_of("alpha", 4)}
    assert not issues(run)


async def test_an_organisation_is_not_obeyed_at_the_devices_of_another(tmp_path: Path) -> None:
    refused = {"refused": ["bad signature", "no authority"]}
    run = await play(tmp_path, read("foreign", party="beta", at="alpha", expect=refused))
    assert run.outcome is Outcome.PASSED, run.reasons()
    run = await play(tmp_path / "own", read("own", party="beta", expect=refused))
    assert run.outcome is Outcome.FAILED


async def test_each_organisation_has_its_own_sequence_of_counters(tmp_path: Path) -> None:
    """Each begins where the drill's clock stands, though the other has sent just before."""
    run = await play(tmp_path, read("first"), premises=4)
    rows = run.rows(
        "SELECT originator, MIN(CAST(counter AS INTEGER)), COUNT(*) FROM message "
        "WHERE direction = 'to device' GROUP BY originator"
    )
    begin = 1801468800000  # START in milliseconds since 1970
    assert sorted(rows) == [(str(entity_id_of(SUPPLIER, number)), begin, 2) for number in (0, 1)]


async def test_devices_can_leave_the_factory_with_another_organisations_certificates(
    tmp_path: Path,
) -> None:
    entry = {"cells": ["supplier"], "holder": "beta"}
    run = await play(
        tmp_path,
        read("foreign", party="beta", at="alpha"),
        read("own", party="alpha", expect={"refused": ["bad signature", "no authority"]}),
        provision=[entry],
    )
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert held(run) == {"beta": key_of("beta", 1)}


async def test_a_certificate_put_into_anothers_cells_is_the_one_that_is_named(
    tmp_path: Path,
) -> None:
    """A change of supplier by the old one's own key: alpha hands its home to beta."""
    run = await play(
        tmp_path,
        update("hand-over", party="alpha", install=1, holder="beta"),
        read("new-supplier", party="beta", at="alpha"),
    )
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert held(run) == {"beta": key_of("beta", 1)}


async def test_both_fuels_have_a_supplier_of_their_own(tmp_path: Path) -> None:
    population = {
        "premises": 1,
        "suppliers": {"alpha": "100%"},
        "gas suppliers": {"beta": "100%"},
        "smi": {"suspended": {"types": ["GPF"], "count": 1}},
    }
    run = await play(
        tmp_path,
        update("roll", install=2, smi="commissioned"),
        read("gas", party="beta", credentials=2, devices=["GSME"]),
        read("left-out", party="beta", devices=["GPF"]),
        premises=1, population=population, devices=["ESME", "GSME", "GPF"],
    )  # fmt: skip
    assert run.outcome is Outcome.PASSED, run.reasons()
    query = "SELECT originator, target FROM message WHERE step = 1 AND direction = 'to device'"
    sent = dict(run.rows(query))
    kinds = run.rows("SELECT entity, type FROM device")
    owners = {str(entity_id_of(SUPPLIER, 0)): "ESME", str(entity_id_of(SUPPLIER, 1)): "GSME"}
    assert {owner: dict(kinds)[device] for owner, device in sent.items()} == owners


async def test_a_thief_of_one_organisations_key_has_not_the_others(tmp_path: Path) -> None:
    fall = step("fall", "compromise", party="alpha", cell="supplier.DS", reporter="alpha")
    refused = {"refused": ["bad signature", "no authority"]}
    run = await play(
        tmp_path,
        fall,
        update("theft", party="alpha", stolen=True, install=1),
        update("elsewhere", party="alpha", at="beta", stolen=True, install=1, expect=refused),
    )
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert run.rows("SELECT title FROM run") == [("mine",)]
    ((text,),) = run.rows("SELECT detail FROM governance WHERE event = 'Compromise declared'")
    key = "alpha's signing key (first generation)"
    assert text == f"{key} is compromised, as alpha reports [SEC L10.30(c)(ii)]"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_published_example_has_1795_relevant_devices_by_its_story(seed: int) -> None:
    """600 homes of alpha with three devices each, 12 not commissioned, 7 at beta."""
    written = {
        "name": "supplier-m3-fleet",
        "start": START,
        "population": FLEET,
        "steps": [step("fall", "compromise", party="alpha", cell="supplier.DS", reporter="alpha")],
    }
    story = read_story(yaml.safe_dump(written), "fleet.yaml")
    octets = seed.to_bytes(SEED_OCTETS)
    estate = drill_estate(story, 1000, Policy(), seed=octets, home_seed=home_seed_of(octets))
    key = FallenKey(RelevantKeyKind.DEVICE_CREDENTIAL, "alpha", cell=DS)
    found = relevant_devices(estate, key, story.start).summary()
    assert len(estate) == 4000
    assert (found["total"], found["populated"], found["believed"]) == (1795, 1790, 5)
