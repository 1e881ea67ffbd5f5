"""What a frame trace does not show."""

import io

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.board.tracing import frame_trace
from firmware_sim.devices.links.board_protocol import FrameType
from firmware_sim.devices.links.framing import Frame
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType


def test_the_symmetric_key_of_a_contingency_command_is_blank() -> None:
    parties = AllParties()
    device = parties.device(parties.flash(DeviceType.ESME, Policy()), Policy())
    octets = parties.update(device, ReplacementMode.ANY_BY_CONTINGENCY, (ROOT_CELL,)).build()
    key = UpdateCommand.decode(parse_message(octets).payload).control.symmetric_key
    assert key
    file = io.StringIO()
    frame_trace(file).record("to board", Frame(FrameType.MESSAGE, 1, octets))
    assert key.hex() not in file.getvalue()
    assert octets[:40].hex() in file.getvalue()
