"""Fixtures of the board's tests."""

import pytest

from tests.board.c_certificates import CertificatesInC
from tests.board.host_library import host_library
from tests.board.language_in_c import LanguageInC
from tests.board.uses_in_c import UsesInC


@pytest.fixture(scope="session")
def language() -> LanguageInC:
    """The firmware's message and payload code."""
    return LanguageInC(host_library("language").raw)


@pytest.fixture(scope="session")
def firmware() -> CertificatesInC:
    """The firmware's certificate code."""
    return CertificatesInC(host_library("certificates").raw)


@pytest.fixture(scope="session")
def uses() -> UsesInC:
    """The firmware's code for tokens and the payloads of uses."""
    return UsesInC(host_library("uses").raw)
