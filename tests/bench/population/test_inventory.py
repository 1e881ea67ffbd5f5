"""An inventory from a file: what it says holds, and what is wrong with it is said line by line."""

from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.population.estate import Estate, HeldData
from firmware_sim.bench.population.inventory import read_inventory
from firmware_sim.bench.population.schema import Population
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from tests.bench.population.homes import estate, small

HEADER = "device,type,smi status,responsible supplier,supplier,supplier.KA\n"
ROW = "{},ESME,commissioned,alpha,alpha,"
DS, KA = TrustAnchorCellId.parse("supplier.DS"), TrustAnchorCellId.parse("supplier.KA")


@pytest.fixture
def drawn() -> Estate:
    return estate(small(premises=2))


def esme(drawn: Estate) -> str:
    return str(next(each.entity_id for each in drawn if each.device_type is DeviceType.ESME))


def read(path: Path, text: str, drawn: Estate) -> Estate:
    path.write_text(text, encoding="utf-8")
    return read_inventory(path, Population.model_validate(small(premises=2)), drawn)


def test_a_table_says_what_is_believed_and_nothing_of_what_is_held(
    tmp_path: Path, drawn: Estate
) -> None:
    row = f"{esme(drawn)},ESME,suspended,beta,alpha,beta 2\n"
    described = read(tmp_path / "estate.csv", HEADER + row, drawn)
    [device] = [each for each in described if str(each.entity_id) == esme(drawn)]
    assert device.smi_status is SmiStatus.SUSPENDED
    assert device.responsible_supplier == "beta"
    assert device.believed[DS] == HeldData("alpha", DS)
    assert device.believed[KA] == HeldData("beta", KA, 2)
    assert device.holds == drawn[device.entity_id].holds


def test_nothing_is_believed_of_a_device_that_is_not_listed(tmp_path: Path, drawn: Estate) -> None:
    described = read(tmp_path / "estate.csv", HEADER, drawn)
    assert all(each.believed == {} for each in described)
    assert [each.holds for each in described] == [each.holds for each in drawn]


def test_an_empty_place_says_nothing_of_its_cells(tmp_path: Path, drawn: Estate) -> None:
    row = f"{esme(drawn)},ESME,commissioned,alpha,,alpha\n"
    described = read(tmp_path / "estate.csv", HEADER + row, drawn)
    [device] = [each for each in described if each.believed]
    assert set(device.believed) == {KA}


def test_the_dccs_certificate_in_a_suppliers_cell_is_the_brokers(
    tmp_path: Path, drawn: Estate
) -> None:
    row = f"{esme(drawn)},ESME,commissioned,alpha,dcc,\n"
    described = read(tmp_path / "estate.csv", HEADER + row, drawn)
    [device] = [each for each in described if each.believed]
    broker = TrustAnchorCellId.parse("accessControlBroker.DS")
    assert device.believed[DS] == HeldData("dcc", broker)


def test_the_same_entries_in_yaml_say_the_same(tmp_path: Path, drawn: Estate) -> None:
    row = f"{esme(drawn)},ESME,suspended,beta,alpha,beta 2\n"
    table = read(tmp_path / "estate.csv", HEADER + row, drawn)
    entry = f"""\
devices:
  - device: '{esme(drawn)}'
    type: ESME
    smi status: suspended
    responsible supplier: beta
    cells: {{supplier: alpha, supplier.KA: beta 2}}
"""
    assert list(read(tmp_path / "estate.yaml", entry, drawn)) == list(table)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{ROW}\n{ROW}", "line 3, device: .* stands here twice"),
        (f"{'0' * 16}{ROW[2:]}", "line 2, device: .* is no device of this population"),
        (f"00112233{ROW[2:]}", "line 2, device: '00112233' is no Entity Identifier"),
        ("{},GSME,commissioned,alpha,alpha,", "line 2, type: .* is of type ESME, not GSME"),
        ("{},XSME,commissioned,alpha,alpha,", "line 2, type: 'XSME' is no device type"),
        ("{},ESME,comissioned,alpha,alpha,", "line 2, smi status: .*did you mean 'commissioned'"),
        ("{},ESME,commissioned,alfa,alpha,", "line 2, responsible supplier: 'alfa' is no supplier"),
        ("{},ESME,commissioned,alpha,alpha 0,", "line 2, cells.supplier: 'alpha 0' is neither"),
        ("{},ESME,commissioned,alpha,gamma,", "line 2, cells.supplier: 'gamma' is no organisation"),
        ("{},ESME,commissioned,alpha,alpha", "line 2: has not as many places"),
        ("{},ESME,commissioned,alpha,alpha,,x", "line 2: has not as many places"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_with_line_and_column(
    tmp_path: Path, drawn: Estate, row: str, said: str
) -> None:
    text = HEADER + row.replace("{}", esme(drawn)) + "\n"
    with pytest.raises(UsageError, match=said):
        read(tmp_path / "estate.csv", text, drawn)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks the column 'device'"),
        ("device,type\n", "lacks the column 'smi status'"),
        (HEADER.replace("supplier.KA", "supplier"), "has a column twice"),
        ('device,"type', "is no CSV table"),
    ],
)
def test_what_is_no_inventory_is_refused(
    tmp_path: Path, drawn: Estate, text: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        read(tmp_path / "estate.csv", text, drawn)


def test_octets_that_are_no_text_are_refused(tmp_path: Path, drawn: Estate) -> None:
    path = tmp_path / "estate.csv"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_inventory(path, Population.of_one_each(2), drawn)
