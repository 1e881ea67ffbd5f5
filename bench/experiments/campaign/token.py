"""Replay tokens: one line that makes one trial again, on any machine.

A token is a place, then ``#``, then the items of what happens there. What a place and an item
are, and what stands between items, is the experiment's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from firmware_sim.bench.errors import UsageError

Place = TypeVar("Place")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class TokenForm:
    """How the tokens of one experiment are written.

    Attributes:
        source: what prints such tokens, for the message about a wrong one.
        separator: what stands between two items.
        items_may_lack: whether a place alone is a token.
    """

    source: str
    separator: str
    items_may_lack: bool = False

    def write(self, place: str, items: Iterable[object]) -> str:
        """The token."""
        return f"{place}#{self.separator.join(map(str, items))}"

    def read(
        self, text: str, place: Callable[[str], Place], item: Callable[[str], Item]
    ) -> tuple[Place, tuple[Item, ...]]:
        """Read a token; items that may lack, and do, are ().

        Args:
            place, item: read that part of it; ValueError if it is none.

        Raises:
            UsageError: it is no token.
        """
        where, _, rest = text.partition("#")
        words = [] if self.items_may_lack and not rest else rest.split(self.separator)
        try:
            return place(where), tuple(map(item, words))
        except ValueError:
            raise self.wrong(text) from None

    def wrong(self, text: str) -> UsageError:
        """The error about a text that is no such token."""
        return UsageError(f"{text!r} is no replay token", f"copy it from {self.source}")
