"""A device and a model of it side by side: updates now and later, cuts, reboots, replays.

The model knows keys by number, which party's key moves which counter, and nothing else: no
certificate, no octet and no record. Every key is new when it comes, as it should be.
"""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert, UpdateResponse
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import Geometry
from tests.support.answers import signed_answer
from tests.support.commands import ACB, MODE, ROLE, replacements, update
from tests.support.meter import OWN_START, START, durable, meter
from tests.support.pki import SUITE, Generation, key

SUPPLIER = ("supplier.DS", "supplier.KA", "supplier.KA.PP")
NETWORK = ("networkOperator.DS", "networkOperator.KA")
OTHERS = ("recovery.DS", *SUPPLIER, *NETWORK, ACB, "transitionalCoS.DS")
ROOT = "root.CS"

# The party's role, the cell whose key authorises, the cells that the mode replaces.
MODES: dict[ReplacementMode, tuple[RemotePartyRole, str, tuple[str, ...]]] = {
    MODE.SUPPLIER_BY_SUPPLIER: (ROLE.SUPPLIER, "supplier.DS", SUPPLIER),
    MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR: (
        ROLE.NETWORK_OPERATOR,
        "networkOperator.DS",
        NETWORK,
    ),
    MODE.ACB_BY_ACB: (ROLE.ACCESS_CONTROL_BROKER, ACB, (ACB,)),
    MODE.TRANS_COS_BY_TRANS_COS: (
        ROLE.TRANSITIONAL_COS,
        "transitionalCoS.DS",
        ("transitionalCoS.DS",),
    ),
    MODE.SUPPLIER_BY_TRANS_COS: (ROLE.TRANSITIONAL_COS, "transitionalCoS.DS", SUPPLIER),
    MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY: (ROLE.RECOVERY, "recovery.DS", OTHERS),
    MODE.ANY_BY_CONTINGENCY: (ROLE.ROOT, ROOT, OTHERS),
}
CONTINGENCY = MODE.ANY_BY_CONTINGENCY
PLACES = 4

ROOMY = Geometry((2048,) * 24, write_unit=4)
"""Room for four waiting commands, and little enough for compaction now and then."""


@dataclass(frozen=True)
class Order:
    """One update: keys with one number, certified under one root, for some cells."""

    mode: ReplacementMode
    number: int
    under: int
    cells: tuple[str, ...]
    counter: int
    floor: int | None = None
    due: datetime | None = None


@dataclass
class Model:
    keys: dict[str, int] = field(default_factory=lambda: dict.fromkeys((ROOT, *OTHERS), 1))
    counters: dict[RemotePartyRole, int] = field(
        default_factory=lambda: {role: START for role, _, _ in MODES.values()}
    )
    waiting: dict[ReplacementMode, Order] = field(default_factory=dict)

    def copy(self) -> "Model":
        return Model(dict(self.keys), dict(self.counters), dict(self.waiting))

    def accept(self, order: Order) -> None:
        role = MODES[order.mode][0]
        self.counters[role] = max(self.counters[role], order.counter)
        if order.due == NEVER:
            self.waiting.pop(order.mode, None)
        elif order.due is not None:
            self.waiting[order.mode] = order
        else:
            self.run(order)

    def run(self, order: Order) -> tuple[str, ...]:
        """Carry out; returns the cells that took their certificate."""
        role, authorising, _ = MODES[order.mode]
        taken: tuple[str, ...] = ()
        if order.mode is CONTINGENCY or order.under == self.keys[ROOT]:
            taken = order.cells
        for name in taken:
            self.keys[name] = order.number
        for mode in list(self.waiting):
            if MODES[mode][1] in taken:
                del self.waiting[mode]
        counter = max(self.counters[role], order.counter)
        if order.floor is not None:
            counter = order.floor if authorising in taken else max(counter, order.floor)
        self.counters[role] = counter
        return taken

    def tick(self, now: datetime) -> list[tuple[Order, tuple[str, ...]]]:
        ran = []
        due = [order for order in self.waiting.values() if order.due and order.due <= now]
        for order in sorted(due, key=lambda item: (item.due, item.counter)):
            if self.waiting.get(order.mode) == order:
                del self.waiting[order.mode]
                ran.append((order, self.run(order)))
        return ran


class DeviceMachine(RuleBasedStateMachine):
    """What the flash image holds is what the model says, after every step."""

    @initialize()
    def provision(self) -> None:
        self.meter = meter(geometry=ROOMY)
        self.model = Model()
        self.numbers = 1
        self.accepted: list[bytes] = []
        self.own_counter = OWN_START - 1

    @rule(data=st.data())
    def update(self, data: st.DataObject) -> None:
        order = self.order(data)
        octets = self.message(order).build()
        effects = self.meter.device.receive(octets)
        assert effects.refusal is None, effects.refusal
        (sent,) = effects.messages
        before = self.model.copy()
        self.model.accept(order)
        self.accepted.append(octets)
        outcome = UpdateResponse.decode(
            signed_answer(sent, self.meter.signing_point).payload
        ).outcome
        if order.due is not None:
            assert outcome is None
            return
        taken = before.run(order)
        assert outcome is not None
        results = {str(item.cell): item.status for item in outcome.outcomes}
        assert results == {
            name: StatusCode.SUCCESS if name in taken else StatusCode.NO_TRUST_ANCHOR
            for name in order.cells
        }

    @rule(data=st.data(), at=st.integers(0, 8), flavour=st.sampled_from(Flavour))
    def update_with_a_cut(self, data: st.DataObject, at: int, flavour: Flavour) -> None:
        order = self.order(data)
        octets = self.message(order).build()
        flash = self.meter.device.flash
        flash.plan = CutPlan(flash.operations + at, flavour, data.draw(st.integers(0, 600)))
        done = False
        with suppress(PowerCut):
            done = self.meter.device.receive(octets).refusal is None
            flash.plan = None
        self.meter.device.power_on()
        after = self.model.copy()
        after.accept(order)
        if done or not self.agrees(self.model):
            self.model = after
            self.accepted.append(octets)

    @rule(data=st.data())
    def an_update_by_a_key_that_was_replaced(self, data: st.DataObject) -> None:
        order = self.order(data)
        present = self.model.keys[MODES[order.mode][1]]
        assume(present > 1)
        stale = self.model.copy()
        stale.keys = dict.fromkeys(stale.keys, data.draw(st.integers(1, present - 1)))
        octets = self.message(order, stale).build()
        self.refused(octets)

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def a_replay(self, data: st.DataObject) -> None:
        self.refused(data.draw(st.sampled_from(self.accepted)))

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.meter.clock.time += timedelta(hours=hours)
        ran = self.model.tick(self.meter.clock.time)
        alerts = self.meter.device.tick().messages
        assert len(alerts) == len(ran)
        for octets, (order, taken) in zip(alerts, ran, strict=True):
            answer = signed_answer(octets, self.meter.signing_point)
            assert answer.counter > self.own_counter
            self.own_counter = answer.counter
            alert = UpdateAlert.decode(answer.payload)
            assert alert.outcome.counter == order.counter
            assert alert.alert_code == (0x8F66 if taken == order.cells else 0x8F67)

    @rule()
    def reboot(self) -> None:
        self.meter.device.power_on()

    @invariant()
    def the_image_is_the_model(self) -> None:
        assert self.agrees(self.model)

    def agrees(self, model: Model) -> bool:
        held = durable(self.meter.device)
        keys = {str(name): record.public_key for name, record in held.cells.items()}
        expected = {name: point(name, number) for name, number in model.keys.items()}
        counters = {role: held.counters[role].execution for role in model.counters}
        waiting = {pending.counter for pending in held.pending.values()}
        return (keys, counters, waiting) == (
            expected,
            model.counters,
            {order.counter for order in model.waiting.values()},
        )

    def refused(self, octets: bytes) -> None:
        effects = self.meter.device.receive(octets)
        assert effects.refusal is not None
        for sent in effects.messages:
            counter = signed_answer(sent, self.meter.signing_point).counter
            assert counter > self.own_counter
            self.own_counter = counter

    def order(self, data: st.DataObject) -> Order:
        mode = data.draw(st.sampled_from(list(MODES)))
        role, _, covered = MODES[mode]
        due = data.draw(
            st.sampled_from([None, None, NEVER])
            | st.integers(1, 60).map(lambda hours: self.meter.clock.time + timedelta(hours=hours))
        )
        is_full = len(self.model.waiting) == PLACES and mode not in self.model.waiting
        assume(due in (None, NEVER) or not is_full)
        self.numbers += 1
        chosen = tuple(data.draw(st.lists(st.sampled_from(covered), min_size=1, unique=True)))
        root = self.model.keys[ROOT]
        return Order(
            mode,
            self.numbers,
            self.numbers if mode is CONTINGENCY else data.draw(st.sampled_from([root, 1])),
            (ROOT, *chosen) if mode is CONTINGENCY else chosen,
            self.model.counters[role] + data.draw(st.integers(1, 3)),
            data.draw(st.none() | st.integers(0, 2 * START)),
            due,
        )

    def message(self, order: Order, known: Model | None = None) -> Message:
        keys = (known or self.model).keys
        signing = keys[MODES[order.mode][1]]
        sender = keys[ROOT] if order.mode is CONTINGENCY else keys[ACB]
        generation = Generation(order.number, order.under)
        return update(
            replace(self.meter, generation=Generation(sender, sender)),
            order.mode,
            replacements(order.cells, generation),
            path=(generation.issuing().certificate,),
            execution=order.due,
            signer=None if order.mode is CONTINGENCY else key(f"{MODES[order.mode][1]} {signing}"),
            control={"floor": order.floor},
            counter=order.counter,
        )


def point(name: str, number: int) -> bytes:
    label = "root" if name == ROOT else name
    return SUITE.public_key(key(f"{label} {number}"))


DeviceMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestDeviceMachine = DeviceMachine.TestCase
