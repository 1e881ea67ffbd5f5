"""Homes, organisations and chance: who has which device, and what its cells hold."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.strict_yaml import read_model
from firmware_sim.bench.population.draw import drawn
from firmware_sim.bench.population.drawing import FactoryFilling, HomePlan, estate_of
from firmware_sim.bench.population.estate import HeldData
from firmware_sim.bench.population.schema import DCC, Population, population_mistakes
from firmware_sim.bench.population.shares import allotted, half_up
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId
from tests.bench.population.homes import FLEET, PLAN, estate, small

SUPPLIER_DS = TrustAnchorCellId.parse("supplier.DS")


def mistakes(written: dict[str, object]) -> list[str]:
    population = Population.model_validate(written)
    return [
        ".".join(map(str, path)) + ": " + text for path, text in population_mistakes(population)
    ]


def test_homes_are_shared_out_as_the_population_says() -> None:
    owners = Counter(each.responsible_supplier for each in estate(FLEET))
    assert owners == {"alpha": 600 * 4, "beta": 400 * 4}


def test_the_same_seed_gives_the_same_estate_and_another_seed_another() -> None:
    first, again, other = (list(estate(FLEET, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_devices_with_another_status_and_misheld_ones_are_all_different(seed: int) -> None:
    every = list(estate(FLEET, seed))
    waiting = {
        each.entity_id for each in every if each.smi_status is SmiStatus.INSTALLED_NOT_COMMISSIONED
    }
    wrong = Counter(
        (each.responsible_supplier, each.holds[SUPPLIER_DS].organisation)
        for each in every
        if SUPPLIER_DS in each.holds
        and each.holds[SUPPLIER_DS].organisation != each.responsible_supplier
    )
    misheld = {each.entity_id for each in every if each.holds != each.believed}
    assert len(waiting) == 12
    assert wrong == {("beta", "alpha"): 7, ("alpha", "beta"): 5}
    assert len(misheld) == 12
    assert not waiting & misheld
    kinds = {each.device_type for each in every if each.entity_id in waiting | misheld}
    assert kinds == {DeviceType.ESME}


def test_a_misheld_device_is_believed_to_hold_its_own_suppliers_certificates() -> None:
    wrong = [each for each in estate(FLEET) if each.holds != each.believed]
    for device in wrong:
        assert device.believed[SUPPLIER_DS] == HeldData(device.responsible_supplier, SUPPLIER_DS)
        others = {cell for cell in device.holds if device.holds[cell] != device.believed[cell]}
        assert {cell.role for cell in others} == {RemotePartyRole.SUPPLIER}
        assert len(others) == 3


def test_without_names_there_is_one_organisation_in_each_role() -> None:
    [home] = [list(estate_of(Population.of_one_each(1), PLAN, lambda *_: EntityId(bytes(8)), b""))]
    organisations = {data.organisation for each in home for data in each.holds.values()}
    assert organisations <= {DCC, "supplier", "network-operator"}


def test_gas_suppliers_are_drawn_apart_and_answer_for_gas_devices() -> None:
    written = small(premises=100, **{"gas suppliers": {"gamma": "100%"}})
    kinds = {(each.device_type, each.responsible_supplier) for each in estate(written)}
    assert (DeviceType.GSME, "gamma") in kinds
    assert (DeviceType.GPF, "gamma") in kinds
    assert (DeviceType.ESME, "gamma") not in kinds
    assert (DeviceType.CHF, "alpha") in kinds


def test_factory_fillings_are_held_and_believed_by_the_organisation_that_they_are_of() -> None:
    broker = TrustAnchorCellId.parse("accessControlBroker.DS")
    plan = HomePlan(
        PLAN.cells,
        {
            DeviceType.GPF: {SUPPLIER_DS: FactoryFilling(broker)},
            DeviceType.ESME: {SUPPLIER_DS: FactoryFilling(SUPPLIER_DS, 2)},
        },
    )
    for each in estate(small(), plan=plan):
        if each.device_type is DeviceType.GPF:
            assert each.holds[SUPPLIER_DS] == each.believed[SUPPLIER_DS] == HeldData(DCC, broker)
        if each.device_type is DeviceType.ESME:
            owner = each.responsible_supplier
            assert each.holds[SUPPLIER_DS] == HeldData(owner, SUPPLIER_DS, 2)


def test_a_change_that_the_inventory_does_not_learn_of_leaves_what_is_believed() -> None:
    before = estate(small())
    entity = next(each.entity_id for each in before if each.device_type is DeviceType.ESME)
    new = HeldData("thief", SUPPLIER_DS, 1, 0)
    secret = before.replaced(entity, {SUPPLIER_DS: new}, known=False)[entity]
    told = before.replaced(entity, {SUPPLIER_DS: new}, known=True)[entity]
    assert secret.holds[SUPPLIER_DS] == told.holds[SUPPLIER_DS] == told.believed[SUPPLIER_DS] == new
    assert secret.believed == before[entity].believed == before[entity].holds


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=6).filter(lambda parts: sum(parts) > 0),
    st.integers(0, 3000),
)
def test_shares_give_every_home_to_one_organisation(parts: list[int], whole: int) -> None:
    shares = {str(number): Fraction(part, sum(parts)) for number, part in enumerate(parts)}
    numbers = allotted(shares, whole)
    assert sum(numbers.values()) == whole
    for name, share in shares.items():
        assert abs(numbers[name] - share * whole) <= 1


@pytest.mark.parametrize(
    ("number", "rounded"), [("0.5", 1), ("1.5", 2), ("2.4", 2), ("2.5", 3), ("0", 0)]
)
def test_a_half_counts_as_one(number: str, rounded: int) -> None:
    assert half_up(Fraction(number)) == rounded


def test_a_share_is_one_of_the_devices_that_are_meant() -> None:
    written = small(premises=25, smi={"suspended": {"types": ["GSME"], "share": "10%"}})
    states = Counter(each.smi_status for each in estate(written))
    assert states[SmiStatus.SUSPENDED] == 3  # 2.5 of 25


def test_a_draw_does_not_depend_on_the_order_of_the_candidates() -> None:
    entities = [EntityId(bytes((*bytes(7), number))) for number in range(50)]
    forwards = drawn(entities, 7, seed=b"s", purpose="p")
    assert forwards == drawn(reversed(entities), 7, seed=b"s", purpose="p")
    assert not set(forwards) & set(drawn(entities, 43, seed=b"s", purpose="p", taken=forwards))


def test_more_devices_than_there_are_is_an_error_that_says_which() -> None:
    written = small(
        premises=10, smi={"pending": {"supplier": "beta", "types": ["CHF"], "count": 6}}
    )
    with pytest.raises(UsageError, match="smi pending takes 6 CHF of beta, and 5 are left"):
        estate(written)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"suppliers": {"alpha": "60%", "beta": "50%"}}, "suppliers: the shares must be 100%"),
        ({"network operators": {"alpha": "100%"}}, "'alpha' is named in two roles"),
        ({"network operators": {"dcc": "100%"}}, "'dcc' is named in two roles"),
        (
            {"smi": {"pending": {"supplier": "alfa", "count": 1}}},
            "smi.pending.supplier: 'alfa' is no supplier of this population; did you mean 'alpha'?",
        ),
        ({"smi": {"commissioned": {"count": 1}}}, "every other device is commissioned"),
        (
            {"misheld": [{"at": "beta", "hold": "gamma", "count": 1}]},
            "misheld.0.hold: 'gamma' is no supplier",
        ),
        (
            {"misheld": [{"at": "beta", "hold": "network-operator", "count": 1}]},
            "misheld.0.hold: 'network-operator' is no supplier",
        ),
        ({"misheld": [{"at": "beta", "hold": "beta", "count": 1}]}, "own certificates"),
    ],
)
def test_a_population_that_contradicts_itself_is_a_mistake(
    more: dict[str, object], said: str
) -> None:
    assert said in "; ".join(mistakes(small() | more))


@pytest.mark.parametrize(
    "more",
    [
        {"premises": 0},
        {"suppliers": {"alpha": 60}},
        {"suppliers": {"alpha": "0%"}},
        {"suppliers": {"alpha": "101%"}},
        {"suppliers": {}},
        {"homes": 3},
        {"smi": {"comissioned": {"count": 1}}},
        {"smi": {"pending": {}}},
        {"smi": {"pending": {"count": 1, "share": "1%"}}},
        {"misheld": [{"at": "alpha", "count": 1}]},
    ],
)
def test_what_is_no_population_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Population.model_validate(small() | more)


def test_the_published_example_contradicts_nothing() -> None:
    assert mistakes(FLEET) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "suppliers: {alpha: 6O%}",
            "line 2, suppliers.alpha: '6O%' is no share; write one such as 60%",
        ),
        ("supplier: {alpha: 100%}", "line 2, supplier: there is no such key; did you mean"),
        ("smi: {pendng: {count: 1}}", "line 2, smi.pendng: 'pendng' is no SMI Status"),
        (
            "suppliers: {alpha: 50%, beta: 40%}\nmisheld:\n  - {at: alpha, hold: c, count: 1}",
            "not 90%; population.yaml, line 4, misheld[1].hold: 'c' is no supplier",
        ),
    ],
)
def test_mistakes_in_a_file_are_told_with_their_lines(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_model(
            f"premises: 10\n{text}\n",
            "population.yaml",
            Population,
            "docs/population.md",
            population_mistakes,
        )
    assert said in str(refused.value)


def test_the_schema_of_a_population_can_be_told_to_an_editor() -> None:
    keys = Population.model_json_schema()["properties"]
    assert {"premises", "suppliers", "gas suppliers", "network operators", "smi"} < set(keys)


def test_cells_of_another_roles_certificates_are_not_misheld() -> None:
    """Before its handover a GPF holds the Broker's certificates in its supplier's cells."""
    broker = TrustAnchorCellId.parse("accessControlBroker.DS")
    filled = {cell: FactoryFilling(broker) for cell in PLAN.cells[DeviceType.GPF]}
    plan = HomePlan(PLAN.cells, {DeviceType.GPF: filled})
    entry = {"at": "alpha", "hold": "beta", "types": ["GPF"], "count": 1}
    with pytest.raises(UsageError, match="misheld takes 1 GPF, and 0 are left"):
        estate(small(misheld=[entry]), plan=plan)
