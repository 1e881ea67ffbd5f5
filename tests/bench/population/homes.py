"""Homes for tests of populations: the device types and cells of a drill's home."""

from firmware_sim.bench.dut.simulated.premises import HOME, device_entity_id
from firmware_sim.bench.population.drawing import HomePlan, estate_of
from firmware_sim.bench.population.estate import Estate
from firmware_sim.bench.population.schema import Population
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.policy import Policy

PLAN = HomePlan({kind: tuple(profile_of(kind, Policy()).cells) for kind in HOME})

FLEET = {
    "premises": 1000,
    "suppliers": {"alpha": "60%", "beta": "40%"},
    "smi": {
        "installed not commissioned": {"supplier": "alpha", "types": ["ESME"], "count": 12},
    },
    "misheld": [
        {"at": "beta", "hold": "alpha", "types": ["ESME"], "count": 7},
        {"at": "alpha", "hold": "beta", "types": ["ESME"], "count": 5},
    ],
}
"""The population of the published example of the story language."""


def estate(written: dict[str, object], seed: int = 1, plan: HomePlan = PLAN) -> Estate:
    """The estate of a population as a file writes it."""
    population = Population.model_validate(written)
    return estate_of(population, plan, device_entity_id, seed.to_bytes(32))


def small(premises: int = 10, **more: object) -> dict[str, object]:
    """Two suppliers with half of the homes each."""
    return {"premises": premises, "suppliers": {"alpha": "50%", "beta": "50%"}, **more}
