"""What the firmware may cost: instructions over its cryptography, octets of text and stack."""

import pytest

from firmware_sim.bench.experiments.benchmarks.board import RATIO_AIM, documents, measure_board
from firmware_sim.bench.progress import Silent
from tests.board.emulated import elf, mps2

pytestmark = pytest.mark.usefixtures("emulated_board_tools")


def test_a_command_costs_little_more_than_its_cryptography() -> None:
    costs = measure_board(mps2(), elf(), Silent())
    ratios = {cost.name: cost.ratio for cost in costs.costs}
    assert all(1.0 < ratio <= RATIO_AIM for ratio in ratios.values()), ratios
    assert costs.text < costs.text_budget
    assert 1000 < costs.stack < costs.stack_budget
    # BearSSL alone, measured once outside this firmware: 11.5 M, 5.6 M and 6.3 M instructions.
    assert costs.raw == pytest.approx(
        {"verify": 11_490_000, "sign": 5_630_000, "agree": 6_270_000}, rel=0.75
    )
    assert [entry["name"] for entry in documents(costs)] == list(ratios)
