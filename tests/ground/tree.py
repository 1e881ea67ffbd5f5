"""Where the tree stands, and what its pyproject.toml says."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
"""Where the tools of this environment are: they must be the pinned ones, not the machine's."""

FLOORS = ("gbcs", "firmware_sim", "devices", "bench", "hw")
PURE_FLOORS = ("gbcs", "firmware_sim", "devices")


def pyproject() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads(ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8"))


def pure_sources() -> Iterator[Path]:
    """The Python files of the pure floors: all of them but devices/links."""
    links = ROOT / "devices" / "links"
    for floor in PURE_FLOORS:
        for source in sorted(ROOT.joinpath(floor).rglob("*.py")):
            if not source.is_relative_to(links):
                yield source
