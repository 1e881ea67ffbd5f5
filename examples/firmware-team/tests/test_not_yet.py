"""Requirements of ours that the firmware does not meet yet.

Each is a test like any other, marked as an expected failure with its reason. It must fail: on the
day it passes, the run goes red until the mark is taken off (`xfail_strict`).
"""

import pytest

from firmware_sim.bench.dut.meter import Meter
from firmware_sim.gbcs.replacement import ReplacementMode


@pytest.mark.xfail(reason="it says so in an alert; our gateway takes no alerts before release 2")
def test_a_forged_command_is_met_with_silence(meter: Meter) -> None:
    order = meter.replacing(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")
    assert meter.send(meter.forged(order)) == ()
