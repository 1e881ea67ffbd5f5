"""Which devices a Recovery Event is about (SEC L10.30(a)), and whose certificates (L10.30(b))."""

from datetime import UTC, datetime

import pytest

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.fallen_key import (
    FallenKey,
    RelevantSubscriber,
    SubscriberCertificate,
)
from firmware_sim.bench.governance.relevant_devices import (
    Ground,
    RelevantDeviceSet,
    relevant_devices,
)
from firmware_sim.bench.population.draw import drawn
from firmware_sim.bench.population.estate import Estate, HeldData
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, TrustAnchorCellId
from tests.bench.population.homes import FLEET, estate, small

AT = datetime(2027, 2, 1, 8, tzinfo=UTC)
DS = TrustAnchorCellId.parse("supplier.DS")
ALPHA = FallenKey(RelevantKeyKind.DEVICE_CREDENTIAL, "alpha", cell=DS)
ROOT = FallenKey(RelevantKeyKind.ISSUER, "dcc", cell=ROOT_CELL)
ISSUING = FallenKey(RelevantKeyKind.ISSUER, "dcc")
OCA, ORGANISATION = SubscriberCertificate.OCA, SubscriberCertificate.ORGANISATION


def counts(found: RelevantDeviceSet) -> tuple[object, ...]:
    summary = found.summary()
    return summary["total"], summary["populated"], summary["believed"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_published_example_has_1795_relevant_devices(seed: int) -> None:
    """600 homes of three devices, less 12 not commissioned, and 7 of the other supplier's."""
    found = relevant_devices(estate(FLEET, seed), ALPHA, AT)
    assert counts(found) == (1795, 1790, 5)
    assert len(found.not_commissioned) == 12
    assert found.summary()["by_type"] == {"ESME": 595, "GPF": 600, "GSME": 600}
    owners = [each.responsible_supplier for each in found]
    assert (owners.count("alpha"), owners.count("beta")) == (1788, 7)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_an_attacker_replaced_is_believed_and_no_longer_populated(seed: int) -> None:
    before = estate(FLEET, seed)
    populated = [
        each.entity_id
        for each in relevant_devices(before, ALPHA, AT)
        if each.ground is Ground.POPULATED
    ]
    thief = {DS: HeldData("thief", DS)}
    taken = drawn(populated, 20, seed=bytes(32), purpose="attacker", taken=before.drawn)
    after = before.all_replaced(dict.fromkeys(taken, thief), known=False)
    assert counts(relevant_devices(after, ALPHA, AT)) == (1795, 1770, 25)


def test_the_set_is_that_of_its_moment_whatever_happens_to_the_estate_later() -> None:
    before = estate(small())
    found = relevant_devices(before, ALPHA, AT)
    digest = found.digest
    entities = [each.entity_id for each in found]
    after = before.with_status(entities, SmiStatus.DECOMMISSIONED)
    assert found.digest == digest == relevant_devices(before, ALPHA, AT).digest
    assert len(relevant_devices(after, ALPHA, AT)) == 0
    assert len(found) == len(entities) > 0


def test_an_entry_says_status_cells_reason_and_responsible_supplier() -> None:
    [first, *_] = relevant_devices(estate(small()), ALPHA, AT)
    assert first.as_json() == {
        "device": str(first.entity_id),
        "type": first.device_type.name,
        "smi_status": "commissioned",
        "responsible_supplier": "alpha",
        "reason": "populated",
        "populated": ["supplier.DS"],
        "believed": ["supplier.DS"],
    }


@pytest.mark.parametrize("status", [each for each in SmiStatus if each != "commissioned"])
def test_only_commissioned_devices_are_relevant(status: SmiStatus) -> None:
    before = estate(small())
    chosen = [each.entity_id for each in before if each.device_type is DeviceType.ESME]
    found = relevant_devices(before.with_status(chosen, status), ALPHA, AT)
    assert {each.device_type for each in found} == {DeviceType.GSME, DeviceType.GPF}
    assert found.not_commissioned


KINDS = RelevantKeyKind


@pytest.mark.parametrize(
    ("key", "total"),
    [
        (ROOT, 40),
        (ISSUING, 40),
        (FallenKey(KINDS.ISSUER, "dcc", 2), 0),
        (FallenKey(KINDS.CONTINGENCY_SYMMETRIC_KEY, "dcc"), 40),
        (FallenKey(KINDS.DEVICE_CREDENTIAL, "dcc", cell=ROOT_CELL), 40),
        (
            FallenKey(
                KINDS.DEVICE_CREDENTIAL,
                "dcc",
                cell=TrustAnchorCellId.parse("accessControlBroker.KA"),
            ),
            40,
        ),
        (
            FallenKey(
                KINDS.DEVICE_CREDENTIAL, "dcc", cell=TrustAnchorCellId.parse("wanProvider.DS")
            ),
            10,
        ),
        (
            FallenKey(
                KINDS.DEVICE_CREDENTIAL,
                "network-operator",
                cell=TrustAnchorCellId.parse("networkOperator.KA"),
            ),
            20,
        ),
        (ALPHA, 15),
        (FallenKey(KINDS.DEVICE_CREDENTIAL, "alpha", 2, DS), 0),
        (FallenKey(KINDS.S1SP_CREDENTIAL, "dcc"), 0),
        (FallenKey(KINDS.XML_SIGNING, "alpha"), 0),
        (FallenKey(KINDS.S1SPKI, "dcc"), 0),
    ],
    ids=str,
)
def test_each_kind_of_key_has_the_devices_that_hold_its_certificates(
    key: FallenKey, total: int
) -> None:
    """Ten homes of four devices, half of them alpha's: CHF, GPF, ESME, GSME."""
    assert len(relevant_devices(estate(small()), key, AT)) == total


def test_the_issuing_key_leaves_the_root_cell_out_and_the_root_key_does_not() -> None:
    found: Estate = estate(small())
    under_issuing = {cell for each in relevant_devices(found, ISSUING, AT) for cell in each.cells}
    under_root = {cell for each in relevant_devices(found, ROOT, AT) for cell in each.cells}
    assert under_root - under_issuing == {ROOT_CELL}


def test_a_brokers_certificate_counts_in_whatever_cell_it_stands() -> None:
    broker = TrustAnchorCellId.parse("accessControlBroker.DS")
    before = estate(small(premises=1, suppliers={"alpha": "100%"}))
    gpf = next(each.entity_id for each in before if each.device_type is DeviceType.GPF)
    after = before.replaced(gpf, {DS: HeldData("dcc", broker)}, known=True)
    key = FallenKey(KINDS.DEVICE_CREDENTIAL, "dcc", cell=broker)
    assert relevant_devices(after, key, AT)[gpf].cells == (DS,)


@pytest.mark.parametrize(
    ("key", "subscribers"),
    [
        (ALPHA, [RelevantSubscriber("alpha", ORGANISATION)]),
        (FallenKey(KINDS.XML_SIGNING, "beta"), [RelevantSubscriber("beta", ORGANISATION)]),
        (FallenKey(KINDS.CONTINGENCY_SYMMETRIC_KEY, "dcc"), [RelevantSubscriber("dcc", OCA)]),
        (
            ISSUING,
            [RelevantSubscriber("dcc", OCA), RelevantSubscriber("alpha", ORGANISATION, True)],
        ),
        (FallenKey(KINDS.S1SPKI, "dcc"), []),
    ],
    ids=str,
)
def test_the_relevant_subscriber_is_the_one_for_the_compromised_certificate(
    key: FallenKey, subscribers: list[RelevantSubscriber]
) -> None:
    assert list(key.subscribers(("alpha", "dcc", "alpha"))) == subscribers


def test_a_key_behind_a_cell_must_name_the_cell() -> None:
    with pytest.raises(BenchError, match=r"L10\.30\(c\)\(ii\)"):
        FallenKey(KINDS.DEVICE_CREDENTIAL, "alpha")
