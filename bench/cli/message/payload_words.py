"""Words that payloads of several use cases have in common."""

from datetime import datetime
from enum import IntEnum

from firmware_sim.gbcs.times import NEVER

Fields = dict[str, object]
"""Names and plain values, as `message decode` shows them."""


def execution_words(at: datetime) -> str:
    """When a command is to be carried out."""
    return "never: cancels what waits" if at == NEVER else at.isoformat()


def coded(code: IntEnum) -> str:
    """A code of an answer, by number and name."""
    return f"{int(code)} {code.name.lower().replace('_', ' ')}"
