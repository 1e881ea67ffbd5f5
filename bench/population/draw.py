"""Which devices chance takes: the same ones for the same seed, in whatever order they are given."""

from collections.abc import Collection, Iterable
from hashlib import sha256

from firmware_sim.gbcs.identifiers import EntityId


def drawn(
    candidates: Iterable[EntityId],
    count: int,
    *,
    seed: bytes,
    purpose: str,
    taken: Collection[EntityId] = (),
) -> tuple[EntityId, ...]:
    """`count` of the candidates, or all if there are fewer, in the order of the draw.

    Each device has a number from SHA-256 over seed, purpose and Entity Identifier; the least are
    taken. So a draw depends neither on the version of a random generator nor on other draws.

    Args:
        purpose: what they are drawn for; draws for two purposes are independent.
        taken: devices that an earlier draw took, which are left out.
    """
    mark = sha256(seed + purpose.encode()).digest()
    free = set(candidates).difference(taken)
    return tuple(sorted(free, key=lambda entity: sha256(mark + entity).digest())[:count])


def order_of(number: int, *, seed: bytes, purpose: str) -> list[int]:
    """The numbers from 0 to `number` - 1 in an order that the seed gives."""
    mark = sha256(seed + purpose.encode()).digest()
    return sorted(range(number), key=lambda each: sha256(mark + each.to_bytes(8)).digest())
