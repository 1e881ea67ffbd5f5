"""Records of the uses of keys that no device writes: a device does not start from them."""

import pytest

from firmware_sim.gbcs.uses import ObjectName
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import Record, RecordKey, RecordKind
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.soundness import LATEST, sound_record
from firmware_sim.machine.image.use_records import (
    Activation,
    MeterState,
    Register,
    TopUp,
    TopUpFlag,
)

NAME = ObjectName(1, 2, bytes(6))
BOTH = TopUpFlag.CREDITED | TopUpFlag.ANSWERED

SOUND: dict[str, Record] = {
    "a counter": TopUp(99, (1 << 31) - 1, BOTH),
    "a meter": MeterState(-(1 << 31) + 1, supply_state=2, cache_head=99, entry_failures=255),
    "a held image": MeterState(image_held=True),
    "a register": Register(31, NAME, bytes(138)),
    "a failing register": Register(0, NAME, b"", 255),
    "an activation": Activation(LATEST, (1 << 63) - 1, bytes(8), bytes(32)),
}
UNSOUND: dict[str, Record] = {
    "a place beyond the ring": TopUp(100, 1, BOTH),
    "a counter of 64 bits": TopUp(0, 1 << 31, BOTH),
    "a counter under which nothing happened": TopUp(0, 1, TopUpFlag(0)),
    "a flag that there is not": TopUp(0, 1, TopUpFlag(4)),
    "a balance that no answer shows": MeterState(1 << 31),
    "a debt that no answer shows": MeterState(-(1 << 31)),
    "a head beyond the ring": MeterState(cache_head=100),
    "a supply state that there is not": MeterState(supply_state=3),
    "a hash of no image": MeterState(image_hash=b"\x01" * 32),
    "a register too many": Register(32, NAME, b""),
    "a value of a failing register": Register(0, NAME, b"\x00", 1),
    "a time after all times": Activation(LATEST + 1, 0, bytes(8), bytes(32)),
    "a counter that is no SeqNumber": Activation(0, 1 << 63, bytes(8), bytes(32)),
}


@pytest.mark.parametrize("case", SOUND)
def test_what_a_device_writes_is_read(case: str) -> None:
    assert sound_record(*encode(SOUND[case])) == SOUND[case]


@pytest.mark.parametrize("case", UNSOUND)
def test_what_no_device_writes_is_refused(case: str) -> None:
    with pytest.raises(ImageError):
        sound_record(*encode(UNSOUND[case]))


@pytest.mark.parametrize("kind", [RecordKind.METER, RecordKind.ACTIVATION])
def test_there_is_one_of_what_there_is_one_of(kind: RecordKind) -> None:
    record = {RecordKind.METER: SOUND["a meter"], RecordKind.ACTIVATION: SOUND["an activation"]}
    _, body = encode(record[kind])
    with pytest.raises(ImageError):
        sound_record(RecordKey(kind, 1), body)


def test_octets_behind_a_value_or_in_padding_are_refused() -> None:
    key, body = encode(SOUND["a failing register"])
    with pytest.raises(ImageError):
        sound_record(key, body[:-1] + b"\x01")
    key, body = encode(SOUND["a counter"])
    with pytest.raises(ImageError):
        sound_record(key, body[:-1] + b"\x01")
