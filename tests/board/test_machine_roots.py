"""The firmware refuses the roots that the simulator refuses, in each mode that installs one."""

from collections.abc import Iterator

import pytest

from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.replacement import ReplacementMode
from tests.machine.commands.test_contingency import with_failing_root
from tests.machine.commands.test_contingency_roots import INSTALLING, UNUSABLE, root_command
from tests.support.answers import statuses
from tests.support.meter import meter
from tests.support.shadow import Shadow, shadowed


@pytest.fixture(scope="module")
def shadow() -> Iterator[Shadow]:
    with shadowed() as shadow:
        yield shadow
    assert shadow.counts["left alone"] == 0


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize("mode", INSTALLING, ids=lambda mode: mode.label)
def test_a_root_without_a_usable_new_contingency_key_is_refused_by_both(
    shadow: Shadow, mode: ReplacementMode, key: bytes | None
) -> None:
    esme = meter()
    effects = esme.device.receive(root_command(esme, mode, key).build())
    assert statuses(esme, effects) == [StatusCode.BAD_CERTIFICATE]


def test_a_root_that_is_not_accepted_fails_every_cell_of_both(shadow: Shadow) -> None:
    esme = meter()
    effects = esme.device.receive(with_failing_root(esme))
    assert statuses(esme, effects) == [StatusCode.NO_TRUST_ANCHOR, StatusCode.BAD_CERTIFICATE]
