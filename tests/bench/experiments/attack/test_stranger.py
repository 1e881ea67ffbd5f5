"""A device tells a sender without a key of that lack alone, for each thing that he may write."""

import pytest

from firmware_sim.bench.experiments.attack.stranger import provoked
from firmware_sim.machine.commands import update_credentials
from firmware_sim.machine.refusals import Refused

# Draft GBCS 0.8.1, 6.2.4 and 11.5: authenticity first, by the counter, the party, the key.
WRONG_FORM, REPLAYED, NO_AUTHORITY, WRONG_KEY = 0x8F1E, 0x8F53, 0x8F30, 0x8F3D


@pytest.mark.parametrize("target", ["ESME", "CHF"])
def test_one_header_brings_one_answer_for_all_contents(target: str) -> None:
    answers = provoked(target)
    several = {header: found for header, found in answers.items() if len(found) > 1}
    assert several == {}


@pytest.mark.parametrize("target", ["ESME", "CHF"])
def test_a_stranger_counts_four_alerts_and_silence(target: str) -> None:
    distinct = frozenset[tuple[int, ...]]().union(*provoked(target).values())
    assert distinct == {(), (WRONG_FORM,), (REPLAYED,), (NO_AUTHORITY,), (WRONG_KEY,)}


def test_a_device_that_judges_first_gives_more_than_one_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authenticate = update_credentials._authenticate

    def judge_first(context: object, message: object, rule: object) -> None:
        try:
            update_credentials._fit_command(context, message, rule, None)  # type: ignore[arg-type]
        except Refused as refused:
            raise Refused(refused.reason, refused.text) from refused
        authenticate(context, message, rule)  # type: ignore[arg-type]

    monkeypatch.setattr(update_credentials, "_authenticate", judge_first)
    assert max(map(len, provoked("CHF").values())) > 1
