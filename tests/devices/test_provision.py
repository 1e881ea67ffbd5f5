"""Manufacture: what a device leaves the factory with, and what the factory refuses."""

from dataclasses import replace

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.devices.provision import provision
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, RemotePartyRole
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.store.errors import InsufficientSpace
from tests.support.meter import (
    OWN_START,
    START,
    Clock,
    credentials,
    custom,
    durable,
    entity_of,
    meter,
)
from tests.support.pki import FIRST, SECOND, SUITE, cell, entity

PROFILE = PROFILES[DeviceType.ESME]
CELLS = {item: FIRST.leaf(item).certificate for item in PROFILE.cells if item != ROOT_CELL}
ENTITY = entity_of(DeviceType.ESME)
WHOLE = credentials(DeviceType.ESME, CELLS, root=FIRST.root().certificate)


def test_every_cell_holds_its_certificates_key_and_identifiers() -> None:
    cells = meter().device.cells()
    assert set(cells) == set(PROFILE.cells)
    for name, held in cells.items():
        assert held.public_key == FIRST.leaf(name).point
        assert held.key_identifier == FIRST.leaf(name).key_identifier
        owner = bytes(8) if name == ROOT_CELL else entity(name.role)
        assert held.unique_id == owner


def test_counters_start_at_the_provisioned_values() -> None:
    state = meter().device.machine.state
    assert set(state.counters) == {item.role for item in PROFILE.cells}
    assert {held.execution for held in state.counters.values()} == {START}
    assert state.own.next_counter == OWN_START


def test_a_role_without_a_start_value_starts_at_zero() -> None:
    flash = provision(PROFILE, ENTITY, replace(WHOLE, counters={RemotePartyRole.SUPPLIER: 7}))
    device = Device(flash, clock=Clock(), suite=SUITE)
    assert device.machine.state.counter(RemotePartyRole.SUPPLIER) == 7
    assert device.machine.state.counter(RemotePartyRole.RECOVERY) == 0


def test_parsed_certificates_make_the_same_image_as_their_octets() -> None:
    parsed = replace(
        WHOLE,
        root=parse_certificate(FIRST.root().certificate),
        cells={item: parse_certificate(octets) for item, octets in CELLS.items()},
    )
    assert provision(PROFILE, ENTITY, parsed).image() == provision(PROFILE, ENTITY, WHOLE).image()


def test_what_a_fleet_has_in_common_goes_into_no_other_image() -> None:
    known = SignatureCache()
    fleets = (
        WHOLE,
        replace(WHOLE, counters={RemotePartyRole.SUPPLIER: 7}),
        replace(WHOLE, next_counter=OWN_START + 1),
        replace(WHOLE, root=FIRST.anchor()),
        replace(WHOLE, root=SECOND.root().certificate),
        replace(WHOLE, cells=CELLS | {cell("supplier.DS"): SECOND.leaf("supplier.DS").certificate}),
        replace(WHOLE, own={}, seed=bytes(32)),
    )
    alone = [provision(PROFILE, ENTITY, fleet).image() for fleet in fleets]
    assert len(set(alone)) == len(fleets)
    for _ in range(2):
        assert [provision(PROFILE, ENTITY, each, known=known).image() for each in fleets] == alone


def test_a_root_may_be_known_by_its_key_alone() -> None:
    root = durable(custom(root=FIRST.anchor()).device).root
    assert root.cell.public_key == FIRST.root().point
    assert root.subject_name == FIRST.name.octets
    assert root.wrapped_contingency_key == b""
    assert root.cell.certificate_digest == bytes(32)


@pytest.mark.parametrize("geometry", NAMED.values(), ids=NAMED)
def test_every_named_flash_holds_a_meter(geometry: Geometry) -> None:
    flash = provision(PROFILE, ENTITY, WHOLE, geometry=geometry)
    assert len(Device(flash, clock=Clock(), suite=SUITE).cells()) == len(PROFILE.cells)


def test_a_missing_cell_is_refused_by_name() -> None:
    cells = {item: octets for item, octets in CELLS.items() if item != cell("supplier.KA.PP")}
    with pytest.raises(LocalError, match=r"supplier\.KA\.PP"):
        provision(PROFILE, ENTITY, replace(WHOLE, cells=cells))


def test_a_cell_too_many_is_refused_by_name() -> None:
    cells = CELLS | {cell("wanProvider.DS"): FIRST.leaf("wanProvider.DS").certificate}
    with pytest.raises(LocalError, match=r"wanProvider\.DS"):
        provision(PROFILE, ENTITY, replace(WHOLE, cells=cells))


def test_certificate_without_an_entity_is_refused() -> None:
    cells = CELLS | {cell("supplier.DS"): FIRST.issuing().certificate}
    with pytest.raises(LocalError, match="unique identifier"):
        provision(PROFILE, ENTITY, replace(WHOLE, cells=cells))


def test_octets_that_are_no_certificate_are_refused() -> None:
    with pytest.raises(RemoteError):
        provision(PROFILE, ENTITY, replace(WHOLE, cells=CELLS | {cell("supplier.DS"): b"\x30\x00"}))


def test_too_small_a_flash_is_refused() -> None:
    with pytest.raises(InsufficientSpace):
        provision(PROFILE, ENTITY, WHOLE, geometry=Geometry((1024,) * 4))


def test_credentials_show_no_secret() -> None:
    text = repr(WHOLE)
    for secret in (WHOLE.seed, *(own.private_key for own in WHOLE.own.values())):
        assert repr(secret) not in text
        assert secret.hex() not in text
