"""Power cuts while a device makes a key pair or changes to one: before or after, never between.

After each cut the device can go on: with the old key exactly if the old state is there. A
private key that was retired is nowhere in the flash once the device has booted again.
"""

import pytest

from firmware_sim.gbcs.certification_request import CertificationRequest
from firmware_sim.gbcs.payloads.device_certificates import InstallCode
from firmware_sim.gbcs.roles import DeviceType, KeyUsage
from firmware_sim.machine.flash.geometry import NRF52840, STM32L1, TINY, Geometry
from firmware_sim.machine.flash.nor import FlashSnapshot
from tests.machine.test_device_power_cuts import sweep
from tests.support.answers import is_signed_by
from tests.support.commands import query
from tests.support.device_commands import (
    DS,
    KA,
    certified,
    install,
    install_code,
    issue,
    requested,
)
from tests.support.meter import Meter, durable, meter, own_key

GEOMETRIES = pytest.mark.parametrize(
    "geometry", [NRF52840, STM32L1, TINY], ids=["nrf52840", "stm32l1", "tiny"]
)


def restored(geometry: Geometry, snapshot: FlashSnapshot) -> Meter:
    esme = meter(geometry=geometry)
    esme.device.flash.restore(snapshot)
    esme.device.power_on()
    return esme


@GEOMETRIES
@pytest.mark.parametrize("usage", [DS, KA])
def test_a_cut_change_of_key_happened_or_did_not(geometry: Geometry, usage: KeyUsage) -> None:
    template = meter(geometry=geometry)
    request = requested(template, usage)
    snapshot = template.device.flash.snapshot()
    command = install(template, certified(template, request)).build()
    old = own_key(DeviceType.ESME, usage)
    new = durable(template.device).waiting_keys[usage].private_key

    result = sweep(lambda: restored(geometry, snapshot), lambda esme: esme.device.receive(command))

    assert result.before
    assert result.after
    for esme in result.before:
        assert works_with(esme, usage, None)
        point = request.public_key if usage is DS else esme.signing_point
        assert install_code(esme.device.receive(command), point) is InstallCode.SUCCESS
        assert old not in esme.device.image()
        assert works_with(esme, usage, request)
    for esme in result.after:
        assert old not in esme.device.image()
        assert esme.device.image().count(new) == 1
        assert works_with(esme, usage, request)


def works_with(esme: Meter, usage: KeyUsage, request: CertificationRequest | None) -> bool:
    """Whether the device works with the key of the request; with None, with its first key."""
    first = esme.signing_point
    if request is not None:
        esme.renewed[usage] = request.public_key
    if usage is KA:
        # The command's MAC is made for that key; with any other it would be refused.
        return esme.device.receive(query(esme).build()).refusal is None
    (sent,) = esme.device.receive(query(esme, "recovery.DS").build()).messages
    if request is not None:
        assert not is_signed_by(sent, first)
    return is_signed_by(sent, esme.signing_point)


@GEOMETRIES
def test_a_cut_generation_left_a_whole_key_pair_or_none(geometry: Geometry) -> None:
    command = issue(meter(geometry=geometry), DS).build()
    result = sweep(lambda: meter(geometry=geometry), lambda esme: esme.device.receive(command))
    assert result.before
    assert result.after
    for esme in result.before:
        assert durable(esme.device).waiting_keys == {}
    for esme in (*result.before, *result.after):
        again = requested(esme, DS)
        esme.device.receive(install(esme, certified(esme, again)).build())
        assert durable(esme.device).keys[DS].public_key == again.public_key


def test_cut_replacement_of_a_waiting_key_leaves_the_old_or_the_new_one() -> None:
    template = meter(geometry=TINY)
    first = requested(template, DS).public_key
    snapshot = template.device.flash.snapshot()
    command = issue(template, DS).build()
    waiting = durable(template.device).waiting_keys[DS].private_key
    result = sweep(lambda: restored(TINY, snapshot), lambda esme: esme.device.receive(command))
    for esme in result.before:
        assert durable(esme.device).waiting_keys[DS].public_key == first
    assert result.after
    for esme in result.after:
        assert waiting not in esme.device.image()
