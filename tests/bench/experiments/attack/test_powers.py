"""Each compromised key can do what the mode table says, no more and no less: found by trying."""

from functools import cache
from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.attack.documents import read_powers
from firmware_sim.bench.experiments.attack.exploring import explore
from firmware_sim.bench.experiments.attack.origins import origins
from firmware_sim.bench.experiments.attack.powers import REPLAY, Powers
from firmware_sim.bench.experiments.attack.setup import TARGETS
from firmware_sim.bench.experiments.attack.stolen_keys import (
    CONTINGENCY_KEY,
    STOLEN_KEYS,
    SYMMETRIC_KEY,
)
from firmware_sim.bench.experiments.attack.updates import Effort
from firmware_sim.devices.profiles import PROFILES
from scripts.tables.attack_tables import POWERS
from tests.bench.experiments.attack.forgetting import keys_forgotten
from tests.bench.experiments.attack.mode_table import CONTINGENCY, ROOT, Expected

# What combines keys is explored by `make sweep`, and here before a few devices only.
ALONE = [
    name
    for name, stolen in STOLEN_KEYS.items()
    if len(stolen.keys) < 2 or stolen.keys == {CONTINGENCY_KEY, SYMMETRIC_KEY}
]
TOGETHER = [
    ("CHF", "accessControlBroker.DS + accessControlBroker.KA"),
    ("ESME", "supplier.KA.PP + accessControlBroker.KA"),
    ("GSME", "supplier.KA.PP + accessControlBroker.KA"),
    ("CHF", "wanProvider.DS + Root OCA via Broker"),
    ("HCALCS", "recovery.DS + Root OCA"),
    ("HCALCS", "supplier.DS + Issuing OCA via Broker"),
    ("ESME", "networkOperator.DS + device's own KA"),
    ("ESME with load controller", "accessControlBroker.KA + loadController.DS"),
    ("GSME", "Root OCA + Issuing OCA + Issuing DCA + contingency symmetric key"),
]
BY_SMKI = {"published", "successor", "enrolled", "expired", "next root"}


@cache
def explored(target: str, stolen: str) -> Powers:
    return explore(target, stolen, Effort.QUICK)


def check(target: str, stolen: str) -> None:
    powers, due = explored(target, stolen), Expected(target, stolen)
    where = f"{stolen} before {target}"
    assert powers.replaced == due.replaced(), where
    assert powers.taken == due.taken(), where
    assert powers.reached == due.reached(), where
    assert powers.lowered == due.lowered(), where
    assert powers.lowered_under_key == {}, where
    assert ordinary(powers.raised) == due.raised(), where
    assert powers.own_keys == due.own_keys(), where
    assert powers.credited == due.credited(), where
    assert powers.planted == due.planted(), where
    assert powers.cancelled == due.cancelled(), where
    assert powers.origins <= believable(stolen), where


def ordinary(ways: dict[str, set[str]]) -> dict[str, set[str]]:
    return {name: how for name, how in ways.items() if not name.endswith("top-up")}


def believable(stolen: str) -> set[str]:
    """The origins of certificates that a device may take: only a stolen authority adds any."""
    keys = STOLEN_KEYS[stolen].keys
    found = BY_SMKI | ({"forged by issuer"} if "Issuing OCA" in keys else set())
    if "Root OCA" in keys:
        found |= {"forged by root", "own root 1 linked by root", "own root 2 linked by root"}
    return found | ({"own root 1", "own root 2"} if keys >= CONTINGENCY else set())


@pytest.mark.parametrize("target", TARGETS)
def test_a_key_alone_or_with_the_broker_s_help_does_what_the_modes_allow(target: str) -> None:
    for stolen in ALONE:
        check(target, stolen)


@pytest.mark.parametrize(("target", "stolen"), TOGETHER)
def test_keys_together_do_what_the_modes_allow(target: str, stolen: str) -> None:
    check(target, stolen)


@pytest.mark.parametrize("target", TARGETS)
def test_without_a_key_nothing_changes(target: str) -> None:
    assert explored(target, "nothing").changes == 0


@pytest.mark.parametrize("target", TARGETS)
def test_a_recorded_command_alone_never_runs_again(target: str) -> None:
    for stolen in ("nothing", "recovery.DS", "accessControlBroker.KA"):
        ways = explored(target, stolen).replayed.values()
        assert REPLAY not in {way for each in ways for way in each}


@pytest.mark.parametrize("target", TARGETS)
def test_a_recorded_command_never_runs_again_after_its_key_returned(target: str) -> None:
    for stolen in ALONE:
        assert explored(target, stolen).replayed == {}


def test_a_recorded_command_runs_again_where_devices_forget_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the policy point is for, and proof that the return of keys is tried."""
    with keys_forgotten(monkeypatch):
        for stolen in ("recovery.DS", "transitionalCoS.DS via Broker", "supplier.DS via Broker"):
            powers = explore("ESME", stolen, Effort.QUICK)
            assert ordinary(powers.replayed) == ordinary(powers.lowered) != {}


def test_the_root_changes_by_root_modes_only() -> None:
    for target in TARGETS:
        for stolen in ALONE:
            modes = explored(target, stolen).replaced.get("root.CS", set())
            assert modes <= {"0", "1", "8", "9"}


def test_every_device_type_and_every_cell_s_key_is_there() -> None:
    assert {kind.device_type for kind in TARGETS.values()} == set(PROFILES)
    cells = {str(cell) for profile in PROFILES.values() for cell in profile.cells}
    alone = {
        name for stolen in STOLEN_KEYS.values() if len(stolen.keys) == 1 for name in stolen.keys
    }
    assert {cell for cell in cells if not cell.startswith(ROOT)} <= alone
    assert {each.needs for each in origins()} - {""} <= alone


@pytest.mark.parametrize("effort", [Effort.DEFAULT, Effort.FULL])
def test_more_effort_tries_more_and_finds_the_same(effort: Effort) -> None:
    for stolen in ("nothing", "wanProvider.DS via Broker"):
        more, few = explore("CHF", stolen, effort), explored("CHF", stolen)
        assert more.attempts > few.attempts
        found, known = more.as_json(), few.as_json()
        assert found == known


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b"{}", b'{"powers": 1}', b'{"powers": {"CHF": [1]}}', b"[" * 100_000]
)
def test_a_file_that_holds_no_powers_is_refused(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "powers.json"
    path.write_bytes(octets)
    with pytest.raises(UsageError, match="holds no powers"):
        read_powers(path)


def test_powers_without_end_are_refused_unread() -> None:
    with pytest.raises(UsageError, match="too many for a file of powers"):
        read_powers(Path("/dev/zero"))


def test_the_documented_powers_are_today_s() -> None:
    written = read_powers(POWERS)
    names = {target: set(by_loot) for target, by_loot in written.items()}
    assert names == {target: set(STOLEN_KEYS) for target in TARGETS}
    for target in ("CHF", "HCALCS"):
        for stolen in ALONE:
            assert explored(target, stolen).as_json() == written[target][stolen]
