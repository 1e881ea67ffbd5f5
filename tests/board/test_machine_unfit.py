"""Authentic commands that are not carried out, and the same without the key, by both devices."""

from collections.abc import Iterator

import pytest

from tests.machine.commands.unfit_updates import UNFIT
from tests.support.commands import MODE, by_recovery, replacements, update
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
