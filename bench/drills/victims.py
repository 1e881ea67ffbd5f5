"""What an attacker has done to one device of a drill, and what has become of that."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from firmware_sim.gbcs.roles import TrustAnchorCellId


@dataclass(slots=True)
class Victim:
    """One device that an attacker comes to.

    Attributes:
        since: when it first put something of its own into a cell; None if it never has.
        until: when the last of that was replaced; None while some of it stands there.
        cells: all that it ever replaced.
        standing: those that hold what it put there.
        own: the number of its key that stands in the authorising cell; None for none.
        counter: its last one above the floor that it has set for its key's role; 0 for no floor.
        tries: how many commands it sent.
        overheard: what it can send again.
        credited: pence of its own tokens that the meter has credited, and when, one each.
        refused: how many of its tokens the meter did not take.
    """

    since: datetime | None = None
    until: datetime | None = None
    cells: set[TrustAnchorCellId] = field(default_factory=set)
    standing: set[TrustAnchorCellId] = field(default_factory=set)
    own: int | None = None
    counter: int = 0
    tries: int = 0
    overheard: list[bytes] = field(default_factory=list)
    credited: list[tuple[datetime, int]] = field(default_factory=list)
    refused: int = 0

    def take(self, cells: Collection[TrustAnchorCellId], own: int, at: datetime) -> None:
        """Its certificates stand in these cells now."""
        if not cells:
            return
        self.since, self.until, self.own = self.since or at, None, own
        self.cells.update(cells)
        self.standing.update(cells)

    def give_back(self, cells: Collection[TrustAnchorCellId], at: datetime) -> None:
        """A party has replaced these cells."""
        had = bool(self.standing)
        self.standing.difference_update(cells)
        if had and not self.standing:
            self.until, self.own = at, None

    @property
    def is_won_back(self) -> bool:
        """Whether nothing of what it put there stands any more."""
        return self.since is not None and not self.standing
