"""For all tests: the reference set, and no silent skip under ``CI=true``."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.ready_made import firmware_for
from firmware_sim.hw.errors import HardwareError
from tests.requirements import reference_set, require_engine, require_tool, skips_are_errors

# A worker of xdist is started with it, and a console that finds it keeps that width for good:
# what a test sets for one command would not count.
os.environ.pop("COLUMNS", None)


# The README's test command draws the same examples every time: a red run must mean the change.
# Fresh ones are drawn by `make fuzz` and `make fuzz-long`, which keep those that fail.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile(
    "fresh",
    database=DirectoryBasedExampleDatabase("runs/fuzz/examples"),
    deadline=None,
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def rtds() -> Path:
    """The reference messages (GBCS_RTDS)."""
    return reference_set()


@pytest.fixture(scope="session")
def emulated_board_tools() -> None:
    """The emulator, and firmware for the board that it runs."""
    require_tool("qemu-system-arm")
    try:
        firmware_for(board_named("mps2-an385"))
    except HardwareError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def engine() -> None:
    """The native engine."""
    require_engine()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs an emulated board is slow: `make test-slow` runs it, and CI does."""
    for item in items:
        if "emulated_board_tools" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skipped did not run; an expected failure (xfail) did."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and skips_are_errors():
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module can skip as a whole, and then none of its tests is even known."""
    report = yield
    if report.skipped and skips_are_errors():
        _fail(report)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"a skip is an error under CI=true: {reason}"
