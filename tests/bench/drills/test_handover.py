"""Cells that hold another party's certificates, and who has authority through them."""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from tests.bench.drills.rehearsal import HANDOVER_STORY, Rehearsal, rehearse, until

BROKER = RemotePartyRole.ACCESS_CONTROL_BROKER
HANDED_OVER = {
    "supplier.DS",
    "supplier.KA",
    "supplier.KA.PP",
    "networkOperator.DS",
    "networkOperator.KA",
}


@pytest.fixture(scope="module")
def pki() -> DrillPki:
    return DrillPki.generate(1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    return asyncio.run(rehearse(HANDOVER_STORY, tmp_path_factory.mktemp("handover")))


def holdings(run: Rehearsal, phase: str, source: str) -> dict[str, tuple[str, str]]:
    query = "SELECT cell, subject, key_identifier FROM cell "
    rows = run.rows(query + f"WHERE phase = '{phase}' AND source = '{source}'")
    return {cell: (subject, key) for cell, subject, key in rows}


def sent(run: Rehearsal, step: str) -> Message:
    query = "SELECT octets FROM message JOIN step ON step.id = message.step "
    rows = run.rows(query + f"WHERE direction = 'to device' AND step.name = '{step}'")
    return parse_message(rows[0][0])


def test_both_parties_cells_hold_the_brokers_certificates_before_the_handover(
    run: Rehearsal, pki: DrillPki
) -> None:
    """DS in DS cells; KA in KA cells, and for prepayment top-up too (SR 6.21 vectors)."""
    before = holdings(run, "before", "image")
    broker = pki.party(BROKER)
    for cell in HANDED_OVER:
        usage = KeyUsage.DIGITAL_SIGNATURE if cell.endswith(".DS") else KeyUsage.KEY_AGREEMENT
        certificate = broker.certificate(usage)
        assert before[cell] == (str(broker.entity_id), certificate.key_identifier.hex())
    assert holdings(run, "before", "CS02a") == before


def test_every_cell_holds_its_own_partys_certificate_after_the_handover(
    run: Rehearsal, pki: DrillPki
) -> None:
    before, after = holdings(run, "before", "image"), holdings(run, "after", "image")
    assert {cell for cell in before if before[cell] != after[cell]} == HANDED_OVER
    for cell in HANDED_OVER:
        certificate = pki.cell_certificate(TrustAnchorCellId.parse(cell))
        assert after[cell] == (
            EntityId(certificate.subject_unique_id or b"").hex(),
            certificate.key_identifier.hex(),
        )
    assert holdings(run, "after", "CS02a") == after


def test_the_broker_hands_over_in_its_own_name_by_the_parties_modes(
    run: Rehearsal, pki: DrillPki
) -> None:
    for step, mode, role in (
        ("supplier-handover", ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier"),
        (
            "network-operator-handover",
            ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
            "networkOperator",
        ),
    ):
        command = sent(run, step)
        control = UpdateCommand.decode(command.payload).control
        assert command.originator == pki.party(BROKER).entity_id
        assert control.mode is mode
        assert str(control.authorising_cell) == f"{role}.DS"
        assert command.signature
        assert command.mac is not None


def test_every_step_of_the_handover_passes_and_refusals_name_the_authority(run: Rehearsal) -> None:
    assert run.outcome is Outcome.PASSED, run.reasons()
    rows = run.rows(
        "SELECT step.name, refusal.reason FROM refusal JOIN step ON step.id = refusal.step"
    )
    refused = dict(rows)
    early = ("supplier-reads-too-early", "supplier-takes-too-early")
    late = ("broker-reads-no-more", "broker-cannot-take-supplier-back")
    operator = ("network-operator-takes-too-early", "broker-cannot-take-network-operator-back")
    # The floor of zero lets the captured counter through: only the missing authority stops it.
    replays = (
        "replay-supplier-handover",
        "replay-network-operator-handover",
        "replay-broker-as-supplier",
        "replay-broker-as-network-operator",
    )
    assert {refused[step] for step in (*early, *late, *operator, *replays)} == {"no authority"}


def edited(change: Callable[[str], str]) -> str:
    text = (files("firmware_sim.bench.drills") / "stories" / f"{HANDOVER_STORY}.yaml").read_text(
        "utf-8"
    )
    assert change(text) != text
    return change(text)


async def test_without_the_provisioning_the_story_fails_at_its_first_step(tmp_path: Path) -> None:
    story = until(HANDOVER_STORY, "cells-before").model_copy(update={"provision": ()})
    run = await rehearse(story, tmp_path)
    assert run.outcome is Outcome.FAILED
    assert run.steps()["cells-before"] == "failed"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("- cells: [supplier, networkOperator]", "- cells: [wanProvider.DS]", "'wanProvider.DS'"),
        ("- cells: [supplier, networkOperator]", "- cells: [root]", "the first root"),
        ("cells: [supplier, networkOperator]", "cells: [loadController]", "'loadController'"),
    ],
)
def test_cells_that_cannot_be_provisioned_are_usage_errors(old: str, new: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_story(edited(lambda text: text.replace(old, new)), "mine.yaml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    holder: access", "    holdr: access", "there is no such key"),
        ("as: supplier", "as: recovery", "accessControlBroker does not act as recovery"),
        ("by: accessControlBroker\n    as:", "by: root\n    as:", "root does not act as"),
        ("{holder: accessControlBroker}", "{holder: nobody}", "'nobody' is neither a role"),
        ("{holder: accessControlBroker}", "{holder: root, generation: 3}", "generation"),
        ("all: 1", "all: 3", "the DCC has 2 generations of recovery.DS"),
        ("all: 1", "all: 4", "there are up to 3 roots in a drill"),
    ],
)
def test_mistakes_in_holder_and_provision_are_usage_errors(old: str, new: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_story(edited(lambda text: text.replace(old, new)), "mine.yaml")


GIVEN = """\
name: given-to-broker
title: The Broker takes over
summary: A network operator leaves its cells to the Access Control Broker.
start: 2026-03-02T09:00:00Z
devices: [ESME]
steps:
  - name: giving
    title: The network operator's cells go to the Broker
    do: update
    by: networkOperator
    mode: networkOperatorByNetworkOperator
    cells: [networkOperator]
    install: 1
    holder: accessControlBroker
  - name: old-refused
    title: The network operator is refused
    do: read back
    by: networkOperator
    expect: {refused: [no authority]}
  - name: cells
    title: The Broker's certificates are there
    do: read back
    by: accessControlBroker
    as: networkOperator
    holding: {all: 1, networkOperator: {holder: accessControlBroker}}
"""


async def test_a_drill_can_also_put_another_partys_certificates_there(tmp_path: Path) -> None:
    run = await rehearse(read_story(GIVEN, "mine.yaml"), tmp_path)
    assert run.outcome is Outcome.PASSED, run.reasons()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("holding: {all: 1,", "holding: {all: 1, loadController: 1,", 25),
        ("cells: [networkOperator]", "cells: [networkOperator, wanProvider]", 12),
    ],
)
def test_a_selector_that_means_no_cell_is_a_usage_error(old: str, new: str, line: int) -> None:
    assert old in GIVEN
    with pytest.raises(UsageError, match=f"line {line}, .* no device concerned has a cell"):
        read_story(GIVEN.replace(old, new), "mine.yaml")
