"""The fields of the layout's structures with their places, read from the definition itself.

Documentation and code in another language are made from them, to agree with the definition.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from construct import Array, Struct

if TYPE_CHECKING:
    from construct import Construct


class Field(NamedTuple):
    """One field: dotted name (empty for padding), offset and length in octets."""

    name: str
    offset: int
    octets: int


def fields(structure: "Construct[Any, Any]", name: str = "", offset: int = 0) -> Iterator[Field]:
    """The leaves of a fixed-size structure in order; they cover it without a gap."""
    inner = getattr(structure, "subcon", structure) if structure.name else structure
    if isinstance(inner, Struct):
        for part in inner.subcons:
            dotted = ".".join(filter(None, (name, part.name)))
            yield from fields(part, dotted if part.name else "", offset)
            offset += part.sizeof()
    elif isinstance(inner, Array):
        for index in range(cast("int", inner.count)):
            yield from fields(inner.subcon, f"{name}[{index}]", offset)
            offset += inner.subcon.sizeof()
    else:
        yield Field(name, offset, inner.sizeof())
