"""Versions of everything that can change what a run does."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("firmware-sim", "cryptography", "construct", "aiomqtt", "amqtt")


def versions() -> dict[str, str]:
    """Name -> version, of what is installed."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found | {"Python": platform.python_version()}
