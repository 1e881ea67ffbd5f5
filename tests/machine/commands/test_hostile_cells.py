"""Cells that hold no point of the curve, however they came by it: refusals, no crash."""

import pytest

from firmware_sim.gbcs.path import Anchor
from tests.machine.credentials.hostile_points import OTHER_CURVE, POINTS
from tests.support.answers import statuses
from tests.support.commands import (
    ACB,
    by_contingency,
    by_recovery,
    query,
    supplier_by_supplier,
)
from tests.support.meter import custom, durable
from tests.support.pki import FIRST, cell

UNCOMPRESSED = {name: point for name, point in POINTS.items() if len(point) == 65 and point[0] == 4}


@pytest.mark.parametrize("point", UNCOMPRESSED.values(), ids=UNCOMPRESSED)
def test_a_signing_cell_with_a_hostile_point_verifies_nothing(point: bytes) -> None:
    name = cell("supplier.DS")
    esme = custom(cells={name: FIRST.leaf(name, public_key=point).certificate})
    before = durable(esme.device)
    for message in (query(esme, "supplier.DS"), supplier_by_supplier(esme)):
        assert esme.device.receive(message.build()).refusal is not None
    assert durable(esme.device) == before


@pytest.mark.parametrize("point", UNCOMPRESSED.values(), ids=UNCOMPRESSED)
def test_a_brokers_cell_with_a_hostile_point_agrees_on_nothing(point: bytes) -> None:
    """An agreement with a point of a small group would give the device's key away."""
    name = cell(ACB)
    esme = custom(cells={name: FIRST.leaf(name, public_key=point).certificate})
    before = durable(esme.device)
    for message in (query(esme), supplier_by_supplier(esme)):
        effects = esme.device.receive(message.build())
        assert effects.refusal is not None
    assert durable(esme.device) == before


def test_a_root_cell_with_a_hostile_point_trusts_nothing_and_can_still_be_replaced() -> None:
    hostile = Anchor(FIRST.name, OTHER_CURVE, FIRST.root().key_identifier)
    esme = custom(root=hostile)
    results = statuses(esme, esme.device.receive(by_recovery(esme).build()))
    assert {status.label for status in results} == {"noTrustAnchor"}
    root = FIRST.root(public_key=OTHER_CURVE).certificate
    esme = custom(root=root)
    results = statuses(esme, esme.device.receive(by_contingency(esme).build()))
    assert {status.label for status in results} == {"success"}
