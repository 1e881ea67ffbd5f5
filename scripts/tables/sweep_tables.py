"""Markdown tables of the power-cut sweep: what is cut, and what the last counted run found."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.devices.profiles import PROFILES
from scripts.tables import table

COUNTS = Path(__file__).resolve().parents[2] / "docs" / "power-cuts.json"
"""What ``firmware-sim sweep run --json`` wrote; there only in a source tree."""

_ROWS = {
    "operations": "durable operations",
    "scenes": "operations on a certain part, with a roomy or a full journal",
    "flash_operations": "programs and erases in them",
    "cuts": "cuts",
    "states": "different flashes that these left",
    "second_cuts": "cuts of the recovery after a cut",
    "device_cuts": "cuts under a whole device, cryptography included",
    "word_cuts": "cuts of each word that the firmware programs, under a whole device",
    "flips": "single bits flipped at rest",
    "mixtures": "states that were neither before nor after",
    "faults": "findings of any check",
}


def operations_table() -> str:
    """How many operations of each family a device type has."""
    families = Counter(
        (each.device_type, name.split("/")[1]) for name, each in operations().items()
    )
    names = dict.fromkeys(family for _, family in families)
    rows = (
        (f"`{name}`", *(str(families[kind, name] or "") for kind in PROFILES)) for name in names
    )
    return table(("family", *(kind.name for kind in PROFILES)), rows)


def counts_table() -> str:
    """The counts of the run that the documentation holds."""
    counts = json.loads(COUNTS.read_text(encoding="utf-8"))
    rows = ((text, f"{counts[name]:,}") for name, text in _ROWS.items())
    return table(("what", "how many"), rows)


SWEEP_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"sweep-operations": operations_table, "sweep-counts": counts_table}
)
