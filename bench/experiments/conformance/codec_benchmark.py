"""How many reference messages a second one core parses, verifies and takes apart.

Everything is measured in the same run, interleaved, with the cryptography alone as the floor:
the same signatures, MACs and agreements over octets that were prepared before. Times are CPU
time of the one thread, medians over the rounds.
"""

import gc
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import thread_time
from typing import NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.payloads import read_payload
from firmware_sim.bench.experiments.conformance.protections import agreements
from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from firmware_sim.bench.experiments.conformance.reference import Locations, read_messages
from firmware_sim.bench.experiments.conformance.verifying import KeyPair, Subject, Verifier
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid
from firmware_sim.gbcs.roles import KeyUsage

Fields = Callable[[Message], object]
"""What of a message goes into a JSON document."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One thing that was done to every message, or to every protected one.

    Attributes:
        microseconds: CPU time a message.
        floor: the cryptography in it alone, in microseconds a message; None if there is none.
    """

    what: str
    messages: int
    microseconds: float
    floor: float | None = None

    @property
    def per_second(self) -> float:
        """Messages a second on one core."""
        return 1e6 / self.microseconds


@dataclass(frozen=True, slots=True)
class CodecResult:
    """A run: how many messages, how many of them protected with published keys, and rates."""

    messages: int
    signatures: int
    macs: int
    rounds: int
    rates: tuple[Rate, ...]


def read_subjects(locations: Locations) -> list[Subject]:
    """The messages of a set, each with the published keys that verify it in full, or none.

    Raises:
        UsageError: a file cannot be read or is no message, or there is none.
    """
    suite = P256Suite()
    keys = read_published_keys(locations.keys, locations.issuers, suite)
    subjects = []
    for file in read_messages(locations.messages):
        try:
            subjects.append(_subject(file.octets(), keys, suite))
        except GbcsError as error:
            problem = f"{file.name} is no message: {error}"
            raise UsageError(problem, "see firmware-sim conformance run") from error
    if not subjects:
        raise UsageError(f"no messages in {locations.messages}", "name a folder of .HEX files")
    return subjects


def _subject(octets: bytes, keys: PublishedKeys, suite: CryptoSuite) -> Subject:
    message = parse_message(octets)
    signers = (
        key.certificate.public_key
        for key in keys.of(message.originator, KeyUsage.DIGITAL_SIGNATURE)
    )
    signer = next((key for key in signers if signature_is_valid(message, key, suite)), None)
    pairs = (KeyPair(private, public) for _, private, public in agreements(message, keys))
    pair = next((each for each in pairs if mac_is_valid(message, suite.agree(*each), suite)), None)
    in_full = bool(message.signature) == bool(signer) and bool(message.mac) == bool(pair)
    return Subject(octets, signer, pair) if in_full else Subject(octets)


def measure_codec(
    subjects: Sequence[Subject],
    rounds: int,
    fields: Fields,
    on_round: Callable[[int], None] = lambda _: None,
) -> CodecResult:
    """Measure.

    Args:
        subjects: from `read_subjects`.
        rounds: how often everything is measured; the medians count.
        fields: what goes into a JSON document.
        on_round: called before each round with its number, for a progress display.
    """
    tasks = _tasks(subjects, fields)
    times: dict[str, list[float]] = {task.what: [] for task in tasks}
    for number in range(rounds):
        on_round(number)
        for task in tasks:
            times[task.what].append(task.microseconds())
    cost = {what: median(values) for what, values in times.items()}
    rates = tuple(
        Rate(task.what, task.messages, cost[task.what], cost.get(task.floor or ""))
        for task in tasks
        if not task.is_floor
    )
    signatures = sum(each.signer is not None for each in subjects)
    macs = sum(each.pair is not None for each in subjects)
    return CodecResult(len(subjects), signatures, macs, rounds, rates)


class _Task(NamedTuple):
    """Something to be done to each of some messages; `floor` names the task below it."""

    what: str
    messages: int
    run: Callable[[], object]
    floor: str | None = None
    is_floor: bool = False

    def microseconds(self) -> float:
        """CPU time a message."""
        gc.collect()
        started = thread_time()
        self.run()
        return (thread_time() - started) / self.messages * 1e6


def _tasks(subjects: Sequence[Subject], fields: Fields) -> tuple[_Task, ...]:
    octets = [each.octets for each in subjects]
    protected = [each for each in subjects if each.signer or each.pair]
    verifier = Verifier(protected)
    every, some = len(octets), len(protected)
    read = (
        _Task("parse", every, lambda: [parse_message(each) for each in octets]),
        _Task("typed values", every, lambda: [read_payload(parse_message(x)) for x in octets]),
        _Task("JSON", every, lambda: [json.dumps(fields(parse_message(x))) for x in octets]),
    )
    if not protected:
        return read
    return (
        *read,
        _Task("verify, secrets cached", some, verifier.cached, "floor cached"),
        _Task("verify, secrets agreed", some, verifier.agreed, "floor agreed"),
        _Task("floor cached", some, verifier.floor_cached, is_floor=True),
        _Task("floor agreed", some, verifier.floor_agreed, is_floor=True),
    )
