"""Authentic commands with any payload: a device answers or refuses, and gives no credit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS01A, CS01B
from firmware_sim.gbcs.uses import USES
from tests.machine.uses.test_top_up import held
from tests.support.meter import Meter, meter
from tests.support.uses import STEP, sample, use

CASES = [
    (device_type, code)
    for device_type in (DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF)
    for code in USES
    if executes(device_type, code)
]


def asking(device: Meter, code: MessageCode) -> str:
    row, cells = USES[code], device.device.cells()
    usage = KeyUsage.DIGITAL_SIGNATURE if row.signed else KeyUsage.KEY_AGREEMENT
    names = (TrustAnchorCellId(role, usage) for role in row.askers)
    return str(next(name for name in names if name in cells))


@pytest.mark.parametrize(("device_type", "code"), CASES)
def test_every_use_case_is_answered_by_the_devices_that_have_it(
    device_type: DeviceType, code: MessageCode
) -> None:
    device = meter(device_type)
    effects = device.device.receive(sample(device, code, asking(device, code)).build())
    assert (effects.refusal, len(effects.messages)) == (None, 1)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(CASES), st.data())
def test_an_authentic_command_with_a_spoilt_payload_neither_raises_nor_gives_credit(
    case: tuple[DeviceType, MessageCode], data: st.DataObject
) -> None:
    device_type, code = case
    device = meter(device_type)
    name = asking(device, code)
    good = sample(device, code, name).payload
    place = data.draw(st.integers(0, len(good) - 1))
    behind = data.draw(st.binary(max_size=12))
    cut = data.draw(st.sampled_from([place + len(behind), place + 1, len(good)]))
    counter = 5 * STEP if code in (CS01A, CS01B) else 900_000
    spoilt = good[:place] + behind + good[cut:]
    effects = device.device.receive(use(device, code, spoilt, name, counter=counter).build())
    assert effects.messages or effects.refusal
    state = held(device)
    assert state.meter.balance in (0, 1_250_000 if spoilt == good else 0)
    assert state.cells.keys() == device.device.cells().keys()
