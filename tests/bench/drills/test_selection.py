"""How a story means cells."""

import pytest

from firmware_sim.bench.drills.selection import meant_for, require_matches, selected_cells
from firmware_sim.bench.errors import BenchError
from firmware_sim.gbcs.roles import TrustAnchorCellId

NAMES = ["accessControlBroker.KA", "root.CS", "supplier.KA.PP", "supplier.KA", "supplier.DS"]
CELLS = [TrustAnchorCellId.parse(name) for name in NAMES]


def names(*selectors: str) -> list[str]:
    return [str(cell) for cell in selected_cells(selectors, CELLS)]


def test_the_selector_all_means_every_cell_in_numeric_order() -> None:
    ordered = ["root.CS", "supplier.DS", "supplier.KA", "supplier.KA.PP", "accessControlBroker.KA"]
    assert names("all") == ordered


def test_a_role_selects_its_cells_and_a_cell_name_that_cell() -> None:
    assert names("supplier") == ["supplier.DS", "supplier.KA", "supplier.KA.PP"]
    assert names("supplier.KA", "root") == ["root.CS", "supplier.KA"]
    assert names("networkOperator") == []


def test_the_last_matching_selector_decides() -> None:
    generations = {"all": 1, "supplier": 2, "supplier.KA": 1}
    found = {str(cell): meant_for(cell, generations) for cell in CELLS}
    assert found == {
        "root.CS": 1,
        "accessControlBroker.KA": 1,
        "supplier.DS": 2,
        "supplier.KA": 1,
        "supplier.KA.PP": 2,
    }
    assert meant_for(CELLS[0], {"root": 2}) is None


def test_a_selector_that_means_no_cell_is_an_error() -> None:
    require_matches(["all", "root", "supplier.KA.PP"], CELLS)
    with pytest.raises(BenchError, match=r"no device concerned has a cell 'networkOperator'"):
        require_matches(["all", "networkOperator"], CELLS)
