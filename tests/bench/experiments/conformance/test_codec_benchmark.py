"""``firmware-sim bench codec``: it measures what it says, and nothing that does not verify."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.conformance.codec_benchmark import measure_codec, read_subjects
from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.verifying import KeyPair, Subject, Verifier
from firmware_sim.gbcs.message import parse_message
from tests.bench.experiments.conformance.own_set import OwnSet, query_command

CODEC = ("bench", "codec")
WHATS = ["parse", "typed values", "JSON", "verify, secrets cached", "verify, secrets agreed"]


@pytest.fixture(autouse=True)
def _no_default_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GBCS_RTDS", raising=False)


def test_every_rate_is_measured_and_verifying_has_its_floor(
    own_set: OwnSet, capsys: pytest.CaptureFixture[str]
) -> None:
    own_set.add_pair()
    assert run([*CODEC, str(own_set.root), "--rounds", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["messages"], found["signatures"], found["macs"]) == (2, 0, 2)
    assert [rate["what"] for rate in found["rates"]] == WHATS
    for rate in found["rates"]:
        assert rate["per_second"] * rate["whole"] == pytest.approx(1e6)
        assert (rate["crypto_floor"] is not None) is rate["what"].startswith("verify")


def test_table_is_for_people(own_set: OwnSet, capsys: pytest.CaptureFixture[str]) -> None:
    own_set.add_pair()
    assert run([*CODEC, str(own_set.root), "--rounds", "1"]) == 0
    assert "2 messages, 0 signatures and 2 MACs verified" in capsys.readouterr().out


def test_message_that_does_not_verify_is_parsed_only(own_set: OwnSet) -> None:
    own_set.add_pair()
    own_set.add("x/bad_COMMAND", replace(query_command(), mac=bytes(12)))
    subjects = read_subjects(locate(own_set.root))
    assert sum(subject.pair is not None for subject in subjects) == 2
    result = measure_codec(subjects, 1, lambda message: message.counter)
    assert [rate.messages for rate in result.rates] == [3, 3, 3, 2, 2]


def test_set_without_protection_is_parsed_only(own_set: OwnSet) -> None:
    own_set.add("x/bad_COMMAND", replace(query_command(), mac=bytes(12)))
    result = measure_codec(read_subjects(locate(own_set.root)), 1, lambda message: message.counter)
    assert [rate.what for rate in result.rates] == WHATS[:3]


def test_verdicts_are_looked_at(own_set: OwnSet) -> None:
    own_set.add_pair()
    subjects = read_subjects(locate(own_set.root))
    verifier = Verifier(subjects)
    verifier.cached()
    verifier.agreed()
    first = subjects[0]
    assert first.pair is not None
    stranger = KeyPair(bytes(31) + b"\x07", first.pair.public_key)
    with pytest.raises(BenchError, match="MAC"):
        Verifier([first._replace(pair=stranger)])
    with pytest.raises(BenchError, match="signature"):
        Verifier([Subject(first.octets, signer=first.pair.public_key)])


def test_without_a_set_it_is_a_usage_error_that_says_what_to_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*CODEC]) == 4
    assert run([*CODEC, str(tmp_path / "nowhere")]) == 4
    (tmp_path / "messages").mkdir()
    assert run([*CODEC, str(tmp_path)]) == 4
    assert "no messages" in capsys.readouterr().err
    (tmp_path / "messages" / "a.HEX").write_text("dd00")
    assert run([*CODEC, str(tmp_path)]) == 4
    assert "a is no message" in capsys.readouterr().err


def test_reference_set_is_verified_in_full(rtds: Path) -> None:
    subjects = read_subjects(locate(rtds))
    messages = [parse_message(subject.octets) for subject in subjects]
    signed = sum(bool(message.signature) for message in messages)
    assert sum(subject.signer is not None for subject in subjects) == signed > 0
    Verifier(subjects).cached()
