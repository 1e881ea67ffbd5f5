"""What flash images say, read one after the other: as each by itself, and as the store has it."""

from collections.abc import Callable
from itertools import count

import pytest

from firmware_sim.devices.image_contents import ImageContents, ImageReader, contents_of_image
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import NAMED
from firmware_sim.machine.image.use_records import TopUpFlag
from firmware_sim.machine.state import DeviceState
from firmware_sim.machine.store import StoreError, open_image
from tests.support.commands import by_recovery, query
from tests.support.meter import Meter, meter
from tests.support.uses import STEP, token, top_up

ROUNDS = {"tiny": 250, "stm32l1": 60, "nor-64k": 60}
"""Commands of one device: enough for compactions of the smallest flash."""


def as_the_store_has_it(image: bytes) -> ImageContents:
    """By way of a power-on, which the device itself goes."""
    state = DeviceState.load(open_image(image)[1])
    spent = [each for each in state.top_ups.values() if TopUpFlag.CREDITED in each.flags]
    return ImageContents(
        state.cells,
        state.counters,
        frozenset(reason for reason, _ in state.tallies),
        frozenset(each.counter_high * STEP for each in spent),
    )


def history(esme: Meter) -> list[Callable[[], object]]:
    """Something of every kind: read, replaced, credited, refused, powered off."""
    first = query(esme).build()
    later: list[Callable[[], object]] = [
        lambda: esme.device.receive(query(esme).build()),
        lambda: esme.device.receive(first),
        lambda: esme.device.receive(b"\x00"),
        esme.device.power_on,
    ]
    counters = count(5)

    def credited() -> None:
        counter = next(counters) * STEP
        esme.device.receive(top_up(esme, token(esme, counter), counter).build())

    return [lambda: esme.device.receive(first), credited, credited, *later]


@pytest.mark.parametrize("geometry", ROUNDS)
def test_every_image_of_a_history_says_the_same_by_itself_and_after_the_others(
    geometry: str,
) -> None:
    esme = meter(DeviceType.ESME, geometry=NAMED[geometry])
    deeds, reader, generations = history(esme), ImageReader(), set[int]()
    found = reader.read(esme.device.image())
    for number in range(ROUNDS[geometry]):
        deeds[number % len(deeds)]()
        image = esme.device.image()
        found = reader.read(image)
        assert found == contents_of_image(image) == as_the_store_has_it(image), number
        generations.add(esme.device.machine.state.store.generation)
    assert found.refused
    assert found.credited
    assert geometry != "tiny" or len(generations) > 1


def test_a_replaced_cell_is_seen_by_a_reader_that_knows_the_image_before() -> None:
    esme, reader = meter(), ImageReader()
    before = reader.read(esme.device.image())
    esme.device.receive(by_recovery(esme).build())
    after = reader.read(esme.device.image())
    assert after.cells != before.cells
    assert after == contents_of_image(esme.device.image())


def test_an_altered_record_is_seen_though_the_same_one_was_sound_before() -> None:
    esme, reader = meter(), ImageReader()
    image = bytearray(esme.device.image())
    reader.read(bytes(image))
    for place in range(200, 1000, 100):
        damaged = bytearray(image)
        damaged[place] ^= 0xFF
        with pytest.raises(StoreError):
            reader.read(bytes(damaged))
    assert reader.read(bytes(image)) == contents_of_image(bytes(image))


def test_equal_octets_at_another_place_are_another_image() -> None:
    esme, reader = meter(), ImageReader()
    image = esme.device.image()
    reader.read(image)
    half = len(image) // 2
    with pytest.raises(StoreError):
        reader.read(b"\xff" * 1024 + image[:half] + image[half:-1024])
