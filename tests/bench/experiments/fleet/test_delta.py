"""A delta gives back the image that it was made of, and a reader of images sees the same in it."""

from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.dut.simulated.power import receive_cut
from firmware_sim.bench.experiments.fleet.delta import DeltaError, delta_of, image_of
from firmware_sim.bench.experiments.fleet.orders import CourseOrder
from firmware_sim.bench.experiments.fleet.plan import FleetPlan
from firmware_sim.bench.experiments.fleet.python_group import PythonGroups, addressed_to
from firmware_sim.machine.image.describe import describe_image
from tests.bench.drills.wave_stories import text_of
from tests.bench.experiments.fleet.small_fleets import planned

IMAGE: Final = st.binary(min_size=1200, max_size=1200)


@given(IMAGE, st.lists(st.tuples(st.integers(0, 1199), st.binary(min_size=1, max_size=40))))
def test_any_image_comes_back_to_the_octet(
    template: bytes, changes: list[tuple[int, bytes]]
) -> None:
    image = bytearray(template)
    for at, octets in changes:
        image[at : at + len(octets)] = octets[: len(image) - at]
    assert image_of(template, delta_of(template, bytes(image))) == image


@given(IMAGE, st.binary(max_size=60))
def test_no_octets_make_an_image_of_another_size(template: bytes, delta: bytes) -> None:
    with suppress(DeltaError):
        assert len(image_of(template, delta)) == len(template)


def test_images_of_two_sizes_have_no_delta() -> None:
    with pytest.raises(ValueError, match="an image of 2 octets, and a template of 3"):
        delta_of(b"abc", b"ab")


@pytest.fixture(scope="module")
def plan() -> FleetPlan:
    return planned(text_of(), 12).plan


# What a device of a course may meet, in any order and as often as chance has it: commands, the same
# ones again, octets that are none, and power cuts.
_HISTORY: Final = st.lists(
    st.tuples(st.sampled_from(range(3)), st.sampled_from([None, *CutMoment, "damaged"])), max_size=6
)


@pytest.mark.slow
@given(_HISTORY, st.sampled_from(range(3)))
def test_after_any_history_image_delta_and_reading_agree(
    plan: FleetPlan, history: list[tuple[int, object]], number: int
) -> None:
    course = plan.courses[number]
    [group] = [PythonGroups(plan.seed).make(plan.kinds[course.kind], [course.representative])]
    template, device = group.image(0), group.device(0)
    for which, how in history:
        order: CourseOrder = course.orders[which % len(course.orders)]
        octets = addressed_to(order, group.contacts[0])
        if isinstance(how, CutMoment):
            receive_cut(device, octets, how)
        else:
            device.receive(octets[:-1] + b"\0" if how else octets)
    image = group.image(0)
    back = image_of(template, delta_of(template, image))
    assert back == image
    assert describe_image(back) == describe_image(image)
    assert len(describe_image(back).cells) == len(device.cells()) - 1
