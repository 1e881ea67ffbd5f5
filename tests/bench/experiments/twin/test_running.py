"""The simulator against itself, and against one that has a bug."""

import pytest

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.twin.comparing import compare
from firmware_sim.bench.experiments.twin.running import as_json, run_twins
from firmware_sim.bench.experiments.twin.token import TwinToken
from firmware_sim.bench.progress import Silent
from firmware_sim.machine.flash.geometry import NRF52840
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
    [(difference, token)] = result.differences
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
    [(difference, token)] = run_twins(2, 400, twins, Silent()).differences
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
    [(difference, _)] = result.differences
    assert difference.step is None
    assert "equal records" in difference.one


@pytest.mark.parametrize("text", ["", "1/2", "1/2/3#9", "a/b/c", "1/2/3#1-", "1/-2/3"])
def test_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        TwinToken.parse(text)
