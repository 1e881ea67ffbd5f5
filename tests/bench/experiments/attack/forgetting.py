"""Devices under attack that forget the keys which they gave up, from the factory on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from firmware_sim.bench.experiments.attack import exploring, history
from firmware_sim.bench.experiments.attack.link import shadowed_device
from firmware_sim.bench.experiments.attack.setup import TARGETS
from firmware_sim.gbcs.policy import Policy


@contextmanager
def keys_forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every kind of device under the policy `returning_key=forgotten`, while it lasts."""
    policy = Policy(returning_key="forgotten")
    forgetful = {name: kind._replace(policy=policy) for name, kind in TARGETS.items()}
    history.history_of.cache_clear()
    with monkeypatch.context() as patch:
        for module in (exploring, history, shadowed_device):
            patch.setattr(module, "TARGETS", forgetful)
        yield
    history.history_of.cache_clear()
