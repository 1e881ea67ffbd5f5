"""Store and model side by side, with power cuts in every flavour at any operation."""

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import Record, RecordKey, Superblock
from firmware_sim.machine.store import InsufficientSpace, Store
from firmware_sim.machine.store.model import StoreModel
from tests.machine.image.records_for_tests import records
from tests.machine.store.sweeping import Changes, commit, everything, one_area_is_blank

GEOMETRIES = [
    Geometry((256,) * 16, 1, 8),
    Geometry((2048,) * 2, 4, 2),
    Geometry((1024, 1024, 4096), 8, 1),
    Geometry((512,) * 8, 16, 1, 0x00),
]
FLAVOURS = st.sampled_from(Flavour)
AMOUNTS = st.integers(0, 2200) | st.binary(min_size=16, max_size=600).map(int.from_bytes)
RECORDS = st.lists(records, min_size=1, max_size=4)


class StoreMachine(RuleBasedStateMachine):
    """What the store holds is what the model holds, through every power cut."""

    @initialize(geometry=st.sampled_from(GEOMETRIES))
    def provision(self, geometry: Geometry) -> None:
        self.flash = NorFlash(geometry)
        head = Superblock(geometry, DeviceType.ESME, EntityId(bytes(8)))
        self.store = Store.format(self.flash, head, [])
        self.model = StoreModel(geometry.areas[0].size)

    @rule(values=RECORDS)
    def put(self, values: list[Record]) -> None:
        self._commit(dict(encode(value) for value in values))

    @rule(data=st.data(), value=records)
    def delete_and_put(self, data: st.DataObject, value: Record) -> None:
        self._commit({self._some_key(data): None} | dict([encode(value)]))

    @rule()
    def restart(self) -> None:
        operations = self.flash.operations
        self.store = Store.open(self.flash)
        assert self.flash.operations == operations, "a clean power-on changes nothing"

    @rule(values=RECORDS, at=st.integers(0, 12), flavour=FLAVOURS, amount=AMOUNTS)
    def cut(self, values: list[Record], at: int, flavour: Flavour, amount: int) -> None:
        changes: Changes = dict(encode(value) for value in values)
        self.flash.plan = CutPlan(self.flash.operations + at, flavour, amount)
        try:
            self._commit(changes)
        except PowerCut:
            self._recover(changes)
        self.flash.plan = None

    @rule(
        values=RECORDS,
        first=st.integers(0, 6),
        second=st.integers(0, 12),
        flavours=st.tuples(FLAVOURS, FLAVOURS),
        amount=AMOUNTS,
    )
    def cut_twice(
        self,
        values: list[Record],
        first: int,
        second: int,
        flavours: tuple[Flavour, Flavour],
        amount: int,
    ) -> None:
        changes: Changes = dict(encode(value) for value in values)
        self.flash.plan = CutPlan(self.flash.operations + first, flavours[0], amount)
        try:
            self._commit(changes)
        except PowerCut:
            self.flash.power_on()
            self.flash.plan = CutPlan(self.flash.operations + second, flavours[1], amount)
            with suppress(PowerCut):
                Store.open(self.flash)
            self._recover(changes)
        self.flash.plan = None

    @invariant()
    def agrees(self) -> None:
        assert everything(self.store) == self.model.state

    def _commit(self, changes: Changes) -> None:
        try:
            after = self.model.after(changes)
        except InsufficientSpace:
            self._refused(changes)
            return
        commit(self.store, changes)
        self.model.commit(changes)
        assert self.model.state == after

    def _refused(self, changes: Changes) -> None:
        operations = self.flash.operations
        try:
            commit(self.store, changes)
        except InsufficientSpace:
            assert self.flash.operations == operations, "refused before anything is programmed"
        else:
            raise AssertionError("the model has no room, the store has")

    def _recover(self, changes: Changes) -> None:
        self.flash.power_on()
        self.store = Store.open(self.flash)
        if everything(self.store) != self.model.state:
            self.model.commit(changes)
        assert one_area_is_blank(self.flash)

    def _some_key(self, data: st.DataObject) -> RecordKey:
        held = sorted(self.model.state) or [RecordKey(*min(encode(data.draw(records))[:1]))]
        return data.draw(st.sampled_from(held))


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
