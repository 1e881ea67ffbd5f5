"""Pairs of CS02b and CS02g between parties of our own PKI, answered by devices."""

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.protection import with_signature
from firmware_sim.gbcs.times import NEVER
from tests.bench.experiments.conformance.pki_set import (
    Holder,
    PkiSet,
    altered,
    replayed,
    with_broker_mac,
    wrong_states_of,
)
from tests.bench.experiments.conformance.updates import DUE, UPDATES, Update
from tests.support.pki import SECOND, SUITE, cell


@pytest.fixture
def pki_set(tmp_path: Path) -> PkiSet:
    return PkiSet(tmp_path)


each_update = pytest.mark.parametrize("update", UPDATES.values(), ids=list(UPDATES))


def exchanged(update: Update) -> set[str]:
    """Every cell that the answers show; the root cell holds no published certificate."""
    return {f"another certificate in {cell(name)}" for name in update.new if name != "root.CS"}


@each_update
def test_immediate_update_replays(pki_set: PkiSet, update: Update) -> None:
    replay = replayed(pki_set, command=update.command(), response=update.response())
    assert wrong_states_of(replay) >= {
        "another device",
        "counter already used",
        "another root key",
        "another clock",
        *exchanged(update),
    }


@each_update
def test_future_dated_update_replays_with_its_alert(pki_set: PkiSet, update: Update) -> None:
    replay = replayed(
        pki_set,
        command=update.command(DUE),
        response=update.accepted(DUE),
        alert=update.alert(),
    )
    assert wrong_states_of(replay) >= {
        "not yet due",
        "another own counter",
        "another root key",
        *exchanged(update),
    }


@each_update
def test_cancellation_replays(pki_set: PkiSet, update: Update) -> None:
    replay = replayed(pki_set, command=update.command(NEVER), response=update.accepted(NEVER))
    assert wrong_states_of(replay) == {
        "another device",
        "another clock",
        "counter already used",
        "another certificate in accessControlBroker.KA",
        f"another certificate in {cell(update.authorising)}",
    }


@each_update
def test_another_answer_is_found(pki_set: PkiSet, update: Update) -> None:
    """The last octet is of an identifier that the cell holds afterwards."""
    replay = replayed(pki_set, command=update.command(), response=altered(update.response()))
    assert replay.matched == []


@pytest.mark.parametrize(
    "update",
    ["handover of a GPF's supplier cells by the Broker", "the WAN provider's own cell on a hub"],
)
def test_signature_of_a_party_that_the_cell_does_not_hold_is_no_match(
    pki_set: PkiSet, update: str
) -> None:
    """Authority is the key in the cell: the recovery party's signature is none there."""
    command = UPDATES[update].command()
    forged = with_broker_mac(with_signature(command, Holder.of("recovery.DS").leaf.key, SUITE))
    pki_set.add("pair/x_COMMAND", forged)
    pki_set.add("pair/x_RESPONSE", UPDATES[update].response())
    result = run_conformance(locate(pki_set.root), strict=False, policy=Policy(), progress=Silent())
    assert result.replay.matched == []
    assert [finding.reason for finding in result.wrong] == ["the signature does not verify"]


def test_path_to_a_root_that_is_not_published_fails_on_any_other(pki_set: PkiSet) -> None:
    """No answer names the root, and the path leads to none: the device's own does not vouch."""
    sound = UPDATES["transitional CoS, which moves no counter"]
    update = replace(
        sound,
        new={"transitionalCoS.DS": Holder.of("transitionalCoS.DS", SECOND)},
        path=SECOND.issuing().certificate,
        failed={"transitionalCoS.DS": StatusCode.NO_TRUST_ANCHOR},
    )
    replay = replayed(pki_set, command=update.command(), response=update.response())
    assert wrong_states_of(replay) >= {"another clock", *exchanged(update)}
