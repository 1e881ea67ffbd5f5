"""One operation carried out whole, once: the states it goes through and what it answers.

Cryptography happens here and nowhere else. What the store was given is kept, so that the same
transactions can be committed, and cut, on any flash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import records_of
from firmware_sim.bench.experiments.sweep.operation import Operation, Trigger, TriggerKind
from firmware_sim.devices.device import Device
from firmware_sim.machine.flash.geometry import NOR_64K
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.layout import ENTRY_HEADER_OCTETS
from firmware_sim.machine.image.records import RecordKey, RecordKind, Superblock
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.store import Store
from firmware_sim.machine.store.model import State, StoreModel

Changes = Mapping[RecordKey, bytes | None]
"""What one transaction was asked to change; None deletes."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an operation does when nothing goes wrong.

    Attributes:
        superblock: head of the device's image.
        states: what the model holds before, between and after the transactions. None stands for
            a flash that was never provisioned.
        transactions: one fewer than the states; empty for the one that provisions.
        start: flash contents just before the trigger, over the geometry of `superblock`.
        at: time of the trigger.
        messages: how many messages were sent when all was durable.
    """

    operation: Operation
    trigger: Trigger
    superblock: Superblock
    states: tuple[State | None, ...]
    transactions: tuple[Changes, ...]
    start: bytes
    at: datetime
    messages: int


class Recorder(Store):
    """A store that remembers what was committed to it; set `transactions` to a list first."""

    __slots__ = ("transactions",)

    transactions: list[Changes]

    def commit(self, changes: dict[RecordKey, bytes | None]) -> None:
        asked = {
            RecordKey(RecordKind(key[0]), key[1]): entry and entry[ENTRY_HEADER_OCTETS:]
            for key, entry in changes.items()
        }
        super().commit(changes)
        if asked:
            self.transactions.append(asked)


def record(operation: Operation) -> Recorded:
    """Carry an operation out on a roomy device.

    Raises:
        AssertionError: the device refused what it should carry out, or holds other than what
            its transactions add up to in the model.
    """
    parties = AllParties()
    first = parties.flash(operation.device_type, operation.policy)
    flash = NorFlash(NOR_64K)
    Store.format(flash, Store.open(first).superblock, records_of(Store.open(first)).items())
    device = parties.device(flash, operation.policy)
    trigger = operation.arrange(parties, device)
    store = Recorder.open(flash)
    store.transactions = []
    device.machine.state.store = store
    before, start = records_of(store), flash.image()
    effects = _carry_out(device, trigger)
    if effects.refusal is not None and not operation.is_refused:
        raise AssertionError(f"{operation.name} was refused: {effects.refusal.text}")
    states, transactions = _history(trigger, before, store, flash)
    if records_of(Store.open(flash)) != states[-1]:
        raise AssertionError(f"{operation.name}: the store holds what the model does not")
    return Recorded(
        operation=operation,
        trigger=trigger,
        superblock=store.superblock,
        states=states,
        transactions=transactions,
        start=start,
        at=parties.clock.time,
        messages=len(effects.messages),
    )


def _carry_out(device: Device, trigger: Trigger) -> Effects:
    match trigger.kind:
        case TriggerKind.RECEIVE:
            return device.receive(trigger.octets)
        case TriggerKind.TICK:
            return device.tick()
        case TriggerKind.ENTER:
            return device.enter(trigger.octets.decode())
        case TriggerKind.BOOT:
            device.power_on()
    return Effects()


def _history(
    trigger: Trigger, before: State, store: Recorder, flash: NorFlash
) -> tuple[tuple[State | None, ...], tuple[Changes, ...]]:
    if trigger.kind is TriggerKind.PROVISION:
        return (None, before), ()
    transactions = store.transactions
    if trigger.kind is TriggerKind.BOOT:  # the machine opened a store of its own
        after = records_of(Store.open(flash))
        transactions = [{key: body for key, body in after.items() if before.get(key) != body}]
    model = StoreModel(flash.geometry.areas[0].size, before.items())
    states: list[State | None] = [model.state]
    for changes in transactions:
        model.commit(changes)
        states.append(model.state)
    return tuple(states), tuple(transactions)
