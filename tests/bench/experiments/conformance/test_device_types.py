"""Which kind of device an entity is taken for."""

from dataclasses import replace

import pytest

from firmware_sim.bench.experiments.conformance.device_types import DeviceTypes
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import USE_CASES
from tests.bench.experiments.conformance.own_set import DEVICE, query_command

CODES = {row.name: row.code for row in USE_CASES.values()}
OPERATOR = TrustAnchorCellId.parse("networkOperator.DS")
WAN = TrustAnchorCellId.parse("wanProvider.DS")


def about(name: str) -> Message:
    return replace(query_command(), code=CODES[name])


@pytest.mark.parametrize(
    ("names", "cells", "expected"),
    [
        (["ECS17b"], [], DeviceType.ESME),
        (["ECS35c", "CCS02"], [], DeviceType.CHF),
        (["DBCH04"], [], DeviceType.CHF),
        (["GCS07"], [], DeviceType.GSME),
        (["GCS07"], [OPERATOR], DeviceType.GPF),
        (["GCS07", "GCS59"], [], DeviceType.GPF),
        ([], [], DeviceType.ESME),
        ([], [WAN], DeviceType.CHF),
        (["ECS17b"], [WAN], DeviceType.ESME),
        (["CS02f"], [WAN], DeviceType.ESME),
        (["CS02c"], [WAN], DeviceType.CHF),
        (["GCS07", "CS02f"], [], DeviceType.GSME),
    ],
)
def test_type_follows_from_use_cases_then_cells(
    names: list[str], cells: list[TrustAnchorCellId], expected: DeviceType
) -> None:
    assert DeviceTypes(map(about, names)).of(DEVICE, cells) is expected


def test_what_a_device_sends_tells_as_much_as_what_it_is_sent() -> None:
    command = about("CCS02")
    response = replace(
        command, cra=CraFlag.RESPONSE, originator=command.target, target=command.originator
    )
    types = DeviceTypes([response])
    assert types.of(DEVICE, []) is DeviceType.CHF
    assert types.of(command.originator, []) is DeviceType.ESME


def test_code_without_a_name_tells_nothing() -> None:
    unknown = replace(query_command(), code=MessageCode(0xFFFF))
    assert DeviceTypes([unknown]).of(DEVICE, []) is DeviceType.ESME
