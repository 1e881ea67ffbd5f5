"""Plays a story: builds the scene, takes the steps one by one, and says how it went."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from firmware_sim.bench.drills.custody_log import CustodyLog
from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.evidence import Evidence
from firmware_sim.bench.drills.governing import (
    play_ask_custody,
    play_compromise,
    play_decide,
    play_meet,
    play_notify,
    play_report,
)
from firmware_sim.bench.drills.reading import play_read_back
from firmware_sim.bench.drills.replaying import play_replay
from firmware_sim.bench.drills.setup import Setting, set_up
from firmware_sim.bench.drills.state import Scene
from firmware_sim.bench.drills.story import (
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
from firmware_sim.bench.drills.updating import play_update
from firmware_sim.bench.dut.opening import named_target, open_target
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.ledger import Phase, RunLedger
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.bench.progress import Progress
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.policy import Policy

_log = logging.getLogger(__name__)

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
        target: as `firmware_sim.bench.dut.opening.open_target` has it.
        premises: how many homes of four devices each.
        seed: the same seed gives the same keys, certificates and messages.

    Returns:
        The outcome. FAILED means that a device did wrong; ERROR that the bench could not go
        on, at a step whose reason says why; NOTHING_RAN that a step addressed no device.

    Raises:
        UsageError: no such target, or a number of premises that cannot be.
        BenchError: the broker or board is not there. Nothing has been played then.
    """
    chosen = policy or Policy()
    named = named_target(target)
    named.check_policy(chosen)
    present = named.device_types()
    setting = set_up(story, premises=premises, seed=seed, policy=chosen, present=present)
    ledger.follow(lambda: setting.clock.time)
    for contact in setting.contacts:
        home = setting.home_of[contact.entity_id]
        ledger.device(contact.entity_id, contact.device_type.name, home)
    async with open_target(target, setting.premises) as connected:
        await _record_images(setting, connected, ledger, "before")
        scene = setting.scene(connected, ledger, progress, waits or Waits())
        verdicts = await _play(story, scene)
        outcome = _outcome(ledger, verdicts)
        try:
            await _record_images(setting, connected, ledger, "after")
        except (BenchError, LinkError) as error:
            # A board that hangs, or is gone, cannot be read either: the step has said so.
            if outcome not in (Outcome.FAILED, Outcome.ERROR):
                raise
            _log.info("no image at the end: %s", error)
    return outcome


async def _record_images(setting: Setting, target: Target, ledger: RunLedger, phase: Phase) -> None:
    for entity in setting.devices:
        image = await target.image(entity)
        if image is not None:
            ledger.image(entity, phase, image, target.wear(entity))


async def _play(story: Story, scene: Scene) -> list[Verdict]:
    verdicts = []
    custody = CustodyLog(scene.custody, scene.ledger)
    for step in story.steps:
        scene.progress.start(1, step.title)
        verdict, goes_on = await _play_step(step, scene)
        scene.progress.advance()
        custody.write()
        verdicts.append(verdict)
        if not goes_on:
            break
        scene.clock.advance(step.minutes)
    return verdicts


async def _play_step(step: Step, scene: Scene) -> tuple[Verdict, bool]:
    """The step's verdict, and whether the next one can be played."""
    number = scene.ledger.step(step.name, step.title, at=scene.clock.time)
    evidence = Evidence(scene.ledger, number, scene.clock)
    try:
        await _PLAYERS[type(step)](scene, step, evidence)
    except DeviceFaultError as error:
        verdict, reason, goes_on = Verdict.FAILED, str(error), False
    except (BenchError, GbcsError, LinkError) as error:
        verdict, reason, goes_on = Verdict.ERROR, str(error), False
    except Exception as error:
        reason = f"the bench broke: {type(error).__name__}"
        scene.ledger.finish_step(number, Verdict.ERROR, reason, at=scene.clock.time)
        raise
    else:
        verdict, reason = evidence.verdict()
        goes_on = verdict is not Verdict.ERROR
    scene.ledger.finish_step(number, verdict, reason, at=scene.clock.time)
    return verdict, goes_on


def _outcome(ledger: RunLedger, verdicts: list[Verdict]) -> Outcome:
    outcome = Outcome.of(ledger.verdicts())
    # Green is for what ran: a step without a device has shown nothing.
    if outcome is Outcome.PASSED and Verdict.SKIPPED in verdicts:
        return Outcome.NOTHING_RAN
    return outcome
