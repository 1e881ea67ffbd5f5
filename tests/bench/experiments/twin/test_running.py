"""The simulator against itself, and against one that has a bug."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.twin.comparing import compare
from firmware_sim.bench.experiments.twin.finding import Again, FreshTwins
from firmware_sim.bench.experiments.twin.running import as_json, run_twins
from firmware_sim.bench.experiments.twin.token import TwinToken
from firmware_sim.bench.progress import Silent
from firmware_sim.machine.flash.geometry import NRF52840, Geometry
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import Refusal, RefusalReason

# They need a full flash, or one that fails; those are tested with devices alone.
RARE = {RefusalReason.NO_ROOM, RefusalReason.STORAGE_FAILED, RefusalReason.NOTHING_TO_CANCEL}


class Forgetful(SimulatedDevice):
    """After a power cycle it answers each message as if it were malformed."""

    def begin(self, blueprint: Blueprint) -> None:
        super().begin(blueprint)
        self._was_off = False

    def reset(self) -> None:
        super().reset()
        self._was_off = True

    def receive(self, octets: bytes) -> Effects:
        effects = super().receive(octets)
        refusal = Refusal(RefusalReason.MALFORMED, "forgetful")
        return Effects((), refusal) if self._was_off else effects


def test_two_simulators_do_the_same_and_every_kind_of_answer_is_met() -> None:
    result = run_twins(1, 1200, [SimulatedDevice(NRF52840), SimulatedDevice(NRF52840)], Silent())
    assert not result.differences
    assert result.commands >= 1200
    assert result.executed > 100
    assert result.alerts > 0
    assert result.power_cycles > 0
    met = {RefusalReason(reason) for reason in result.refusals}
    assert set(RefusalReason) - met <= RARE


def test_a_bug_is_found_and_made_small() -> None:
    result = run_twins(2, 400, [SimulatedDevice(NRF52840), Forgetful(NRF52840)], Silent())
    [found] = result.differences
    difference, token = found.difference, found.token
    assert difference.what == "the answer"
    assert token.kept is not None
    assert len(token.kept) <= 2
    assert TwinToken.parse(str(token)) == token
    again = compare(token.trial(), [SimulatedDevice(NRF52840), Forgetful(NRF52840)])
    assert again is not None
    assert again.what == difference.what


def test_the_stream_asks_for_more_than_an_answer_can_bring() -> None:
    refused = []

    class Noting(SimulatedDevice):
        def receive(self, octets: bytes) -> Effects:
            effects = super().receive(octets)
            refused.append("" if effects.refusal is None else effects.refusal.text)
            return effects

    twins = [SimulatedDevice(NRF52840), Noting(NRF52840)]
    assert run_twins(2, 300, twins, Silent()).differences == []
    assert any("its answer has" in text for text in refused)


def test_of_three_twins_the_one_that_parts_from_the_first_is_named() -> None:
    simulated = SimulatedDevice(NRF52840)
    twins = [simulated, SimulatedDevice(NRF52840), Forgetful(NRF52840)]
    [found] = run_twins(2, 400, twins, Silent()).differences
    difference, token = found.difference, found.token
    assert difference.twin == 2
    assert compare(token.trial(), twins[:2]) is None
    document = as_json(run_twins(2, 400, twins, Silent()), ["one", "two"], {})
    assert [each["target"] for each in document["found"]] == ["two"]


def test_another_journal_is_a_difference_even_if_it_says_the_same() -> None:
    class Compacting(SimulatedDevice):
        def reset(self) -> None:
            super().reset()
            journal = self._device.machine.state.store._journal
            journal.rewrite(self._device.machine.state.store._live)

    result = run_twins(3, 400, [SimulatedDevice(NRF52840), Compacting(NRF52840)], Silent())
    [found] = result.differences
    difference = found.difference
    assert difference.step is None
    words = re.compile(r"equal records; the images part at 0x([0-9a-f]+): ([0-9a-f ]{23})")
    one, other = words.fullmatch(difference.one), words.fullmatch(difference.other)
    assert one is not None
    assert other is not None
    assert one[1] == other[1]
    assert one[2][:2] != other[2][:2]


class Tired(SimulatedDevice):
    """Answers otherwise from a message on, counted over all that it ever got."""

    def __init__(self, geometry: Geometry, message: int) -> None:
        super().__init__(geometry)
        self._left = message

    def receive(self, octets: bytes) -> Effects:
        effects = super().receive(octets)
        self._left -= 1
        return Effects((b"tired",)) if self._left < 0 else effects


def fresh_twins(other: Callable[[], SimulatedDevice]) -> FreshTwins:
    """The simulator and another, both new each time."""

    @contextmanager
    def opened() -> Iterator[list[DeviceUnderTest]]:
        yield [SimulatedDevice(NRF52840), other()]

    return opened


@pytest.mark.parametrize(
    ("message", "again", "said"),
    [
        (20, Again.WHOLE_TRIAL, "not reproducible alone: only the whole trial"),
        (200, Again.NOT, "not reproducible alone, nor is the whole trial"),
    ],
    ids=["early", "late"],
)
def test_a_difference_that_its_shrunk_trial_does_not_show_is_told_with_the_whole_trial(
    message: int, again: Again, said: str
) -> None:
    twins = [SimulatedDevice(NRF52840), Tired(NRF52840, message)]
    [seen] = run_twins(2, 400, twins, Silent()).differences
    found = seen.tried_again(fresh_twins(lambda: Tired(NRF52840, message)))
    assert found.again is again
    assert found.token.kept is None
    assert found.difference.other.endswith(b"tired".hex())
    assert said in found.told


def test_a_difference_that_comes_again_keeps_its_shrunk_trial() -> None:
    twins = [SimulatedDevice(NRF52840), Forgetful(NRF52840)]
    [seen] = run_twins(2, 400, twins, Silent()).differences
    found = seen.tried_again(fresh_twins(lambda: Forgetful(NRF52840)))
    assert (found.again, found.token, found.told) == (Again.ALONE, seen.token, "")


def test_a_difference_that_cannot_be_tried_again_is_told_with_the_reason() -> None:
    def gone() -> SimulatedDevice:
        raise BenchError("the port is gone")

    twins = [SimulatedDevice(NRF52840), Forgetful(NRF52840)]
    [seen] = run_twins(2, 400, twins, Silent()).differences
    found = seen.tried_again(fresh_twins(gone))
    assert (found.again, found.token) == (Again.UNTRIED, seen.token)
    assert "the port is gone" in found.told


@pytest.mark.parametrize("text", ["", "1/2", "1/2/3#9", "a/b/c", "1/2/3#1-", "1/-2/3"])
def test_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        TwinToken.parse(text)
