"""Who may replace what: the same on a simulated meter and on a board."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from firmware_sim.bench.dut.meter import Meter
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.refusals import RefusalReason

SUPPLIER = ReplacementMode.SUPPLIER_BY_SUPPLIER
RECOVERY = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY


def changed(meter: Meter, before: Mapping[str, Cell]) -> set[str]:
    """Names of the cells that hold another key than before."""
    return {name for name, cell in meter.cells().items() if cell != before[name]}


def test_a_supplier_replaces_its_own_keys(meter: Meter) -> None:
    before = meter.cells()
    [response] = meter.replace(SUPPLIER, "supplier.DS", "supplier.KA")
    assert response
    assert changed(meter, before) == {"supplier.DS", "supplier.KA"}


def test_the_recovery_key_shuts_a_stolen_key_out(meter: Meter) -> None:
    stolen = meter.replacing(SUPPLIER, "supplier.KA")
    meter.replace(RECOVERY, "supplier.DS")
    held = meter.cells()
    meter.send(stolen)
    assert meter.refusal is RefusalReason.BAD_SIGNATURE
    assert meter.cells() == held


def test_a_forged_command_changes_nothing(meter: Meter) -> None:
    before = meter.cells()
    meter.send(meter.forged(meter.replacing(SUPPLIER, "supplier.DS")))
    assert meter.refusal is RefusalReason.BAD_SIGNATURE
    assert meter.cells() == before


@pytest.mark.parametrize("command", ["update", "reading"])
def test_a_command_with_a_wrong_mac_is_not_obeyed(meter: Meter, command: str) -> None:
    before = meter.cells()
    order = meter.replacing(SUPPLIER, "supplier.DS") if command == "update" else meter.reading()
    meter.send(meter.forged_mac(order))
    assert meter.refusal is RefusalReason.BAD_MAC
    assert meter.cells() == before


def test_what_was_overheard_is_not_obeyed_twice(meter: Meter) -> None:
    overheard = meter.reading().build()
    meter.send(overheard)
    assert meter.refusal is None
    meter.send(overheard)
    assert meter.refusal is RefusalReason.REPLAYED


@pytest.mark.parametrize("octets", [b"\x00", b"\xdf\x09\x00\x00", b"\xff" * 300])
def test_garbage_is_no_command(meter: Meter, octets: bytes) -> None:
    assert meter.send(octets) == ()
    assert meter.refusal is RefusalReason.MALFORMED
    assert meter.read_back().roles


def test_a_command_for_later_survives_a_power_cut(meter: Meter) -> None:
    due = meter.time + timedelta(minutes=10)
    before = meter.cells()
    meter.send(meter.replacing(SUPPLIER, "supplier.DS", execution=due))
    meter.power_cycle()
    assert meter.advance(9) == ()
    assert meter.cells() == before
    assert len(meter.advance(2)) == 1
    assert changed(meter, before) == {"supplier.DS"}
