"""Stock tshark reads the blocks that we cut, and puts them together to the same message."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_sim.bench.evidence.pcap import Captured, write_pcap
from firmware_sim.gbcs.block_transfer import split_message
from firmware_sim.gbcs.blocks import Block, parse_block
from firmware_sim.gbcs.message import parse_message
from tests.tshark.commands import built
from tests.tshark.comparison import differences
from tests.tshark.dissection import Frame, dissect

_AT = datetime(2026, 3, 2, tzinfo=UTC)
_ROUTING = "gbcs_message.routing_header."
_BLOCK = "gbcs_message.gbt_header."


def _shown(frame: Frame) -> dict[str, object]:
    fields = frame.fields
    return {
        "cra": int(fields[f"{_ROUTING}cra_flag"], 16),
        "counter": int(fields[f"{_ROUTING}originator_counter"]),
        "originator": fields[f"{_ROUTING}business_originator_id"],
        "target": fields[f"{_ROUTING}business_target_id"],
        "code": int(fields[f"{_ROUTING}message_code"], 16),
        "number": int(fields[f"{_BLOCK}block_number"]),
        "acknowledged": int(fields[f"{_BLOCK}block_number_ack"]),
        "last": fields[f"{_BLOCK}block_control.last_block"] in {"1", "True"},
        "streaming": fields[f"{_BLOCK}block_control.streaming"] in {"1", "True"},
        "window": int(fields[f"{_BLOCK}block_control.window"], 0),
    }


def _read(block: Block) -> dict[str, object]:
    return {
        "cra": int(block.route.cra),
        "counter": block.route.counter,
        "originator": block.route.originator.hex(":"),
        "target": block.route.target.hex(":"),
        "code": int(block.route.code),
        "number": block.number,
        "acknowledged": block.acknowledged,
        "last": block.last,
        "streaming": block.streaming,
        "window": block.window,
    }


@pytest.mark.parametrize("size", [100, 700, 1900])
def test_blocks_are_read_and_put_together(pki: Path, tmp_path: Path, size: int) -> None:
    octets = built(pki, tmp_path, "CS02b", "mode: supplierBySupplier\ncells: [supplier]")
    blocks = split_message(octets, size)
    assert len(blocks) > 1
    write_pcap(tmp_path / "blocks.pcap", [Captured(_AT, block) for block in blocks])
    frames = dissect(tmp_path / "blocks.pcap", tmp_path)
    assert [_shown(frame) for frame in frames] == [_read(parse_block(block)) for block in blocks]
    assert differences(parse_message(octets), frames[-1]) == []
    assert frames[-1].fields["gbcs_message.gbt.reassembled.length"] == str(len(octets))
    assert not any("gbcs_message.krp" in frame.fields for frame in frames[:-1])


def test_a_lost_block_leaves_no_message(pki: Path, tmp_path: Path) -> None:
    octets = built(pki, tmp_path, "CS02b", "mode: supplierBySupplier\ncells: [supplier]")
    first, _, *others = split_message(octets, 700)
    write_pcap(tmp_path / "lost.pcap", [Captured(_AT, block) for block in (first, *others)])
    frames = dissect(tmp_path / "lost.pcap", tmp_path)
    assert differences(parse_message(octets), frames[-1]) != []
