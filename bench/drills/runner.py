"""Plays a story: builds the scene, takes the steps one by one, and says how it went."""

from collections.abc import Awaitable, Callable
from typing import Any

from bench.drills.courier import Waits
from bench.drills.custody_log import CustodyLog
from bench.drills.evidence import Evidence
from bench.drills.governing import (
    play_ask_custody,
    play_compromise,
    play_decide,
    play_meet,
    play_notify,
    play_report,
)
from bench.drills.reading import play_read_back
from bench.drills.replaying import play_replay
from bench.drills.scene import Scene
from bench.drills.setting import Setting, set_up
from bench.drills.story import (
    AskCustody,
    Compromise,
    Decide,
    Meet,
    Notify,
    ReadBack,
    Replay,
    Report,
    Step,
    Story,
    Update,
)
from bench.drills.updating import play_update
from bench.errors import BenchError
from bench.outcome import Outcome, Verdict
from bench.progress import Progress
from bench.report.ledger import Phase, RunLedger
from bench.targets.opening import broker_options, open_target
from devices.links.link import LinkError
from gbcs.errors import GbcsError
from gbcs.policy import Policy

_PLAYERS: dict[type[Any], Callable[[Scene, Any, Evidence], Awaitable[None]]] = {
    Compromise: play_compromise,
    Notify: play_notify,
    Meet: play_meet,
    Decide: play_decide,
    AskCustody: play_ask_custody,
    Report: play_report,
    ReadBack: play_read_back,
    Update: play_update,
    Replay: play_replay,
}


async def run_drill(
    story: Story,
    *,
    target: str,
    premises: int,
    seed: int,
    ledger: RunLedger,
    progress: Progress,
    policy: Policy | None = None,
    waits: Waits | None = None,
) -> Outcome:
    """Play a story; everything it saw is in the ledger, which stays open.

    Args:
        target: ``memory``, ``mqtt`` (embedded broker) or ``mqtt://HOST``.
        premises: how many homes of four devices each.
        seed: the same seed gives the same keys, certificates and messages.

    Returns:
        The outcome. FAILED means that a device did wrong; ERROR that the bench could not go
        on, at a step whose reason says why; NOTHING_RAN that a step addressed no device.

    Raises:
        UsageError: no such target, or a number of premises that cannot be.
        BenchError: the broker is not there. Nothing has been played then.
    """
    broker_options(target)
    setting = set_up(story, premises=premises, seed=seed, policy=policy or Policy())
    ledger.follow(lambda: setting.clock.time)
    for contact in setting.contacts:
        home = setting.home_of[contact.entity_id]
        ledger.device(contact.entity_id, contact.device_type.name, home)
    _record_images(setting, ledger, "before")
    async with open_target(target, setting.premises) as connected:
        scene = setting.scene(connected, ledger, progress, waits or Waits())
        verdicts = await _play(story, scene)
    _record_images(setting, ledger, "after")
    return _outcome(ledger, verdicts)


def _record_images(setting: Setting, ledger: RunLedger, phase: Phase) -> None:
    for entity, device in setting.devices.items():
        ledger.image(entity, phase, device.image())


async def _play(story: Story, scene: Scene) -> list[Verdict]:
    verdicts = []
    custody = CustodyLog(scene.custody, scene.ledger)
    for step in story.steps:
        scene.progress.start(1, step.title)
        verdict = await _play_step(step, scene)
        scene.progress.advance()
        custody.write()
        verdicts.append(verdict)
        if verdict is Verdict.ERROR:
            break
        scene.clock.advance(step.minutes)
    return verdicts


async def _play_step(step: Step, scene: Scene) -> Verdict:
    number = scene.ledger.step(step.name, step.title, at=scene.clock.time)
    evidence = Evidence(scene.ledger, number, scene.clock)
    try:
        await _PLAYERS[type(step)](scene, step, evidence)
    except (BenchError, GbcsError, LinkError) as error:
        verdict, reason = Verdict.ERROR, str(error)
    except Exception as error:
        reason = f"the bench broke: {type(error).__name__}"
        scene.ledger.finish_step(number, Verdict.ERROR, reason, at=scene.clock.time)
        raise
    else:
        verdict, reason = evidence.verdict()
    scene.ledger.finish_step(number, verdict, reason, at=scene.clock.time)
    return verdict


def _outcome(ledger: RunLedger, verdicts: list[Verdict]) -> Outcome:
    outcome = Outcome.of(ledger.verdicts())
    # Green is for what ran: a step without a device has shown nothing.
    if outcome is Outcome.PASSED and Verdict.SKIPPED in verdicts:
        return Outcome.NOTHING_RAN
    return outcome
