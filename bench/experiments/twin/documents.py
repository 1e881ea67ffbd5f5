"""A twin run as JSON."""

from typing import Any

from firmware_sim.bench.experiments.twin.running import TwinResult
from firmware_sim.machine.refusals import RefusalReason


def as_json(result: TwinResult, board: dict[str, str]) -> dict[str, Any]:
    """Counts, reasons of refusals by name, differences with their tokens.

    Args:
        board: what the board says of itself.
    """
    return {
        "seed": result.seed,
        "board": board,
        "commands": result.commands,
        "executed": result.executed,
        "refused": {RefusalReason(key).label: n for key, n in sorted(result.refusals.items())},
        "alerts": result.alerts,
        "lives": result.lives,
        "power_cycles": result.power_cycles,
        "differences": len(result.differences),
        "found": [
            {"token": str(token), "what": each.what, "simulator": each.one, "board": each.other}
            for each, token in result.differences
        ],
        "seconds": round(result.seconds, 3),
    }
