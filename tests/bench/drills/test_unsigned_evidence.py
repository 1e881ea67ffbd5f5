"""What a device did not authenticate may cost a drill its verdict, and never turns one around."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.dut.target import IsGenuine
from firmware_sim.bench.outcome import Outcome
from firmware_sim.devices.links.link import Channel
from firmware_sim.devices.links.refusal_notice import RefusalNotice
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from tests.bench.drills.elsewhere import attacker, esme_elsewhere
from tests.bench.drills.rehearsal import SUPPLIER_STORY, Rehearsal, play_on, rehearse
from tests.bench.drills.rough_targets import UncountedTarget
from tests.contract.broker_fixtures import mosquitto as mosquitto
from tests.contract.brokers import Broker

QUICK = Waits(response=3, silence=0.5, attempts=2)
UPDATE = "firmware_sim.machine.commands.update_credentials"
REPLAY = ("old-supplier-works", "replay-old-supplier")


def expecting_a_replay(step: Step) -> Step:
    """Between the two steps no key changes: the counter alone stops the captured command."""
    if not isinstance(step, ReplayStep):
        return step
    expected = RefusalExpected.model_validate({"refused": ["replayed"]})
    return step.model_copy(update={"expect": expected})


def story_of(*names: str) -> Story:
    whole = load_story(SUPPLIER_STORY)
    steps = tuple(expecting_a_replay(step) for step in whole.steps if step.name in names)
    return whole.model_copy(update={"steps": steps, "devices": (DeviceType.ESME,)})


def refused(message: Message, reason: RefusalReason) -> tuple[Channel, bytes]:
    notice = RefusalNotice(
        message.target, int(reason), message.originator, message.counter, message.code
    )
    return Channel.REFUSAL, notice.octets()


def told_replayed(message: Message) -> Iterator[tuple[Channel, bytes]]:
    yield refused(message, RefusalReason.REPLAYED)


def told_malformed(message: Message) -> Iterator[tuple[Channel, bytes]]:
    yield refused(message, RefusalReason.MALFORMED)


def forged_responses(octets: bytes) -> list[bytes]:
    """What anyone can make of a command that was overheard: the right header, a wrong signature."""
    command = parse_message(octets)
    forged = Message(
        CraFlag.RESPONSE,
        command.counter,
        command.target,
        command.originator,
        command.code,
        b"\x05\x00",
        signature=bytes(64),
    )
    return [forged.build()] * 3


async def played(broker: Broker, story: Story, folder: Path) -> Rehearsal:
    target = f"mqtt://127.0.0.1:{broker.options.port}"
    return await rehearse(story, folder, target=target, waits=QUICK)


async def test_a_sound_device_elsewhere_passes_by_its_own_answers(
    mosquitto: Broker, tmp_path: Path
) -> None:
    story = story_of(*REPLAY)
    async with esme_elsewhere(mosquitto, story):
        run = await played(mosquitto, story, tmp_path)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert set(run.steps()) == {"presence", *REPLAY}
    (actual,) = run.rows("SELECT actual FROM verdict WHERE name = 'refused by the device'")[0]
    assert "nothing changed by the device's own answer" in actual


async def test_a_forged_notice_does_not_turn_a_device_that_ignores_counters_green(
    mosquitto: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{UPDATE}.check_counter", lambda *_: None)
    story = story_of(*REPLAY)
    async with (
        esme_elsewhere(mosquitto, story) as esme,
        attacker(mosquitto, esme, told_replayed),
    ):
        run = await played(mosquitto, story, tmp_path)
    assert run.outcome is Outcome.FAILED
    assert "the device answered" in run.reasons()


async def test_a_device_that_obeys_in_silence_is_found_by_the_read_back(
    mosquitto: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It installs the thief's certificates and answers nothing; the attacker tells a refusal."""

    def silent_to_updates(octets: bytes, effects: Effects) -> Effects:
        is_update = parse_message(octets).code in RULES_BY_CODE
        return Effects() if is_update else effects

    monkeypatch.setattr(f"{UPDATE}.check_signature", lambda *_: None)
    whole = story_of("supplier-falls", "attacker-refused")
    fall, attack = whole.steps
    story = whole.model_copy(update={"steps": (fall, attack.model_copy(update={"install": 2}))})

    def told_bad_signature(message: Message) -> Iterator[tuple[Channel, bytes]]:
        yield refused(message, RefusalReason.BAD_SIGNATURE)

    async with (
        esme_elsewhere(mosquitto, story, silent_to_updates) as esme,
        attacker(mosquitto, esme, told_bad_signature),
    ):
        run = await played(mosquitto, story, tmp_path)
    assert run.outcome is Outcome.FAILED
    assert "not as before: supplier.DS" in run.reasons()


async def test_a_forged_notice_of_another_reason_costs_the_verdict_and_blames_nobody(
    mosquitto: Broker, tmp_path: Path
) -> None:
    story = story_of(*REPLAY)
    async with (
        esme_elsewhere(mosquitto, story) as esme,
        attacker(mosquitto, esme, told_malformed),
    ):
        run = await played(mosquitto, story, tmp_path)
    assert run.steps()["old-supplier-works"] == "passed"
    assert run.outcome is Outcome.ERROR
    assert "unsigned: refused for another reason: malformed" in run.reasons()


async def test_a_refusal_without_a_read_back_is_an_error_and_never_green(
    mosquitto: Broker, tmp_path: Path
) -> None:
    """After the message that it must refuse the device says nothing more."""
    silent = False

    def silent_after_a_refusal(_octets: bytes, effects: Effects) -> Effects:
        nonlocal silent
        silent = silent or effects.refusal is not None
        return Effects() if silent else effects

    story = story_of(*REPLAY)
    async with (
        esme_elsewhere(mosquitto, story, silent_after_a_refusal) as esme,
        attacker(mosquitto, esme, told_replayed),
    ):
        run = await played(mosquitto, story, tmp_path)
    assert run.outcome is Outcome.ERROR
    assert "could not be read back after" in run.reasons()


async def test_forged_responses_sent_ahead_do_not_turn_a_sound_device_red(
    mosquitto: Broker, tmp_path: Path
) -> None:
    def behind_forgeries(octets: bytes, effects: Effects) -> Effects:
        return effects._replace(messages=(*forged_responses(octets), *effects.messages))

    story = story_of(*REPLAY)
    async with esme_elsewhere(mosquitto, story, behind_forgeries):
        run = await played(mosquitto, story, tmp_path)
    check_that_forgeries_are_only_warned_of(run)


async def test_forged_responses_do_not_turn_a_device_of_the_bench_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_on(monkeypatch, ForgingTarget)
    run = await rehearse(story_of(*REPLAY), tmp_path, waits=Waits(response=0, silence=0))
    check_that_forgeries_are_only_warned_of(run)


def check_that_forgeries_are_only_warned_of(run: Rehearsal) -> None:
    assert run.outcome is Outcome.PASSED, run.reasons()
    reasons = run.rows("SELECT reason FROM step WHERE name IN ('old-supplier-works')")
    assert reasons == [
        ("warning: responses that the device did not protect, put aside: 3 (1 device)",)
    ]
    marked = run.rows(
        "SELECT count(*) FROM message JOIN step ON step.id = message.step "
        "WHERE step.name = 'old-supplier-works' AND summary LIKE 'not to be believed%'"
    )
    assert marked == [(3,)]


class ForgingTarget(UncountedTarget):
    """An attacker's responses come before the device's own."""

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        self.mailbox.sending(device, octets, is_genuine)
        for forged in forged_responses(octets):
            self.mailbox.put(device, forged)
        effects = self._devices[device].receive(octets)
        self.mailbox.put_handled(device, octets, effects)
        for message in effects.messages:
            self.mailbox.put(device, message)


async def test_a_status_that_the_broker_kept_of_a_device_that_is_gone_blames_no_device(
    mosquitto: Broker, tmp_path: Path
) -> None:
    """Its hub is dead and its will was never published: nothing answers, and that is said soon."""
    story = story_of(*REPLAY)

    def dead(_octets: bytes, _effects: Effects) -> Effects:
        return Effects()

    async with esme_elsewhere(mosquitto, story, dead):
        run = await played(mosquitto, story, tmp_path)
    assert run.outcome is Outcome.ERROR
    assert run.steps() == {"presence": "error"}
    assert "may be an old one that the broker kept" in run.reasons()
