"""Runs of pytest in these tests have our plugin, and pytest-embedded only where they ask for it."""

import pytest

from firmware_sim.hw.build.cache import VARIABLE, cache_folder


@pytest.fixture(scope="session")
def everybodys_cache() -> str:
    """Asked for before `pytester` gives a test a home of its own, in which nothing is built yet."""
    return str(cache_folder())


@pytest.fixture(autouse=True)
def without_pytest_embedded(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, everybodys_cache: str
) -> None:
    if "pytester" in request.fixturenames:
        request.getfixturevalue("pytester")  # it clears the variable first
        monkeypatch.setenv(VARIABLE, everybodys_cache)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:pytest_embedded")
