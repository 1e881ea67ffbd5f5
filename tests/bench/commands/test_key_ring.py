"""Which private keys a holder has, and which of them goes with what a device's cell shows."""

from datetime import UTC, datetime

import pytest

from firmware_sim.bench.commands.contact import contact_of
from firmware_sim.bench.commands.key_ring import KeyRing, PkiKeys, broker_key, entity_of_party
from firmware_sim.bench.smki.parameters import CONTINGENCY_ENTITY_ID, PARTY_CELLS, entity_id_of
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    OWN_KEY_USAGES,
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from tests.gbcs import independent

SUITE = P256Suite()
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ONE, OTHER = b"\x01" * 32, b"\x02" * 32
SUPPLIER = TrustAnchorCellId.parse("supplier.DS")
METER = EntityId(bytes.fromhex("0246530000000a00"))


@pytest.fixture(scope="module")
def pki() -> DrillPki:
    return DrillPki.generate(4)


def test_a_ring_finds_a_key_by_its_public_key_and_by_its_cell() -> None:
    ring = KeyRing(SUITE)
    ring.add(ONE, SUPPLIER, 2)
    assert ring.matching(independent.public_key(ONE)) == ONE
    assert ring.of_cell(SUPPLIER, 2) == ONE
    assert list(ring) == [ONE]


def test_a_ring_has_no_key_that_was_not_added() -> None:
    ring = KeyRing(SUITE)
    ring.add(ONE, SUPPLIER)
    assert ring.matching(independent.public_key(OTHER)) is None
    assert ring.of_cell(SUPPLIER, 2) is None
    assert ring.of_cell(ROOT_CELL) is None


def test_every_party_cell_of_a_pki_has_its_private_key(pki: DrillPki) -> None:
    keys = PkiKeys(pki, AT, "a test")
    for cell in PARTY_CELLS:
        for generation in (1, 2):
            point = pki.cell_certificate(cell, generation).public_key
            found = keys.matching(point)
            assert found is not None, (cell, generation)
            assert independent.public_key(found) == point


@pytest.mark.parametrize("generation", [1, 2])
def test_a_roles_signing_key_is_the_one_in_its_cell(pki: DrillPki, generation: int) -> None:
    keys = PkiKeys(pki, AT, "a test")
    for cell in PARTY_CELLS:
        if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE:
            point = independent.public_key(keys.signing(cell.role, generation))
            assert point == pki.cell_certificate(cell, generation).public_key


@pytest.mark.parametrize("generation", [1, 2])
def test_contingencys_keys_are_those_that_the_root_wraps(pki: DrillPki, generation: int) -> None:
    keys = PkiKeys(pki, AT, "a test")
    wrapped = pki.root(generation).wrapped_contingency_key
    assert wrapped is not None
    point = unwrap_contingency_key(
        wrapped, keys.symmetric(generation), SUITE, allowed=set(WrapAlgorithm)
    )
    assert independent.public_key(keys.signing(RemotePartyRole.ROOT, generation)) == point
    assert keys.root_generation(pki.root(generation).public_key) == generation


def test_custody_takes_down_each_key_that_is_copied_once() -> None:
    pki = DrillPki.generate(5)
    keys = PkiKeys(pki, AT, "a test")
    keys.signing(RemotePartyRole.SUPPLIER)
    assert not pki.custody.events
    for _ in range(2):
        keys.signing(RemotePartyRole.RECOVERY)
    [event] = pki.custody.events
    assert (event.at, event.reason) == (AT, "a test")


def test_the_brokers_key_is_the_one_in_its_cell(pki: DrillPki) -> None:
    point = independent.public_key(broker_key(pki, SUITE, 2).private_key)
    assert point == pki.cell_certificate(ACB_KEY_AGREEMENT, 2).public_key


def test_a_party_has_one_entity_identifier_and_contingency_has_its_own(pki: DrillPki) -> None:
    supplier = RemotePartyRole.SUPPLIER
    assert entity_of_party(pki, supplier) == entity_id_of(supplier)
    assert entity_of_party(pki, RemotePartyRole.ROOT) == CONTINGENCY_ENTITY_ID


def test_a_contact_has_the_keys_of_the_devices_certificates(pki: DrillPki) -> None:
    contact = contact_of(pki, DeviceType.ESME, METER, [SUPPLIER])
    private = [pki.issue_device(METER, usage)[0] for usage in OWN_KEY_USAGES]
    points = [contact.signing_key, contact.agreement_key]
    assert points == list(map(independent.public_key, private))
    assert contact.cells == {SUPPLIER}


def test_a_contact_has_the_cells_of_its_type_unless_told_otherwise(pki: DrillPki) -> None:
    hub = contact_of(pki, DeviceType.CHF, METER)
    assert hub.holds(RemotePartyRole.WAN_PROVIDER)
    assert not hub.holds(RemotePartyRole.SUPPLIER)
