"""A device with its parties: the commands that they make wrong on purpose."""

import pytest

from firmware_sim.bench.dut.meter import Meter
from firmware_sim.bench.dut.opening import named_device
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.refusals import RefusalReason


def test_a_forged_mac_is_wrong_and_nothing_else_of_the_command_is() -> None:
    with named_device("memory").device() as device:
        meter = Meter(device, DrillPki.generate(1), DeviceType.ESME)
        for order in (
            meter.replacing(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS"),
            meter.reading(),
        ):
            forged = meter.forged_mac(order)
            assert (forged.payload, forged.signature) == (order.payload, order.signature)
            meter.send(forged)
            assert meter.refusal is RefusalReason.BAD_MAC
            meter.send(order)
            assert meter.refusal is None
        [alert] = meter.send(meter.forged(order))
        assert alert


def test_a_message_without_a_mac_has_none_to_forge() -> None:
    with named_device("memory").device() as device:
        meter = Meter(device, DrillPki.generate(1), DeviceType.ESME)
        order = meter.replacing(ReplacementMode.ANY_BY_CONTINGENCY, "supplier.DS")
        assert order.mac is None
        with pytest.raises(ValueError, match="no MAC"):
            meter.forged_mac(order)
