"""The comparison: each thing that the firmware does otherwise is a difference."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import Geometry
from tests.support.commands import query, supplier_by_supplier
from tests.support.host_device import EngineAnswer, HostDevice
from tests.support.meter import Clock, meter
from tests.support.shadow import Difference, shadowed


class OtherAnswer(HostDevice):
    """One bit of the last octet that it sends is not as it should be."""

    def receive(self, octets: bytes) -> EngineAnswer:
        *first, last = super().receive(octets).messages
        return EngineAnswer((*first, last[:-1] + bytes((last[-1] ^ 1,))), 0)


class OtherReason(HostDevice):
    """Refuses in silence, and for another reason."""

    def receive(self, octets: bytes) -> EngineAnswer:
        answers = super().receive(octets)
        return answers._replace(reason=answers.reason + 1)


class OneMore(HostDevice):
    """Has something to say at each tick."""

    def tick(self) -> EngineAnswer:
        return EngineAnswer((b"",), 0)


class OtherFlash(HostDevice):
    """Forgets a word after each message, and stores another instead."""

    def receive(self, octets: bytes) -> EngineAnswer:
        answers = super().receive(octets)
        image = self.image()
        self.load(image[:-4] + b"\x00\x00\x00\x00")
        return answers


class DoesNotStart(HostDevice):
    def power_on(self) -> bool:
        return False


@pytest.mark.parametrize("broken", [OtherAnswer, OtherReason, OtherFlash])
def test_another_answer_reason_or_flash_is_reported_as_a_difference(
    broken: Callable[[Geometry], HostDevice],
) -> None:
    with shadowed(broken):
        esme = meter()
        command = query(esme).build()
        with pytest.raises(Difference):
            esme.device.receive(command)


def test_another_answer_to_a_tick_is_reported_as_a_difference() -> None:
    with shadowed(OneMore), pytest.raises(Difference, match="reason 0, \\[''\\]"):
        meter().device.tick()


def test_firmware_that_does_not_start_is_reported_as_a_difference() -> None:
    with shadowed(DoesNotStart), pytest.raises(Difference, match="does not run"):
        meter()


def test_a_device_is_compared_at_each_input_and_with_its_clock() -> None:
    clock = Clock()
    with shadowed() as shadow:
        esme = meter(clock=clock)
        assert esme.device.receive(supplier_by_supplier(esme).build()).refusal is None
        clock.time += timedelta(days=40)
        assert esme.device.receive(query(esme).build()).refusal is None
        esme.device.tick()
    assert shadow.counts["power_on"] >= 1
    assert (shadow.counts["receive"], shadow.counts["tick"]) == (2, 1)


def test_two_devices_do_not_share_a_shadow() -> None:
    with shadowed() as shadow:
        esme, hub = meter(), meter(DeviceType.CHF)
        for each in (esme, hub, esme, hub):
            assert each.device.receive(query(each).build()).refusal is None
    assert shadow.counts["receive"] == 4


def test_devices_that_the_firmware_cannot_be_are_not_shadowed() -> None:
    with shadowed() as shadow:
        esme = meter(policy=Policy(refusal_alerts="silence"))
        esme.device.receive(b"")
    assert shadow.counts == {"left alone": 1}


def test_devices_outside_the_context_are_not_shadowed() -> None:
    with shadowed() as shadow:
        pass
    meter().device.receive(b"")
    assert not shadow.counts
