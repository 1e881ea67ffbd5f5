"""What a frame trace does not show."""

import io

from bench.sweep.workshop import Workshop
from bench.targets.tracing import frame_trace
from devices.links.board_protocol import FrameType
from devices.links.framing import Frame
from gbcs.message import parse_message
from gbcs.payloads.update_credentials import UpdateCommand
from gbcs.policy import Policy
from gbcs.replacement import ReplacementMode
from gbcs.roles import ROOT_CELL, DeviceType


def test_the_symmetric_key_of_a_contingency_command_is_blank() -> None:
    shop = Workshop()
    device = shop.device(shop.flash(DeviceType.ESME, Policy()), Policy())
    octets = shop.update(device, ReplacementMode.ANY_BY_CONTINGENCY, (ROOT_CELL,)).build()
    key = UpdateCommand.decode(parse_message(octets).payload).control.symmetric_key
    assert key
    file = io.StringIO()
    frame_trace(file).record("to board", Frame(FrameType.MESSAGE, 1, octets))
    assert key.hex() not in file.getvalue()
    assert octets[:40].hex() in file.getvalue()
