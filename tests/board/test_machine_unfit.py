"""Authentic commands that are not carried out, and the same without the key, by both devices."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.ports import ClockReliability
from tests.machine.commands.unfit_updates import UNFIT
from tests.support.commands import MODE, by_recovery, replacements, supplier_by_supplier, update
from tests.support.meter import DAY, meter
from tests.support.pki import key
from tests.support.shadow import Shadow, shadowed

DUE = DAY.replace(year=2027)


@pytest.fixture(scope="module")
def shadow() -> Iterator[Shadow]:
    with shadowed() as shadow:
        yield shadow
    assert shadow.counts["left alone"] == 0


@pytest.mark.parametrize("name", UNFIT)
def test_an_authentic_unfit_update_is_treated_alike_and_spent_by_both(
    shadow: Shadow, name: str
) -> None:
    make, *_ = UNFIT[name]
    esme = meter()
    octets = make(esme).build()
    for _ in range(2):
        assert esme.device.receive(octets).refusal is not None


@pytest.mark.parametrize("name", UNFIT)
def test_without_the_key_both_say_the_same_of_it(shadow: Shadow, name: str) -> None:
    make, *_ = UNFIT[name]
    esme = meter()
    assert esme.device.receive(make(esme, signer=key("stranger")).build()).refusal is not None


def test_a_command_that_finds_no_place_is_spent_by_both(shadow: Shadow) -> None:
    esme = meter()
    for mode, name in (
        (MODE.SUPPLIER_BY_SUPPLIER, "supplier.DS"),
        (MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR, "networkOperator.DS"),
        (MODE.ACB_BY_ACB, "accessControlBroker.KA"),
        (MODE.TRANS_COS_BY_TRANS_COS, "transitionalCoS.DS"),
    ):
        command = update(esme, mode, replacements([name]), execution=DUE)
        assert esme.device.receive(command.build()).refusal is None
    busy = by_recovery(esme, execution=DUE).build()
    for _ in range(2):
        assert esme.device.receive(busy).refusal is not None


def test_both_let_a_command_wait_while_the_clock_is_invalid(shadow: Shadow) -> None:
    esme = meter()
    assert esme.device.receive(supplier_by_supplier(esme, execution=DUE).build()).messages
    esme.clock.time, esme.clock.reliability = DUE, ClockReliability.INVALID
    assert esme.device.tick().messages == ()
    esme.clock.reliability = ClockReliability.UNRELIABLE
    assert len(esme.device.tick().messages) == 1


@pytest.mark.parametrize("execution", [NEVER, DUE.replace(year=2028)])
def test_both_carry_out_what_was_due_before_it_was_withdrawn(
    shadow: Shadow, execution: datetime
) -> None:
    esme = meter()
    assert esme.device.receive(supplier_by_supplier(esme, execution=DUE).build()).messages
    esme.clock.time = DUE
    later = update(
        esme, MODE.SUPPLIER_BY_SUPPLIER, replacements(["supplier.KA"]), execution=execution
    )
    assert esme.device.receive(later.build()).messages
    assert len(esme.device.tick().messages) == 1
