"""The play of `exchange hub`: the old CHF and GPF go, new ones come, the meters stay."""

from dataclasses import replace
from functools import partial
from typing import Final

from firmware_sim.bench.commands import use_requests
from firmware_sim.bench.commands.compose import Content
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.drill_estate import credentials_of
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep
from firmware_sim.bench.drills.hubs_so_far import OldDevice, SpareHub
from firmware_sim.bench.drills.selection import cell_order
from firmware_sim.bench.drills.setup import DrillSetup
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.taking_part import tell_device
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.simulated.spare_hub import spare_filling
from firmware_sim.bench.dut.target import ExchangesHubs, Reach, Target
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.population.estate import CellData, Estate, EstateDevice, HeldData
from firmware_sim.bench.population.schema import DCC
from firmware_sim.devices.hub_log import devices_in_log
from firmware_sim.devices.premises import HUB_TYPES
from firmware_sim.gbcs.dlms_access import AccessResponse
from firmware_sim.gbcs.dlms_protection import Titles
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.use_cases import CCS05

_FRESH: Final = "new device certificates"
_LOGGED: Final = "the device log names the meters of the home"


async def play_exchange(state: DrillState, _step: ExchangeHubStep, log: StepLog) -> None:
    """In every home; what was known of the old hub's devices is kept apart from then on.

    Raises:
        BenchError: the target cannot exchange hubs, or they were exchanged before.
    """
    spares, state.hubs.spares = state.hubs.spares, ()
    if not spares:
        raise BenchError("there is no new hub to install", "exchange the hubs of a story once")
    state.progress.start(len(spares), "Exchanging the hubs")
    for spare in spares:
        await _exchange(state, spare, log)
        state.progress.advance()


def check_exchange(setup: DrillSetup, words: str, target: Target) -> None:
    """Refuse a story whose hubs a target cannot exchange, before anything is played.

    Args:
        words: by which the user named the target.

    Raises:
        UsageError: it exchanges hubs, and the target cannot, or has not both devices of a hub.
    """
    if not setup.spares:
        return
    hubs = [each for each in setup.contacts if each.device_type in HUB_TYPES]
    is_whole = {each.device_type for each in hubs} == set(HUB_TYPES)
    is_inside = all(target.reach(each.entity_id) is Reach.INSIDE for each in hubs)
    if not (isinstance(target, ExchangesHubs) and is_whole and is_inside):
        text = f"the story {setup.story.name} exchanges hubs, and {words} cannot"
        raise UsageError(text, "use --target memory, native, mqtt or board:NAME")


async def _exchange(state: DrillState, spare: SpareHub, log: StepLog) -> None:
    old = [each for each in state.contacts if each.entity_id in spare.home.devices]
    gone = {each.device_type: each for each in old}
    images = {each.entity_id: await state.target.image(each.entity_id) for each in old}
    if not isinstance(state.target, ExchangesHubs):
        raise BenchError("no hub can be exchanged at this target", "use --target memory")
    await state.target.exchange_hub(spare.home, spare.home.with_hub(spare.devices))
    for contact in spare.contacts:
        former = gone[contact.device_type]
        _take_over(state, former, contact)
        state.hubs.old[contact.entity_id] = OldDevice(former, images[former.entity_id])
        await _begin_record(state, contact)
        log.find(contact, _fresh(former, contact))
        if contact.device_type is DeviceType.CHF:
            meters = [each.entity_id for each in old if each.device_type not in HUB_TYPES]
            await _check_log(state, log, contact, meters)


def _take_over(state: DrillState, former: DeviceContact, contact: DeviceContact) -> None:
    """Everything by which the drill knows a device is the new one's; the old one has no entry."""
    place = state.estate[former.entity_id]
    holds = _factory_data(contact)
    device = replace(place, entity_id=contact.entity_id, holds=holds, believed=holds)
    state.estate = _with(state.estate, former.entity_id, device)
    state.ownership = state.ownership.at(state.estate)
    for known in (state.held, state.believed):
        del known[former.entity_id]
        known[contact.entity_id] = credentials_of(device.holds)
    state.contacts = tuple(
        contact if each.entity_id == former.entity_id else each for each in state.contacts
    )


def _factory_data(contact: DeviceContact) -> CellData:
    """In the order of cells, as what is told of a device has it."""
    filling = spare_filling(contact.cells)
    return {
        cell: HeldData(DCC, filling.get(cell, Credential(cell)).issued_for)
        for cell in sorted(contact.cells, key=cell_order)
    }


def _with(estate: Estate, former: EntityId, device: EstateDevice) -> Estate:
    return Estate((device if each.entity_id == former else each for each in estate), estate.drawn)


async def _begin_record(state: DrillState, contact: DeviceContact) -> None:
    entity, ledger = contact.entity_id, state.ledger
    tell_device(ledger, state.estate[entity], has_owner=state.names_organisations)
    image = await state.target.image(entity)
    if image is not None:
        ledger.image(entity, "before", image, state.target.wear(entity))


def _fresh(former: DeviceContact, contact: DeviceContact) -> StepFinding:
    """Whether the new device has other keys than the old one, for both usages."""
    old = {former.signing_key, former.agreement_key}
    new = {contact.signing_key, contact.agreement_key}
    shared = old & new
    reason = "the new hub has a key of the old one" if shared else ""
    actual = "a key of before" if shared else "other keys"
    return StepFinding(_FRESH, not shared and b"" not in new, "other keys", actual, reason)


async def _check_log(
    state: DrillState, log: StepLog, contact: DeviceContact, meters: list[EntityId]
) -> None:
    """CCS05, by the Access Control Broker: the joins of the meters are on record in the hub."""
    generation = state.broker_generation(contact)
    role = RemotePartyRole.ACCESS_CONTROL_BROKER
    user = state.participants.user(role, generation, broker=generation)

    def build() -> Message:
        def content(titles: Titles) -> Content:
            return use_requests.reading(CCS05, role, titles, contact.device_type)

        return user.use(contact, content)

    sender = CommandSender(state.target, state.waits, log)
    result = await sender.deliver(user, contact, build(), partial(build))
    if result.response is None:
        log.check(contact, _LOGGED, result.verdict, "an answer", "none", result.problem)
        return
    log.find(contact, _logged(result.response, meters))


def _logged(answer: Message, meters: list[EntityId]) -> StepFinding:
    expected = ", ".join(sorted(map(str, meters)))
    try:
        [outcome] = AccessResponse.decode(answer.payload).outcomes
        listed = devices_in_log(outcome.data)
    except (RemoteError, ValueError) as error:
        return StepFinding(_LOGGED, False, expected, "not read", str(error))
    actual = ", ".join(sorted(map(str, listed)))
    reason = "" if sorted(listed) == sorted(meters) else "the log names other devices"
    return StepFinding(_LOGGED, not reason, expected, actual, reason)
