"""A home: one hub, and every device reached through it by its own identifier."""

import pytest

from firmware_sim.devices.premises import HUB_TYPES, Premises
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.refusals import RefusalReason
from tests.support.answers import signed_answer
from tests.support.commands import by_contingency, supplier_by_supplier
from tests.support.meter import DAY, Meter, entity_of, meter

TYPES = (DeviceType.CHF, DeviceType.GPF, DeviceType.ESME, DeviceType.GSME)


def home() -> tuple[Premises, dict[DeviceType, Meter]]:
    meters = {device_type: meter(device_type) for device_type in TYPES}
    return Premises(each.device for each in meters.values()), meters


def test_the_hub_is_the_chf() -> None:
    premises, _ = home()
    assert premises.hub == entity_of(DeviceType.CHF)
    assert set(premises.devices) == set(map(entity_of, TYPES))


def test_the_meters_stay_when_the_hub_is_exchanged() -> None:
    premises, meters = home()
    hub = [meter(kind).device for kind in HUB_TYPES]
    after = premises.with_hub(hub)
    assert set(after.devices) == set(premises.devices)
    for kind, new in zip(HUB_TYPES, hub, strict=True):
        assert after.devices[entity_of(kind)] is new
        assert after.devices[entity_of(kind)] is not meters[kind].device
    for kind in (DeviceType.ESME, DeviceType.GSME):
        assert after.devices[entity_of(kind)] is meters[kind].device


def test_a_hub_without_its_own_function_is_none() -> None:
    premises, _ = home()
    with pytest.raises(LocalError):
        premises.with_hub([meter(DeviceType.GPF).device])


def test_every_device_of_a_home_is_recovered_after_the_root_is_compromised() -> None:
    premises, meters = home()
    for each in meters.values():
        effects = premises.receive(each.entity_id, by_contingency(each).build())
        (octets,) = effects.messages
        assert signed_answer(octets, each.signing_point).originator == each.entity_id


def test_a_message_that_reaches_the_wrong_device_is_refused_there() -> None:
    premises, meters = home()
    octets = by_contingency(meters[DeviceType.ESME]).build()
    refusal = premises.receive(entity_of(DeviceType.GSME), octets).refusal
    assert refusal is not None
    assert refusal.reason is RefusalReason.NOT_ADDRESSED_TO_US


def test_ticks_reach_every_device() -> None:
    premises, meters = home()
    esme = meters[DeviceType.ESME]
    command = supplier_by_supplier(esme, execution=DAY)
    premises.receive(esme.entity_id, command.build())
    ticked = dict(premises.tick())
    assert {entity: len(effects.messages) for entity, effects in ticked.items()} == {
        entity_of(item): int(item is DeviceType.ESME) for item in TYPES
    }


def test_device_outside_the_premises_is_refused() -> None:
    premises, _ = home()
    with pytest.raises(KeyError):
        premises.receive(EntityId(bytes(8)), b"")


@pytest.mark.parametrize(
    "types",
    [
        (DeviceType.ESME,),
        (DeviceType.CHF, DeviceType.CHF),
        (DeviceType.CHF, DeviceType.ESME, DeviceType.ESME),
        (),
    ],
)
def test_a_home_has_one_hub_and_no_two_devices_of_one_name(types: tuple[DeviceType, ...]) -> None:
    with pytest.raises(LocalError):
        Premises(meter(device_type).device for device_type in types)
