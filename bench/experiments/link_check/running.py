"""Whether the machine of a board runs, by its boot record (hw/PROTOCOL.md, 5.2 and 6.1)."""

from typing import Final

from firmware_sim.devices.links.board_protocol import BootRecord, StoreResult

RUNS_MEND: Final = (
    "decline MESSAGE with NOT_RUNNING only while store and self_test say that nothing runs"
)
RESTS_MEND: Final = (
    "decline it with NOT_RUNNING while the store is not OK or the self-test failed; a firmware "
    "without a store gives 0 (OK)"
)


def why_it_does_not_run(boot: BootRecord) -> str:
    """By its boot record; empty if that does not say so."""
    if boot.store is not StoreResult.OK:
        return f"the store is {boot.store.name}"
    return "" if boot.self_test_passed else "the self-test failed"


def why_it_runs(boot: BootRecord) -> str:
    """By its boot record; empty if that does not say so. No device type may mean: not known."""
    if why_it_does_not_run(boot) or boot.device_type is None:
        return ""
    return (
        "by the boot record the machine runs: a good self-test, a store that is OK, a device type"
    )
