"""What must hold for a device, any octets may arrive; each input has a device fresh from works.

An input is one octet that chooses the device, then the message. A broken promise raises
`BrokenPromise`; anything else that comes out of `check` is a broken promise too, for a device
never raises.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from time import thread_time

from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message, parse_message
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.payloads.device_certificates import (
    InstallResponse,
    IssueResponse,
    ProvideResponse,
)
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert, UpdateResponse
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.roles import DeviceType, KeyUsage
from firmware_sim.gbcs.use_cases import (
    CS02A,
    CS02B_FUTURE_DATED_ALERT,
    CS02C,
    CS02D,
    CS02E,
    CS02F,
    CS02G_FUTURE_DATED_ALERT,
)
from firmware_sim.machine.flash.nor import FlashSnapshot
from firmware_sim.machine.image.use_records import TopUp, TopUpFlag
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import Refusal, RefusalReason
from tests.support.device_commands import requested
from tests.support.meter import Clock, Durable, Meter, durable, meter

DEVICES = (DeviceType.ESME, DeviceType.CHF)

MAX_SECONDS = 1.0
"""CPU time for one message; the dearest takes a few milliseconds, some more when traced."""

MAX_MESSAGES = 2
"""A response, and an alert."""

_NOT_AUTHENTIC = {
    RefusalReason.WRONG_PROTECTION,
    RefusalReason.REPLAYED,
    RefusalReason.BAD_SIGNATURE,
    RefusalReason.BAD_MAC,
    RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP,
}
"""A command that is refused so must leave every counter as it is."""

_LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_verified = SignatureCache()


class BrokenPromise(AssertionError):
    """A device did what no input may make it do."""


def fresh(device_type: DeviceType) -> Meter:
    """A device as provisioned, with both its new key pairs made and waiting for certificates.

    What is known of certificates is shared by all.
    """
    target = meter(device_type, clock=Clock(), verified=_verified)
    target.device.flash.restore(_waiting(device_type))
    target.device.power_on()
    return target


@lru_cache
def _waiting(device_type: DeviceType) -> FlashSnapshot:
    target = meter(device_type, clock=Clock())
    state = target.device.machine.state
    counters = dict(state.counters)
    for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
        requested(target, usage)
    changes = state.changes()
    for role in counters.keys() & state.counters.keys():
        changes.put(counters[role])
    changes.commit()
    return target.device.flash.snapshot()


def as_input(device_type: DeviceType, octets: bytes) -> bytes:
    """The input that hands a message to a device."""
    return bytes((DEVICES.index(device_type),)) + octets


def split(data: bytes) -> tuple[DeviceType, bytes]:
    """The device that an input is for, and the message."""
    return DEVICES[data[0] % len(DEVICES)], data[1:]


def check(data: bytes) -> Effects | None:
    """Hand an input over; None if it is too short to name a device.

    Raises:
        BrokenPromise: the text says which.
    """
    if not data:
        return None
    device_type, octets = split(data)
    target = fresh(device_type)
    effects = _within_time(target, octets)
    _check_answers(target, effects)
    if effects.refusal is not None:
        if not _is_unchanged(durable(target.device), _as_provisioned(device_type), effects.refusal):
            raise BrokenPromise(f"refused ({effects.refusal.reason}), and yet the state changed")
        return effects
    if len(octets) > MAX_MESSAGE_OCTETS:
        raise BrokenPromise("carried out a message that is too long to be read")
    if _within_time(target, octets).refusal is None:
        raise BrokenPromise("carried out the same message twice")
    _let_it_fall_due(target)
    return effects


def _is_unchanged(after: Durable, before: Durable, refusal: Refusal) -> bool:
    """Nothing is different but the counter that an authentic command spends."""
    if after.top_ups != before.top_ups and refusal.reason not in _NOT_AUTHENTIC:
        before = _with_spent_utrn_counter(before, refusal)
    moved = [role for role in before.counters if after.counters[role] != before.counters[role]]
    if not moved or refusal.reason in _NOT_AUTHENTIC:
        return after == before
    spent = {role: before.counters[role]._replace(execution=refusal.counter) for role in moved}
    return len(moved) == 1 and after == before._replace(counters=before.counters | spent)


def _with_spent_utrn_counter(before: Durable, refusal: Refusal) -> Durable:
    place = before.meter.cache_head
    entry = TopUp(place, (refusal.counter or 0) >> 32, TopUpFlag.ANSWERED)
    meter = before.meter._replace(cache_head=place + 1)
    return before._replace(top_ups=before.top_ups | {place: entry}, meter=meter)


def _within_time(target: Meter, octets: bytes) -> Effects:
    started = thread_time()
    effects = target.device.receive(octets)
    if thread_time() - started > MAX_SECONDS:
        raise BrokenPromise(f"took more than {MAX_SECONDS} s")
    return effects


def _let_it_fall_due(target: Meter) -> None:
    """Each command that was accepted for later is executed, after a reboot from flash."""
    target.device.power_on()
    target.clock.time = _LATEST
    _check_answers(target, target.device.tick())
    if target.device.machine.state.pending:
        raise BrokenPromise("a command is still waiting at the end of time")
    durable(target.device)


def _check_answers(target: Meter, effects: Effects) -> None:
    if len(effects.messages) > MAX_MESSAGES:
        raise BrokenPromise(f"{len(effects.messages)} messages came of one")
    for octets in effects.messages:
        message = parse_message(octets)
        if message.originator != target.entity_id:
            raise BrokenPromise("an answer in another device's name")
        _read(message)


def _read(message: Message) -> None:
    """The answer's payload is what its message code says."""
    reader = _READERS.get(message.code)
    if reader is not None:
        reader(message.payload)
    elif message.code in RULES_BY_CODE:
        UpdateResponse.decode(message.payload)
    elif message.code in (CS02B_FUTURE_DATED_ALERT, CS02G_FUTURE_DATED_ALERT):
        UpdateAlert.decode(message.payload)


_READERS: dict[MessageCode, Callable[[bytes], object]] = {
    CS02A: CredentialsReport.decode,
    CS02C: IssueResponse.decode,
    CS02D: InstallResponse.decode,
    CS02E: ProvideResponse.decode,
    CS02F: CredentialsReport.decode,
}


@lru_cache
def _as_provisioned(device_type: DeviceType) -> Durable:
    return durable(fresh(device_type).device)
