"""``record.json`` read again: of this version and of those before, as one form."""

import json
from pathlib import Path
from typing import Any, Final

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.in_full import COLUMNS
from firmware_sim.bench.evidence.record_json import FORMAT
from firmware_sim.bench.files.whole_files import read_bounded

FIRST_FORMAT: Final = "firmware-sim/record/1"
SECOND_FORMAT: Final = "firmware-sim/record/2"

_MOST_OCTETS: Final = 1 << 30
_NOT_KNOWN: Final = (
    *("event", "relevant_devices", "decision", "exposure", "costs", "declared"),
    *("device_outcomes", "attack", "prices"),
)
_NO_OTHERS: Final[dict[str, list[Any]]] = {"columns": list(COLUMNS), "rows": [], "cell_codes": []}
_NONE_TOLD: Final = ("waves", "attacked", "claims", "breach", "procedure_faults", "not_recovered")


def read_record_file(path: Path) -> dict[str, Any]:
    """The values of a ``record.json``, as ``firmware-sim/record/3`` has them.

    What version 1 did not know is null, or an empty list. Version 2 had every device in full.

    Raises:
        UsageError: it cannot be read, or is of another version; names the version.
    """
    octets = read_bounded(path, _MOST_OCTETS, "record.json")
    try:
        content = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no JSON", "make the report again") from error
    version = content.get("format") if isinstance(content, dict) else None
    if version == FORMAT:
        return dict(content)
    if version == SECOND_FORMAT:
        return {**content, "format": FORMAT, "other_devices": _NO_OTHERS}
    if version != FIRST_FORMAT:
        known = f"{FIRST_FORMAT} to {FORMAT}"
        raise UsageError(f"{path} has format {version!r:.80}, not {known}", "use a newer version")
    try:
        return _from_first(content)
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is no {FIRST_FORMAT}", "make the report again") from error


def _from_first(content: dict[str, Any]) -> dict[str, Any]:
    run = dict(content["run"])
    run |= {"holds_keys": run.pop("with_keys"), "procedure_verdict": None, "devices_verdict": None}
    clauses = [
        {"clause": each["reference"], "text": each["text"], "earned_by": []}
        for each in content["clauses"]
    ]
    return {
        **content,
        "format": FORMAT,
        "other_devices": _NO_OTHERS,
        "verdicts": {"procedure": None, "devices": None},
        **dict.fromkeys(_NOT_KNOWN),
        **{name: [] for name in _NONE_TOLD},
        "outcome_by_device_type_and_cell": {},
        "run": run,
        "clauses": clauses,
        "inputs": [],
    }
