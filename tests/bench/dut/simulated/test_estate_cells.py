"""Simulated devices hold what the estate says of each of them."""

from functools import partial

import pytest

from firmware_sim.bench.dut.clock import START, StillClock
from firmware_sim.bench.dut.simulated.estate_cells import certificates_of_estate
from firmware_sim.bench.dut.simulated.premises import build_premises, device_entity_id
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.population.drawing import EntityOf, estate_of
from firmware_sim.bench.population.estate import Estate, HeldData
from firmware_sim.bench.population.schema import Population
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.organisations import OrganisationCertificates
from firmware_sim.bench.smki.parameters import entity_id_of
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg
from tests.bench.population.homes import PLAN

SEED = bytes(32)
SUITE = P256Suite()
PKI = DrillPki.generate(1)
POPULATION = Population.model_validate(
    {
        "premises": 4,
        "suppliers": {"alpha": "50%", "beta": "50%"},
        "network operators": {"north": "50%", "south": "50%"},
        "misheld": [{"at": "alpha", "hold": "beta", "types": ["ESME"], "count": 1}],
    }
)


def entity_of() -> EntityOf:
    return partial(device_entity_id, mark=HmacDrbg(SEED, b"run").generate(2))


def drawn() -> Estate:
    return estate_of(POPULATION, PLAN, entity_of(), SEED)


def test_every_cell_holds_the_key_of_the_organisation_that_the_estate_names() -> None:
    estate = drawn()
    issued = OrganisationCertificates(PKI, SUITE, POPULATION.organisations)
    cells = certificates_of_estate(estate, issued)
    surroundings = Surroundings(StillClock(START), Policy(), SUITE, SignatureCache())
    owners = set[str]()
    for number in range(POPULATION.premises):
        home = build_premises(PKI, number, SEED, surroundings, certificates=cells)
        for entity, device in home.devices.items():
            held = device.cells()
            for cell, data in estate[entity].holds.items():
                if cell != ROOT_CELL:
                    names = POPULATION.organisations.get(cell.role, ("dcc",))
                    expected = issued.certificate(data)
                    owner = entity_id_of(cell.role, names.index(data.organisation))
                    assert expected.subject_unique_id == owner
                    assert held[cell].public_key == expected.public_key
                    owners.add(data.organisation)
    assert owners >= {"alpha", "beta", "north", "south", "dcc"}


def test_a_home_of_the_first_organisations_is_the_one_that_a_drill_always_had() -> None:
    alone = Population.of_one_each(1)
    estate = estate_of(alone, PLAN, entity_of(), SEED)
    issued = OrganisationCertificates(PKI, SUITE, alone.organisations)
    surroundings = Surroundings(StillClock(START), Policy(), SUITE, SignatureCache())
    cells = certificates_of_estate(estate, issued)
    drawn_home = build_premises(PKI, 0, SEED, surroundings, certificates=cells)
    usual = build_premises(PKI, 0, SEED, surroundings)
    images = [[each.image() for each in home.devices.values()] for home in (drawn_home, usual)]
    assert images[0] == images[1]


def test_data_of_nobody_in_the_story_are_an_error() -> None:
    estate = drawn()
    cell = TrustAnchorCellId.parse("supplier.DS")
    esme = next(each.entity_id for each in estate if each.device_type is DeviceType.ESME)
    changed = estate.replaced(esme, {cell: HeldData("thief", cell)}, known=False)
    issued = OrganisationCertificates(PKI, SUITE, POPULATION.organisations)
    with pytest.raises(PkiError, match="no supplier Certificates to thief"):
        certificates_of_estate(changed, issued)
