"""Devices of one course in Python: what judges the native engine, and stands in where it is not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact, contact_of
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner, protected
from firmware_sim.bench.dut.clock import UNSET, StillClock, reading_at
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.power import receive_cut
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.experiments.fleet.groups import (
    ANOTHER_ANSWER,
    NO_ANSWER,
    NOT_GENUINE,
    refused_otherwise,
)
from firmware_sim.bench.experiments.fleet.orders import CourseOrder, DueAnswer
from firmware_sim.bench.experiments.fleet.plan import FleetKind, home_seed
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReliability

_SUITE: Final = P256Suite()
_MOST: Final = 50


class PythonGroups:
    """A `GroupEngine` of simulated devices.

    Args:
        seed: of the fleet.
    """

    name = "python"
    most = _MOST

    def __init__(self, seed: int) -> None:
        self._pki = DrillPki.generate(seed)
        self._seed = home_seed(seed)
        self._known = SignatureCache()

    def make(self, kind: FleetKind, entities: Sequence[EntityId]) -> "PythonGroup":
        clock = StillClock()
        clock.put(UNSET)
        surroundings = Surroundings(clock, Policy(), _SUITE, self._known)
        devices = []
        for entity in entities:
            flash = manufacture(
                self._pki,
                kind.device_type,
                entity,
                seed=self._seed,
                policy=Policy(),
                known=self._known,
                certificates=kind.certificates,
            )
            devices.append(surroundings.powered(flash))
        contacts = [contact_of(self._pki, kind.device_type, entity) for entity in entities]
        return PythonGroup(devices, contacts, clock)


class PythonGroup:
    """A `Group` of simulated devices, which look at one clock.

    Attributes:
        contacts: the same devices, as parties know them.
    """

    def __init__(
        self, devices: Sequence[Device], contacts: Sequence[DeviceContact], clock: StillClock
    ) -> None:
        self._devices = devices
        self.contacts = contacts
        self._clock = clock

    def follow(self, order: CourseOrder) -> Sequence[str]:
        effects = self.effects(order)
        return [
            _problem(order, contact, done)
            for contact, done in zip(self.contacts, effects, strict=True)
        ]

    def device(self, number: int) -> Device:
        """One of them."""
        return self._devices[number]

    def effects(self, order: CourseOrder) -> list[Effects]:
        """Give every device its command; what each did."""
        self._clock.put(reading_at(order.at, ClockReliability.RELIABLE))
        return [
            _done(order, device, contact)
            for device, contact in zip(self._devices, self.contacts, strict=True)
        ]

    def image(self, number: int) -> bytes:
        return self._devices[number].image()


def addressed_to(order: CourseOrder, contact: DeviceContact) -> bytes:
    """The command of an order, for one device; no octets if it has none."""
    if order.command is None:
        return b""
    message = replace(parse_message(order.command), target=contact.entity_id)
    signer = None if order.signer is None else KeySigner(order.signer, _SUITE)
    broker = None if order.broker is None else AgreementKey(order.broker, _SUITE)
    agreement_key = contact.agreement_key
    return protected(message, signer=signer, broker=broker, agreement_key=agreement_key).build()


def _done(order: CourseOrder, device: Device, contact: DeviceContact) -> Effects:
    if order.command is None:
        return device.tick()
    octets = addressed_to(order, contact)
    if order.cut is None:
        return device.receive(octets)
    return receive_cut(device, octets, order.cut)


def _problem(order: CourseOrder, contact: DeviceContact, effects: Effects) -> str:
    reason = 0 if effects.refusal is None else effects.refusal.reason.value
    problem = refused_otherwise(order.reason, reason)
    octets = sum(4 + len(each) for each in effects.messages)
    due = 0 if order.due_answer is None else order.due_answer.octets
    if problem or order.cut is not None:
        return problem
    if due != octets:
        return ANOTHER_ANSWER if octets else NO_ANSWER
    if order.due_answer is None:
        return ""
    answer = effects.messages[0]
    if not answer.startswith(order.due_answer.expected(contact.entity_id)):
        return ANOTHER_ANSWER
    return "" if _is_genuine(answer, order.due_answer, order, contact) else NOT_GENUINE


def _is_genuine(
    answer: bytes, due_answer: DueAnswer, order: CourseOrder, contact: DeviceContact
) -> bool:
    try:
        message = parse_message(answer)
    except RemoteError:
        return False
    if due_answer.is_signed:
        return signature_is_valid(message, contact.signing_key, _SUITE)
    if order.broker is None:
        return False
    secret = AgreementKey(order.broker, _SUITE).secret_with(contact.agreement_key)
    return mac_is_valid(message, secret, _SUITE)
