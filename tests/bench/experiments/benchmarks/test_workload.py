"""What the device benchmark measures is carried out, not refused."""

import pytest

from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand, UpdateResponse
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import DeviceType


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload.prepare(1)


@pytest.mark.parametrize("mode", list(ReplacementMode)[8:10])
def test_a_command_names_its_authorising_cell_and_replaces_every_cell(
    workload: Workload, mode: ReplacementMode
) -> None:
    """Draft GBCS 0.8.1, 13.3: the cell is named in these modes always."""
    [octets] = workload.commands[mode]
    control = UpdateCommand.decode(parse_message(octets).payload).control
    assert control.authorising_cell == REPLACEMENT_RULES[mode].authorising_cell(DeviceType.ESME)
    effects = workload.device(0, P256Suite(), None).receive(octets)
    assert effects.refusal is None
    outcome = UpdateResponse.decode(parse_message(effects.messages[0]).payload).outcome
    assert outcome is not None
    assert {item.status for item in outcome.outcomes} == {StatusCode.SUCCESS}
