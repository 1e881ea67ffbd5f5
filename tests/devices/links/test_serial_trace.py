"""The record of frames: complete, readable, and without secrets."""

import io
import itertools
import json
from typing import Any

from firmware_sim.devices.links.board import Board, StagedRecord
from firmware_sim.devices.links.board_port import BoardPort
from firmware_sim.devices.links.board_protocol import StoreResult
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.gbcs.identifiers import EntityId
from tests.support.fake_board import FakeBoard, FakeStream

ENTITY = EntityId(bytes(range(0x10, 0x18)))
SECRET = bytes(range(0xA0, 0xC0))


def traced(fake: FakeBoard) -> tuple[Board, io.StringIO, FakeStream]:
    file, clock = io.StringIO(), itertools.count(1)
    stream = FakeStream(fake)
    trace = FrameTrace(file, lambda: next(clock) / 4)
    return Board(BoardPort(lambda: stream, trace=trace)), file, stream


def lines(file: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.getvalue().splitlines()]


def test_every_frame_is_recorded_with_its_time_and_direction() -> None:
    board, file, _ = traced(FakeBoard(lambda octets: (octets,), store=StoreResult.OK))
    with board:
        board.message(b"\xdf\x09")
    greeting = ("BOOT", "HELLO", "HELLO answer")
    record = [line for line in lines(file) if line["type"] not in greeting]
    types = [(line["direction"], line["type"]) for line in record]
    assert types == [
        ("to board", "MESSAGE"),
        ("from board", "WORKING"),
        ("from board", "MESSAGE answer"),
    ]
    assert record[0]["hex"] == "df09"
    assert record[0]["sequence"] == record[2]["sequence"]
    times = sorted(line["at"] for line in lines(file))
    assert times == [n / 4 for n in range(1, len(times) + 1)]


def test_private_keys_seeds_and_the_flash_are_left_out() -> None:
    board, file, _ = traced(FakeBoard())
    with board:
        identity = StagedRecord(1, 0, b"\x01" + ENTITY + SECRET + bytes(15))
        key = StagedRecord(3, 1, b"\x01" + SECRET + bytes(71))
        cell = StagedRecord(4, 0x0200, b"\x02" * 120)
        board.provision(1, ENTITY, [identity, key, cell])
        assert SECRET in board.read_flash()
    assert SECRET.hex() not in file.getvalue()
    assert SECRET[:8].hex() not in file.getvalue()
    staged = [line for line in lines(file) if line["type"] == "RECORD"]
    assert [line.get("redacted_octets") for line in staged] == [59, 107, None]
    assert staged[2]["hex"].endswith("02" * 120)
    flash = [line for line in lines(file) if line["type"] == "READ answer"]
    assert [line["redacted_octets"] for line in flash] == [4096, 4096]


def test_a_spoilt_frame_is_counted_but_not_shown() -> None:
    board, file, stream = traced(FakeBoard())
    with board:
        stream.inject(b"\x05" + SECRET + b"\x00")
        board.hello()
    (bad,) = [line for line in lines(file) if line["type"] == "bad"]
    assert bad["redacted_octets"] == 33
    assert bad["reason"] == "no COBS"
    assert SECRET.hex() not in file.getvalue()


def test_payloads_that_the_callers_function_redacts_are_left_out() -> None:
    file = io.StringIO()
    trace = FrameTrace(file, lambda: 0.0, lambda octets: octets.replace(SECRET, bytes(32)))
    fake = FakeBoard(lambda octets: (octets,), store=StoreResult.OK)
    with Board(BoardPort(lambda: FakeStream(fake), trace=trace)) as board:
        board.message(b"\x01" + SECRET)
    assert SECRET.hex() not in file.getvalue()
    assert ("01" + "00" * 32) in file.getvalue()
