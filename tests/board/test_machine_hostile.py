"""Hostile messages, by simulator and firmware alike; the firmware under the sanitizers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.cases import Case, all_cases, octets_of
from tests.fuzz.mutator import mutate
from tests.fuzz.seeds import own_seeds, reference_seeds
from tests.fuzz.target import DEVICES, fresh, split
from tests.support.sanitized_device import SanitizedDevice
from tests.support.shadow import Shadow, shadowed

_LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_MUTATIONS = 300
_MAX_OCTETS = 9000
_MARKS = (b"\x00" * 4, b"\xff" * 4, b"\x30\x80", b"\x82\x00\x00", b"\x01", b"\x7f", b"\x80")
_CASES = dict(all_cases())


@pytest.fixture(scope="module")
def shadow() -> Iterator[Shadow]:
    with shadowed(SanitizedDevice) as shadow:
        yield shadow
    assert shadow.counts["left alone"] == 0


@cache
def seeds() -> tuple[bytes, ...]:
    return tuple(own_seeds())


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_firmware_does_the_same_as_the_simulator_on_hostile_cases(
    shadow: Shadow, case: Case
) -> None:
    for device_type in DEVICES:
        target = fresh(device_type)
        target.device.receive(octets_of(case, device_type))


def test_firmware_does_the_same_as_the_simulator_on_every_credential_command(
    shadow: Shadow,
) -> None:
    accepted = sum(_outlives(data) for data in seeds())
    assert accepted > len(seeds()) / 2


def test_firmware_does_the_same_as_the_simulator_on_reference_messages(
    shadow: Shadow, rtds: Path
) -> None:
    """Most are for another device, and it is enough that both say so."""
    inputs = tuple(reference_seeds(rtds))
    accepted = sum(_outlives(data) for data in inputs[:: len(inputs) // 150])
    assert accepted > 0


@pytest.mark.parametrize("seed", range(2))
def test_firmware_does_the_same_as_the_simulator_on_mutated_messages(
    shadow: Shadow, seed: int
) -> None:
    random = Random(seed)
    accepted = 0
    for _ in range(_MUTATIONS):
        data = mutate(random.choice(seeds()), _MAX_OCTETS, random.getrandbits(32), _changed)
        accepted += bool(data) and _outlives(data)
    # Enough get past authentication to say something of what lies behind it.
    assert accepted > _MUTATIONS / 50


def _outlives(data: bytes) -> bool:
    """Whether an input is accepted; then it is sent again, and every waiting command falls due."""
    device_type, octets = split(data)
    target = fresh(device_type)
    if target.device.receive(octets).refusal is not None:
        return False
    target.device.receive(octets)
    target.device.power_on()
    target.clock.time = _LATEST
    target.device.tick()
    return True


def _changed(octets: bytes, most: int) -> bytes:
    random = Random(octets)
    changed = bytearray(octets)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(changed) + 1)
        match random.randrange(4):
            case 0 if at < len(changed):
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                mark = random.choice(_MARKS)
                changed[at : at + len(mark)] = mark
            case 2:
                changed[at:at] = random.randbytes(random.choice((1, 1, 2, 8)))
            case _:
                del changed[at : at + random.choice((1, 1, 2, 8))]
    return bytes(changed[:most])
