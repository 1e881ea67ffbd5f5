"""One conformance run: every message through the codec, every credential pair through a Device."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from firmware_sim.bench.dut.simulated.kind import MEMORY
from firmware_sim.bench.experiments.conformance.access_engine import engine_differs, is_access
from firmware_sim.bench.experiments.conformance.device_types import DeviceTypes
from firmware_sim.bench.experiments.conformance.envelopes import check_answer
from firmware_sim.bench.experiments.conformance.expected import set_apart
from firmware_sim.bench.experiments.conformance.on_device import LIMIT, open_stage
from firmware_sim.bench.experiments.conformance.opened_items import check_items
from firmware_sim.bench.experiments.conformance.pairs import ReferenceMessage, all_pairs, pair_up
from firmware_sim.bench.experiments.conformance.protections import (
    Checked,
    check_mac,
    check_signature,
)
from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from firmware_sim.bench.experiments.conformance.reference import (
    Locations,
    MessageFile,
    read_messages,
)
from firmware_sim.bench.experiments.conformance.replay import Replayer, replay_context
from firmware_sim.bench.experiments.conformance.requests import check_request
from firmware_sim.bench.experiments.conformance.result import ConformanceResult, Finding
from firmware_sim.bench.experiments.conformance.roundtrip import Form, round_trip
from firmware_sim.bench.progress import Progress
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.policy import Policy


def run_conformance(
    locations: Locations,
    *,
    strict: bool,
    policy: Policy,
    progress: Progress,
    target: str = MEMORY,
    expected: Mapping[str, str] = MappingProxyType({}),
    limit: float = LIMIT,
    tell: Callable[[str], None] = lambda _: None,
) -> ConformanceResult:
    """Check everything that a reference set allows to check.

    Args:
        target: where pairs are replayed; see `on_device.open_stage`.
        limit: seconds for one pair on a device at the end of a line.
        tell: given a line for each pair as soon as it is done.
        expected: why pairs differ that are known to, by name.

    Raises:
        UsageError: a file of the set cannot be read, or no such target.
        BenchError: the board is not there.
    """
    suite = P256Suite()
    keys = read_published_keys(locations.keys, locations.issuers, suite)
    result = ConformanceResult(
        strict=strict,
        unusable_keys=[Finding(*entry) for entry in keys.unusable],
        context={**replay_context(policy), "target": target},
    )
    files = list(read_messages(locations.messages))
    messages = []
    progress.start(len(files), "messages")
    for item in _parsed(files, result, progress):
        _check(item, keys, suite, result)
        messages.append(item)
    _check_pairs(messages, keys, suite, result)
    with open_stage(target, keys, policy, limit) as stage:
        replayer = Replayer(keys, _types(messages), policy, stage)
        _replay(messages, replayer, result, progress, tell)
    set_apart(result.replay, expected)
    return result


def _replay(
    messages: Sequence[ReferenceMessage],
    replayer: Replayer,
    result: ConformanceResult,
    progress: Progress,
    tell: Callable[[str], None],
) -> None:
    pairing = pair_up(messages)
    result.unpaired = list(pairing.unpaired)
    progress.start(len(pairing.pairs), "pairs")
    for pair in pairing.pairs:
        progress.advance(0, pair.name)
        replayer.replay(pair, result.replay)
        progress.advance()
        tell(f"{pair.name}: {result.replay.outcome_of(pair.name)}")


def _check_pairs(
    messages: Sequence[ReferenceMessage],
    keys: PublishedKeys,
    suite: CryptoSuite,
    result: ConformanceResult,
) -> None:
    """What can be said of the answers of every use case, whether or not devices carry it out."""
    for pair in all_pairs(messages):
        verdict = check_answer(pair, keys, suite)
        result.answers[verdict] += 1
        if verdict is Checked.BAD:
            reason = "the answer is not the one that its command and its payload give"
            result.wrong.append(Finding(pair.name, reason))
        if is_access(pair):
            differs = engine_differs(pair)
            result.access[Checked.BAD if differs else Checked.OK] += 1
            if differs:
                result.wrong.append(Finding(pair.name, f"DLMS access: {differs}"))


def _types(messages: Sequence[ReferenceMessage]) -> DeviceTypes:
    return DeviceTypes(item.message for item in messages)


def _parsed(
    files: Iterable[MessageFile], result: ConformanceResult, progress: Progress
) -> Iterator[ReferenceMessage]:
    for file in files:
        progress.advance()
        result.names.append(file.name)
        try:
            message = parse_message(file.octets())
        except RemoteError as error:
            result.messages["failed"] += 1
            result.wrong.append(Finding(file.name, f"does not parse: {error}"))
            continue
        result.messages["parsed"] += 1
        yield ReferenceMessage(file, message)


def _check(
    item: ReferenceMessage, keys: PublishedKeys, suite: CryptoSuite, result: ConformanceResult
) -> None:
    name = item.file.name
    for what, counter, verdict in (
        ("signature", result.signatures, check_signature(item.message, keys, suite)),
        ("MAC", result.macs, check_mac(item.message, keys, suite)),
        ("certification request", result.requests, check_request(item.message, suite)),
    ):
        if verdict is None:
            continue
        counter[verdict] += 1
        if verdict is Checked.BAD:
            result.wrong.append(Finding(name, f"the {what} does not verify"))
        elif verdict is Checked.NO_KEY:
            result.tolerated.append(Finding(name, f"no published key checks the {what}"))
    for verdict in check_items(item.message, keys, suite):
        result.items[verdict] += 1
        if verdict is Checked.BAD:
            result.wrong.append(Finding(name, "an encrypted item does not open"))
    form, reason = round_trip(item.file.octets(), item.message)
    result.round_trip[form] += 1
    if form is Form.DIFFERS:
        result.wrong.append(Finding(name, reason))
    elif form is Form.NON_DER:
        result.tolerated.append(Finding(name, reason))
