"""Money of a fleet: each representative's price, for all the devices that follow it."""

import csv
import json
from pathlib import Path

from firmware_sim.bench.experiments.fleet.finishing import SUMMARY_NAME
from firmware_sim.bench.experiments.fleet.page import PAGE_NAME
from firmware_sim.bench.experiments.fleet.stuck import STUCK_NAME
from tests.bench.drills.test_small_fleet import fleet_text
from tests.bench.experiments.fleet.small_fleets import fleet_in

_PRICE = "{visit: 100.01, data: 0.5}"
_PRICES = f"{{ESME: {_PRICE}, GSME: {_PRICE}, GPF: {_PRICE}}}"


def test_a_fleet_costs_what_its_stuck_devices_cost_together(tmp_path: Path) -> None:
    """Each device in the list has its price, and their sum is that of the summary."""
    text = fleet_text(mended=False)
    text = text.replace("\nsteps:\n", f"\nassumptions: {{prices: {_PRICES}}}\nsteps:\n", 1)
    fleet_in(tmp_path / "fleet", text, devices=60).begin()
    summary = json.loads((tmp_path / "fleet" / SUMMARY_NAME).read_text("utf-8"))
    with (tmp_path / "fleet" / STUCK_NAME).open(newline="") as table:
        pence = [int(row["assumed_pence"]) for row in csv.DictReader(table)]
    assert set(pence) == {100_01, 50}
    total = summary["prices"]["total"]
    assert (total["pence"], total["unpriced"]) == (sum(pence), 0)
    assert (total["replace"], total["renew"]) == (pence.count(100_01), pence.count(50))
    assert list(summary["prices"]["suppliers"].values()) == [total]
    page = (tmp_path / "fleet" / PAGE_NAME).read_text("utf-8")
    assert f"£{sum(pence) / 100:,.2f}" in page


def test_a_fleet_without_prices_says_that_none_was_assumed(tmp_path: Path) -> None:
    fleet_in(tmp_path / "fleet", fleet_text(mended=False), devices=24).begin()
    summary = json.loads((tmp_path / "fleet" / SUMMARY_NAME).read_text("utf-8"))
    assert summary["prices"] is None
    page = (tmp_path / "fleet" / PAGE_NAME).read_text("utf-8")
    assert "The story assumes no prices, so no sums are given." in page
