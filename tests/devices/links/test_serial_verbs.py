"""What can be asked of a board, as the octets that the protocol document gives it."""

from pathlib import Path

import pytest

from firmware_sim.devices.links.board import CUT_TORN, Board, StagedRecord
from firmware_sim.devices.links.board_errors import DeclinedError, DeviceFaultError
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import Measurement, Statistics, StoreResult
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.ports import ClockReliability
from tests.support.fake_board import FakeBoard, FakeStream, PtyBoard

ENTITY = EntityId(bytes(range(0x10, 0x18)))
RECORDS = [
    StagedRecord(1, 0, b"\x01" + ENTITY + bytes(47)),
    StagedRecord(4, 0x0240, bytes(range(120))),
    StagedRecord(7, 0, bytes(24)),
]


@pytest.fixture
def fake() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def board(fake: FakeBoard) -> Board:
    return Board(BoardPort(lambda: FakeStream(fake), Patience(reconnect=0)))


def test_provisioning_stages_every_record_in_order(fake: FakeBoard, board: Board) -> None:
    with board:
        boot = board.provision(1, ENTITY, RECORDS)
    assert fake.staged == [tuple(record) for record in RECORDS]
    assert (boot.device_type, boot.entity, boot.store) == (1, ENTITY, StoreResult.OK)


def test_a_provisioned_board_is_erased_first(board: Board) -> None:
    with board:
        board.provision(1, ENTITY, RECORDS)
        with pytest.raises(DeclinedError, match="RECORD: provisioned"):
            board.provision(1, ENTITY, RECORDS)
        assert board.erase().entity is None
        assert board.provision(2, ENTITY, RECORDS).device_type == 2


def test_a_store_that_does_not_come_up_is_the_devices_fault(fake: FakeBoard, board: Board) -> None:
    fake.does[6] = lambda _payload: b"\x03"
    with board, pytest.raises(DeviceFaultError, match="after PROVISION the board's store says FAI"):
        board.provision(1, ENTITY, RECORDS)


def test_the_clock_is_set_as_it_is_given(fake: FakeBoard, board: Board) -> None:
    with board:
        board.set_clock(1_700_000_000, ClockReliability.UNRELIABLE, runs=True)
        assert fake.clock == (1_700_000_000, 1, 1)
        board.set_clock(5)
        assert fake.clock == (5, 0, 0)


def test_a_cut_is_armed_as_it_is_given(fake: FakeBoard, board: Board) -> None:
    with board:
        board.cut(0x0102, CUT_TORN, 0xFFFF0000)
    assert fake.cut == (0x0102, 2, 0xFFFF0000)


def test_the_flash_is_read_in_whole_and_in_part(fake: FakeBoard, board: Board) -> None:
    fake.flash[:] = bytes(range(256)) * 32
    with board:
        assert board.read_flash() == bytes(fake.flash)
        assert board.read_flash(100, 5000) == bytes(fake.flash[100:5100])
        with pytest.raises(DeclinedError, match="bad value"):
            board.read_flash(8000, 500)


def test_digest_statistics_and_measurements_are_read(board: Board) -> None:
    with board:
        board.provision(1, ENTITY, RECORDS)
        assert board.digest() == (bytes(range(32)), 3)
        assert board.statistics() == Statistics(*range(11))
        assert board.measure(Measurement.VERIFY, 7) == 700


def test_record_body_is_not_in_the_repr() -> None:
    assert repr(StagedRecord(3, 1, b"secret")) == "StagedRecord(3, 1, 6 octets)"


def test_every_request_works_through_a_pseudo_terminal(tmp_path: Path) -> None:
    fake = FakeBoard(lambda octets: (octets,))
    with PtyBoard(fake) as pty:
        streams = serial_streams(pty.path, lock_folder=tmp_path)
        with Board(BoardPort(streams)) as board:
            board.provision(1, ENTITY, RECORDS)
            large = bytes(range(256)) * 32
            assert board.message(large).messages == (large,)
            assert board.reset().boots == 2


def test_pseudo_terminal_that_dies_is_reported_in_one_line(tmp_path: Path) -> None:
    fake = FakeBoard()
    with PtyBoard(fake) as pty:
        streams = serial_streams(pty.path, lock_folder=tmp_path)
        with Board(BoardPort(streams, Patience(sign=0.1, reconnect=0.2))) as board:
            pty.unplug()
            with pytest.raises(LinkError, match="did not come back") as error:
                board.hello()
    assert "\n" not in str(error.value)
    assert not isinstance(error.value, DeviceFaultError)
