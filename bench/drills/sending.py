"""What all steps that send messages share: who speaks, to whom, and what a refusal must show."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.checks import check_refused, compare_holdings, image_holdings
from firmware_sim.bench.drills.delivery import Courier
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.evidence import Evidence
from firmware_sim.bench.drills.state import NO_IMAGE, Cells, Kept, Scene
from firmware_sim.bench.drills.story import ReadBack, Refused, Update
from firmware_sim.bench.dut.target import Seen
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand


@dataclass(frozen=True, slots=True)
class Plan:
    """One command for one device, built before any is sent.

    Building in the order of devices, not of answers, keeps Originator Counters the same in
    every run.
    """

    contact: DeviceContact
    party: Party
    first: Message


def plans(
    scene: Scene,
    step: ReadBack | Update,
    is_addressed: Callable[[DeviceContact], bool],
    build: Callable[[Party, DeviceContact], Message],
) -> list[Plan]:
    """The commands of a step, for every device that it addresses; kept if the step says so."""
    made = []
    for contact in scene.contacts:
        is_wanted = not step.devices or contact.device_type in step.devices
        if is_wanted and is_addressed(contact):
            party = speaker(scene, step, contact)
            made.append(Plan(contact, party, build(party, contact)))
            scene.keep(step.keep, contact, made[-1].first.build())
    return made


def speaker(scene: Scene, step: ReadBack | Update, contact: DeviceContact) -> Party:
    """Who sends the step's command to that device."""
    broker = step.broker or scene.broker_generation(contact)
    if step.stolen:
        return scene.cast.attacker(
            step.by,
            step.credentials,
            broker=broker,
            symmetric_key=_overheard(scene, step),
            acting=step.acting,
        )
    return scene.cast.party(
        step.by,
        step.credentials,
        broker=broker,
        decision=scene.decision,
        acting=step.acting,
    )


def _overheard(scene: Scene, step: ReadBack | Update) -> bytes | None:
    """The symmetric key as anybody reads it who listens to the link: it travels in clear."""
    if not isinstance(step, Update) or step.overheard is None:
        return None
    keys = (
        UpdateCommand.decode(parse_message(kept.octets).payload).control.symmetric_key
        for kept in scene.kept.get(step.overheard, {}).values()
    )
    return next(filter(None, keys), None)


async def offend_all(
    scene: Scene, offences: list[Kept], expected: Refused, evidence: Evidence, title: str
) -> None:
    """Send messages that devices must refuse, with no cell changed by it."""
    courier = Courier(scene.target, scene.waits, evidence)

    async def offend(offence: Kept) -> None:
        before = await scene.image_cells(offence.contact)
        seen = await courier.offend(offence.contact, offence.octets)
        after = await scene.image_cells(offence.contact)
        with evidence.together():
            _judge_refusal(evidence, offence.contact, seen, expected)
            _judge_change(evidence, offence.contact, before, after)

    await for_each(offences, offend, scene.progress, title)


def _judge_change(
    evidence: Evidence, contact: DeviceContact, before: Cells | None, after: Cells | None
) -> None:
    name = "no cell changed"
    if before is None or after is None:
        evidence.check(contact, name, Verdict.SKIPPED, reason=NO_IMAGE)
        return
    held, holds = image_holdings(before), image_holdings(after)
    evidence.find(contact, compare_holdings(name, held, holds, "as before"))


def _judge_refusal(
    evidence: Evidence, contact: DeviceContact, seen: Seen, expected: Refused
) -> None:
    finding = check_refused(seen, expected.refused)
    if seen != Seen():
        evidence.find(contact, finding)
        return
    # Nothing shows that it arrived: that says nothing of the device.
    reason = f"{finding.reason}, nor that it arrived"
    evidence.check(contact, finding.name, Verdict.ERROR, finding.expected, "silence", reason)
