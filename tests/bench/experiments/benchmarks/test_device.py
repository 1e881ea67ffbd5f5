"""The device benchmark measures what it says, and each device pays for its own key."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from firmware_sim.bench.experiments.benchmarks.device import measure_device
from firmware_sim.gbcs.crypto import forget_private_keys

DEVICES, ROUNDS = 2, 2


def test_every_figure_is_there_and_the_operations_are_those_of_the_specification() -> None:
    """Mode 8: the command, seven parties' certificates, their issuer; and the response."""
    measured = measure_device(1, 1)
    assert set(measured.lives) == {"provision", "power on"}
    assert min((*measured.raw.values(), *measured.lives.values())) > 0
    warm = {item.mode.value: item.operations for item in measured.handlings if item.shared_cache}
    assert warm == {8: {"verify": 1, "sign": 1}, 9: {"verify": 1, "sign": 1}}


def test_each_device_makes_its_own_key_again_for_every_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    whole = ec.EllipticCurvePrivateNumbers.private_key

    def counted(
        numbers: ec.EllipticCurvePrivateNumbers, backend: object = None
    ) -> ec.EllipticCurvePrivateKey:
        made.append(numbers.private_value)
        return whole(numbers, backend)

    monkeypatch.setattr(ec.EllipticCurvePrivateNumbers, "private_key", counted)
    forget_private_keys()
    measure_device(DEVICES, ROUNDS)
    # Two modes, with and without a shared memory.
    assert all(made.count(value) >= 4 * ROUNDS for value in set(made))
    assert len(set(made)) == DEVICES
