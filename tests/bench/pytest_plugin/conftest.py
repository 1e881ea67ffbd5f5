"""Runs of pytest in these tests have our plugin, and pytest-embedded only where they ask for it."""

import pytest


@pytest.fixture(autouse=True)
def without_pytest_embedded(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "pytester" in request.fixturenames:
        request.getfixturevalue("pytester")  # it clears the variable first
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:pytest_embedded")
