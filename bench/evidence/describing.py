"""What a message says of itself: it stands in its octets, and nowhere else in a ledger."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256

from firmware_sim.bench.evidence.redact import parsed
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.use_cases import use_case_name


class EntityNames(dict[EntityId, str]):
    """Entity Identifiers in hexadecimal digits, each of which stands in memory once."""

    def __missing__(self, entity: EntityId) -> str:
        name = self[entity] = str(entity)
        return name


def described(
    octets: bytes, name: Callable[[EntityId], str] = str
) -> tuple[str, str, str, str, str]:
    """Kind, use case, originator, target and counter, as a message's own octets say.

    Args:
        name: what an Entity Identifier is called.
    """
    head = parsed(octets)
    if head is None:
        return ("not a message", "", "", "", "")
    kind, use_case = _about(head.cra, head.code)
    return kind, use_case, name(head.originator), name(head.target), str(head.counter)


@lru_cache(maxsize=1024)
def _about(cra: CraFlag, code: MessageCode) -> tuple[str, str]:
    return cra.name.lower(), use_case_name(code)


def digest_of(octets: bytes) -> str:
    """SHA-256 of a message, 64 hexadecimal digits."""
    return sha256(octets).hexdigest()
