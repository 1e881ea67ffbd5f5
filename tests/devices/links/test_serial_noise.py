"""Line noise: seeded, in both directions, and never more than trouble."""

import random

import pytest

from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import FrameType, StoreResult
from firmware_sim.devices.links.faults import Noise, NoisyStream
from firmware_sim.devices.links.link import LinkError
from tests.support.fake_board import FakeBoard, FakeStream


def spoilt(noise: Noise, seed: int, octets: bytes) -> bytes:
    stream = FakeStream(FakeBoard(), powers_on=False)
    NoisyStream(stream, noise, seed).write(octets)
    return stream.written


def test_the_same_seed_makes_the_same_noise() -> None:
    noise, octets = Noise(0.05, 0.05, 0.05), bytes(range(256))
    assert spoilt(noise, 1, octets) == spoilt(noise, 1, octets)
    assert spoilt(noise, 1, octets) != spoilt(noise, 2, octets)


def test_stream_without_noise_is_unchanged() -> None:
    assert spoilt(Noise(), 1, bytes(range(256))) == bytes(range(256))


def test_each_kind_of_noise_does_what_its_name_says() -> None:
    octets = bytes(1000)
    assert spoilt(Noise(drop=1), 1, octets) == b""
    flipped = spoilt(Noise(flip=1), 1, octets)
    assert len(flipped) == 1000
    assert all(octet.bit_count() == 1 for octet in flipped)
    inserted = spoilt(Noise(insert=1), 1, octets)
    assert len(inserted) == 2000
    assert inserted[::2] == octets


@pytest.mark.parametrize("seed", range(2))
def test_answers_come_through_noise_and_no_request_is_carried_out_twice(seed: int) -> None:
    fake = FakeBoard(lambda octets: (octets,), store=StoreResult.OK)
    stream = NoisyStream(FakeStream(fake), Noise(0.0006, 0.0006, 0.0006), seed)
    messages = [random.Random(n).randbytes(n * 7) for n in range(1, 31)]
    patience = Patience(sign=0.05, answer=0.3, attempts=9)
    with Board(BoardPort(lambda: stream, patience)) as board:
        assert [board.message(octets).messages for octets in messages] == [
            (octets,) for octets in messages
        ]
    assert fake.executed.count(FrameType.MESSAGE) == 30
    assert stream.faults > 0


def test_request_through_too_much_noise_ends_in_time() -> None:
    fake = FakeBoard(lambda octets: (octets,), store=StoreResult.OK)
    quiet = FakeStream(fake)
    stream = NoisyStream(quiet, Noise(), 1)
    with Board(BoardPort(lambda: stream, Patience(sign=0.05, answer=0.2, attempts=4))) as board:
        stream._noise = Noise(flip=0.2)
        with pytest.raises(LinkError, match=r"spoils frames|no board answers"):
            board.message(bytes(200))
