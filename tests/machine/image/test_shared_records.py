"""Records that are read once for all devices that have the same: only such as hold no secret."""

import pytest

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole
from firmware_sim.machine.image import soundness
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import (
    Counters,
    DeviceIdentity,
    DeviceKey,
    KeyState,
    Record,
)
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.soundness import sound_record

SECRET = bytes(range(32))


def kept(record: Record) -> bool:
    """Whether reading a record that was never read before leaves it in memory."""
    soundness._read_shared.cache_clear()  # it is bounded, and other tests may have filled it
    assert sound_record(*encode(record)) == record
    return soundness._read_shared.cache_info().currsize > 0


@pytest.mark.parametrize(
    "record",
    [
        DeviceIdentity(DeviceType.ESME, EntityId(b"\x5a" * 8), SECRET),
        DeviceKey(KeyUsage.DIGITAL_SIGNATURE, SECRET, b"\x04" + bytes(64), KeyState.ACTIVE),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_secret_is_not_kept_for_other_devices(record: Record) -> None:
    assert not kept(record)


def test_counters_are_kept_and_others_under_the_same_key_are_read_anew() -> None:
    assert kept(Counters(RemotePartyRole.SUPPLIER, 7_654_321))
    key, body = encode(Counters(RemotePartyRole.SUPPLIER, 1 << 63))
    with pytest.raises(ImageError):
        sound_record(key, body)
    assert sound_record(key, encode(Counters(RemotePartyRole.SUPPLIER, 5))[1]) == Counters(
        RemotePartyRole.SUPPLIER, 5
    )
