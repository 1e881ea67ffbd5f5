"""An adversary who owns the link but has no key can do nothing; how that is tried and shown."""

from collections.abc import Callable

import pytest

from firmware_sim.bench.commands import responses
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.attack.history import history_of
from firmware_sim.bench.experiments.attack.link.actions import Action, LinkToken, Verb, drawn
from firmware_sim.bench.experiments.attack.link.altering import altered, equal_forms, spliced
from firmware_sim.bench.experiments.attack.link.running import LENGTH, LinkResult, play
from firmware_sim.bench.experiments.attack.link.trial import LinkTrial, failure_of
from firmware_sim.bench.experiments.attack.setup import SUITE, TARGETS
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import parse_message
from firmware_sim.machine.commands import read_credentials, update_credentials
from tests.bench.experiments.attack.forgetting import keys_forgotten

RUNS = 3

KEY_RETURNS = "ESME!#sff97-3751.s97b9-ebd4.da3f6-a964.s5d27-3ca3.df989-6899.de62f-c0fa"
"""Careless parties put a key back with a low floor: its recorded commands could run again."""


@pytest.mark.parametrize("target", TARGETS)
def test_a_device_does_only_what_an_honest_party_asked_for(target: str) -> None:
    result = LinkResult()
    for run in range(RUNS):
        result.add(target, *play(target, 7, run))
    assert result.failures == []
    assert result.counts["obeyed"] > 3
    assert min(result.counts[name] for name in ("altered", "power_cuts", "false_answers")) > 3


def test_the_same_seed_is_the_same_run() -> None:
    assert drawn(3, "ESME", 1, LENGTH) == drawn(3, "ESME", 1, LENGTH)
    assert drawn(3, "ESME", 1, LENGTH) != drawn(4, "ESME", 1, LENGTH)
    first, second = (play("PPMID", 3, 1) for _ in range(2))
    assert first == second


def no_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (update_credentials, read_credentials):
        monkeypatch.setattr(module, "check_counter", lambda *_: None)


def no_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (update_credentials, read_credentials):
        monkeypatch.setattr(module, "check_signature", lambda *_: None)


def no_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (update_credentials, read_credentials):
        monkeypatch.setattr(module, "check_mac", lambda *_: None)


def parties_check_no_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "firmware_sim.bench.experiments.attack.link.shadowed_device.check_signature",
        lambda *_: None,
    )


@pytest.mark.parametrize(
    ("plant", "text"),
    [
        (no_counter, "obeyed what it should not"),
        (no_signature, "obeyed what it should not"),
        (no_mac, "obeyed what it should not"),
        (parties_check_no_signature, "a party believes"),
    ],
)
def test_a_planted_bug_is_found_and_its_token_shows_it_again(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], text: str
) -> None:
    for target in ("ESME", "CHF"):  # their history is what a sound device went through
        history_of(target)
    plant(monkeypatch)
    for run in range(20):
        token = LinkToken("ESME", drawn(0, "ESME", run, LENGTH))
        failure = failure_of(token)
        if failure is not None and text in failure.text:
            break
    else:
        pytest.fail("not found")
    short = LinkToken.parse(failure.token)
    assert len(short.actions) < 12
    assert text in LinkTrial(short).run()
    monkeypatch.undo()
    assert LinkTrial(short).run() == ""


def test_a_key_that_returns_with_a_low_floor_brings_no_recorded_command_back() -> None:
    assert LinkTrial(LinkToken.parse(KEY_RETURNS)).run() == ""


def test_a_recorded_command_runs_again_where_devices_forget_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with keys_forgotten(monkeypatch):
        failure = LinkTrial(LinkToken.parse(KEY_RETURNS)).run()
    assert failure == "the device obeyed what it should not have"


def test_a_token_reads_back() -> None:
    token = LinkToken("CHF", (Action(Verb.SAY, 255, 1), Action(Verb.TIME, 0, 65535)), careless=True)
    assert str(token) == "CHF!#sff-1.t0-ffff"
    assert LinkToken.parse(str(token)) == token


@pytest.mark.parametrize("text", ["", "CHF", "CHF#", "CHF#q1-1", "CHF#s1", "toaster#s1-1"])
def test_a_wrong_token_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        LinkToken.parse(text)


def test_each_alteration_alters() -> None:
    for octets in history_of("ESME").recorded:
        for how in range(50):
            if how % 10 != 6:  # the other signature of an unsigned message is none
                assert altered(octets, how) != octets


def test_splicing_takes_parts_of_another_message() -> None:
    one, other = history_of("CHF").recorded[:2]
    assert parse_message(spliced(one, other, 0)).payload == parse_message(other).payload
    assert parse_message(spliced(one, other, 3)).counter == parse_message(other).counter


def test_a_signed_message_without_a_mac_has_two_forms_that_both_verify() -> None:
    reading = history_of("ESME").recorded[0]
    assert parse_message(reading).mac is None
    assert len(equal_forms(reading)) == 2
    maced = next(each for each in history_of("ESME").recorded if parse_message(each).mac)
    assert equal_forms(maced) == {maced}


def test_a_party_refuses_a_signed_response_with_a_mac() -> None:
    """An answer that is signed carries no MAC; one stuck onto it was put there on the way."""
    played = LinkTrial(LinkToken("ESME", ()))
    pair = played._pairs[0]
    pair.say(len(pair.parties.topics()) - 1)
    pair.deliver(pair.said[-1].octets)
    [(said, answer)] = pair.answers
    assert pair.is_believed(said, answer)
    answered = responses.response_to(parse_message(said.octets), altered(answer, 5))
    with pytest.raises(RemoteError, match="MAC"):
        responses.check_signature(answered, pair._contact(), SUITE)
