"""Where words go: results to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Mapping, Sequence

from rich.console import Console

stdout = Console()
stderr = Console(stderr=True)


def print_json(value: Mapping[str, object] | Sequence[object]) -> None:
    """One JSON document, alone on standard output (``--json``)."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def human(*, json_wanted: bool) -> Console:
    """The console for words: standard error if standard output belongs to JSON."""
    return stderr if json_wanted else stdout
