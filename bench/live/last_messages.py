"""The last messages of a run, each with what its own octets say of it."""

from collections import deque
from typing import Any, Final, NamedTuple

from firmware_sim.bench.evidence.describing import described
from firmware_sim.bench.evidence.unpacking import Unpacker

_MOST_SHOWN: Final = 30


class Sent(NamedTuple):
    """One message; `base` and `octets` as the ledger keeps them."""

    number: int
    device: str
    direction: str
    at: str
    base: Any
    octets: Any


class LastMessages:
    """The last thirty; they are read when they are told, and most are never told."""

    def __init__(self) -> None:
        self._last: deque[Sent] = deque(maxlen=_MOST_SHOWN)
        self._described: dict[int, dict[str, Any]] = {}
        self._total = 0

    def add(self, sent: Sent) -> None:
        """A further one."""
        self._last.append(sent)
        self._total += 1

    def told(self, unpacker: Unpacker) -> dict[str, Any]:
        """The newest first."""
        self._described = {
            sent.number: self._described.get(sent.number) or _told(sent, unpacker)
            for sent in reversed(self._last)
        }
        return {"total": self._total, "messages": list(self._described.values())}


def _told(sent: Sent, unpacker: Unpacker) -> dict[str, Any]:
    octets = unpacker.octets(sent.base, sent.octets)
    kind, use_case, originator, _target, counter = described(octets)
    return {
        "number": sent.number,
        "device": sent.device,
        "direction": sent.direction,
        "at": sent.at,
        "kind": kind,
        "use_case": use_case,
        "originator": originator,
        "counter": counter,
        "octets": len(octets),
    }
