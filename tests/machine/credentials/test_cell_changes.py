"""What devices find out together is what each finds out alone: the same octets, the same flash."""

import pickle
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from tests.support.commands import MODE, by_recovery, replacements, update
from tests.support.meter import DAY, Clock, Meter, meter
from tests.support.pki import FIRST, SECOND, SECOND_UNDER_FIRST, cell


class Case(NamedTuple):
    """A device and what it is sent, one message after the other."""

    name: str
    device: dict[str, Any]
    commands: tuple[Callable[[Meter], Message], ...]


def by_supplier(device: Meter) -> Message:
    what = replacements(["supplier.DS", "supplier.KA"])
    return update(device, MODE.SUPPLIER_BY_SUPPLIER, what)


def the_same_by_recovery(device: Meter) -> Message:
    what = replacements(["supplier.DS", "supplier.KA"])
    return update(device, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, what)


def of_a_hub(device: Meter) -> Message:
    what = replacements(["wanProvider.DS", "networkOperator.DS"])
    return update(device, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, what)


def in_another_cell(device: Meter) -> Message:
    (other,) = replacements(["networkOperator.DS"])
    what = [other._replace(cell=cell("supplier.DS"))]
    return update(device, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, what)


def back_by_recovery(device: Meter) -> Message:
    what = replacements(["supplier.DS", "supplier.KA"], FIRST)
    path = (FIRST.issuing().certificate,)
    return update(device, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, what, path=path)


def with_what_it_holds(device: Meter) -> Message:
    what = replacements(["supplier.DS", "supplier.KA"], FIRST)
    path = (FIRST.issuing().certificate,)
    return update(device, MODE.SUPPLIER_BY_SUPPLIER, what, path=path)


def by_contingency(device: Meter) -> Message:
    what = replacements(["root.CS", "supplier.DS"], SECOND)
    return update(device, MODE.ANY_BY_CONTINGENCY, what)


CASES = (
    Case("first", {}, (by_recovery,)),
    Case("again on another device", {}, (by_recovery,)),
    Case("with cells that were replaced before", {}, (by_supplier, by_recovery)),
    Case("with what the cells hold", {}, (the_same_by_recovery, the_same_by_recovery)),
    Case("by another mode", {}, (the_same_by_recovery,)),
    Case("of a hub", {"device_type": DeviceType.CHF}, (of_a_hub,)),
    Case("without the hub's cell", {}, (of_a_hub,)),
    Case("of another role", {}, (in_another_cell,)),
    Case(
        "of another policy",
        {"policy": Policy(certificate_role="must-match-cell")},
        (in_another_cell,),
    ),
    Case("keys that go and return", {}, (the_same_by_recovery, back_by_recovery)),
    Case("with former keys", {}, (the_same_by_recovery, back_by_recovery, by_recovery)),
    Case("with another counter alone", {}, (with_what_it_holds, by_recovery)),
    Case("under a root that is replaced", {}, (by_contingency,)),
    Case("beneath another root", {"generation": SECOND}, (by_recovery,)),
)


def answers(device: Meter, messages: list[bytes]) -> Iterator[tuple[Any, bytes]]:
    for octets in messages:
        yield device.device.receive(octets), device.device.image()


@pytest.mark.parametrize("cases", [CASES, CASES[::-1]], ids=["forwards", "backwards"])
def test_devices_with_a_shared_memory_do_what_each_does_alone(cases: tuple[Case, ...]) -> None:
    verified = SignatureCache()
    for case in cases:
        sharing, alone = meter(**case.device, verified=verified), meter(**case.device)
        messages = [command(alone).build() for command in case.commands]
        found = list(answers(sharing, messages))
        assert found == list(answers(alone, messages)), case.name
        assert all(effects.refusal is None for effects, _ in found), case.name


@pytest.mark.parametrize("order", [1, -1])
def test_a_shared_memory_looks_at_the_periods_of_every_issuer_that_comes(order: int) -> None:
    """The one that expires chains as well as its renewed twin, and comes first."""
    end = DAY + timedelta(days=1)
    issuers = (
        SECOND_UNDER_FIRST.issuing(not_after=end).certificate,
        SECOND_UNDER_FIRST.issuing().certificate,
    )
    verified = SignatureCache()
    moments: list[datetime] = [DAY, end, end + timedelta(seconds=1), DAY + timedelta(days=9)]
    for moment in moments[::order]:
        for path in (issuers, issuers[:1], issuers[::-1]):
            sharing, alone = (
                meter(clock=Clock(moment), verified=each) for each in (verified, None)
            )
            messages = [by_recovery(alone, path=path).build()]
            assert list(answers(sharing, messages)) == list(answers(alone, messages))


def test_what_a_fleet_shares_holds_no_key_of_a_device() -> None:
    verified = SignatureCache()
    device = meter(verified=verified)
    device.device.receive(by_contingency(device).build())
    everything = pickle.dumps(vars(verified))
    keys = [key.private_key for key in device.device.machine.state.keys.values()]
    for secret in (*keys, FIRST.symmetric_key, device.device.machine.state.identity.seed):
        assert secret not in everything
    assert device.device.machine.state.root.cell.public_key in everything
