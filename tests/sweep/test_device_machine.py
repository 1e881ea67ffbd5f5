"""A device and the model side by side: commands in any order, power failing in any of them.

A twin over a copy of the flash says what a command commits when nothing goes wrong. The model
takes those transactions. The device itself may be cut; after power-on it holds what the model
holds, before or after, and from there both go on.
"""

import os
from copy import deepcopy

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import records_of
from firmware_sim.bench.experiments.sweep.device_cuts import without_boots
from firmware_sim.bench.experiments.sweep.operation import TriggerKind
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.recording import Recorder
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import NRF52840, TINY, Geometry
from firmware_sim.machine.flash.nor import FlashError, NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import RecordKey, RecordKind
from firmware_sim.machine.store import Store, StoreError
from firmware_sim.machine.store.model import StoreModel
from tests.bench.experiments.sweep.test_planted_bugs import counter_outside_the_commit
from tests.machine.store.test_planted_bugs import Plant, erase_before_copy, torn_tail_trusted

CRAMPED = Geometry((1280,) * 8, write_unit=4)
"""Two areas of 5 KiB: every few commands compact, and some have no room."""

_FAMILIES = ("read", "update", "future", "own", "refuse")
_NEEDS_MORE = (
    "again",
    "install",
    "supersede",
    "cancel",
    "execute",
    "void",
    "replayed",
    "key-returns",
)
"""Operations that first do something else: the machine does that by itself."""

COMMANDS = {
    kind: [
        name
        for name, each in operations().items()
        if each.device_type is kind
        and name.split("/")[1] in _FAMILIES
        and not any(word in name for word in _NEEDS_MORE)
        and each.policy == Policy()
    ]
    for kind in (DeviceType.ESME, DeviceType.CHF)
}
REKEYED = (RemotePartyRole.SUPPLIER, RemotePartyRole.WAN_PROVIDER)
CUTS = st.none() | st.builds(
    CutPlan,
    st.integers(0, 12),
    st.sampled_from(Flavour),
    st.integers(0, 4000) | st.binary(min_size=8, max_size=300).map(int.from_bytes),
)


class DeviceMachine(RuleBasedStateMachine):
    """What a device holds is what the model holds, through every power cut."""

    @initialize(
        kind=st.sampled_from(list(COMMANDS)), geometry=st.sampled_from([CRAMPED, TINY, NRF52840])
    )
    def manufacture(self, kind: DeviceType, geometry: Geometry) -> None:
        self.kind, self.parties = kind, AllParties()
        made = Store.open(self.parties.flash(kind, Policy()))
        self.flash = NorFlash(geometry)
        Store.format(self.flash, made.superblock, records_of(made).items())
        self.device = self._powered(self.flash)
        self.model = StoreModel(geometry.areas[0].size, self._held().items())
        self.sent: list[bytes] = [bytes(8)]

    @rule(data=st.data(), cut=CUTS)
    def command(self, data: st.DataObject, cut: CutPlan | None) -> None:
        operation = operations()[data.draw(st.sampled_from(COMMANDS[self.kind]))]
        trigger = operation.arrange(self.parties, self.device)
        assert trigger.kind is TriggerKind.RECEIVE
        self.sent.append(trigger.octets)
        self._receive(trigger.octets, cut)

    @rule(generation=st.sampled_from([1, 2]), floor=st.sampled_from([1, 1 << 50]), cut=CUTS)
    def rekey(self, generation: int, floor: int, cut: CutPlan | None) -> None:
        """Keys go, and may come back."""
        mode = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
        cells = [cell for cell in self.device.machine.state.cells if cell.role in REKEYED]
        order = self.parties.update(self.device, mode, cells, generation=generation, floor=floor)
        self._receive(order.build(), cut)

    @rule(data=st.data(), cut=CUTS)
    def replay(self, data: st.DataObject, cut: CutPlan | None) -> None:
        self._receive(data.draw(st.sampled_from(self.sent)), cut)

    @rule(minutes=st.sampled_from([1, 1500]))
    def wait(self, minutes: int) -> None:
        self.parties.clock.advance(minutes)

    @rule(cut=CUTS)
    def tick(self, cut: CutPlan | None) -> None:
        self._receive(None, cut)

    @rule()
    def restart(self) -> None:
        self.device.power_on()

    @invariant()
    def agrees(self) -> None:
        held = self._held()
        assert held == without_boots(self.model.state)
        live = self.device.machine.state
        assert dict(map(encode, live.counters.values())) == {
            key: body for key, body in held.items() if key.kind is RecordKind.COUNTERS
        }

    def _receive(self, octets: bytes | None, cut: CutPlan | None) -> None:
        """None for a tick."""
        states = self._after_each_transaction(octets)
        plan = cut and cut._replace(operation=self.flash.operations + cut.operation)
        self.flash.plan = plan
        try:
            _act(self.device, octets)
            place = len(states) - 1
        except PowerCut:
            self.device.power_on()
            held = self._held()
            assert held in states, "a mixture"
            place = states.index(held)
        self.flash.plan = None
        self.model = StoreModel(self.flash.geometry.areas[0].size, states[place].items())

    def _after_each_transaction(self, octets: bytes | None) -> list[dict[RecordKey, bytes]]:
        """States of the model, boots apart: first the present one, last that of the whole act."""
        twin_flash = NorFlash(self.flash.geometry)
        twin_flash.restore(self.flash.snapshot())
        twin = self._powered(twin_flash)
        # Refusals since the last durable tally are counted in RAM.
        counts = twin.machine._tallies._counts
        counts.update(self.device.machine._tallies._counts)
        twin.machine.context.entropy = deepcopy(self.device.machine.context.entropy)
        store = Recorder.open(twin_flash)
        store.transactions = []
        twin.machine.state.store = store
        _act(twin, octets)
        assert octets is None or len(store.transactions) <= 1, "one command, one transaction"
        states = [without_boots(self.model.state)]
        for changes in store.transactions:
            self.model.commit(changes)
            states.append(without_boots(self.model.state))
        return states

    def _powered(self, flash: NorFlash) -> Device:
        return self.parties.device(flash, Policy())

    def _held(self) -> dict[RecordKey, bytes]:
        return without_boots(records_of(Store.open(self.flash)))


def _act(device: Device, octets: bytes | None) -> None:
    if octets is None:
        device.tick()
    else:
        device.receive(octets)


TestDeviceMachine = DeviceMachine.TestCase
TestDeviceMachine.settings = settings(
    max_examples=int(os.environ.get("SWEEP_EXAMPLES", "60")),
    stateful_step_count=15,
    deadline=None,
)


@pytest.mark.parametrize(
    "plant", [torn_tail_trusted, erase_before_copy, counter_outside_the_commit]
)
def test_the_machine_finds_a_planted_bug(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    quick = settings(
        max_examples=400,
        stateful_step_count=15,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with pytest.raises((AssertionError, FlashError, StoreError)):
        run_state_machine_as_test(DeviceMachine, settings=quick)
