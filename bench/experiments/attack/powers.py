"""What an adversary has been seen to change: read from flash, not from rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from firmware_sim.bench.experiments.attack.observing import CredentialChange
from firmware_sim.bench.experiments.attack.origins import Origin

REPLAY = "replay alone"
"""Recorded commands sent again, with nothing done before."""

Ways = dict[str, set[str]]
"""For each thing, the ways in which it was done."""


_WRITTEN_AS = {"origins": "worlds"}
"""What the JSON documents call an attribute, where they have another name for it."""


@dataclass
class Powers:
    """Everything one adversary did to one kind of device.

    Attributes:
        replaced: by cell, the modes at once available; `taken` are those that put in a key which
            the adversary holds.
        reached: by cell, own key or balance, what changed it with the help of keys put in before.
        lowered: by counter, the modes that set it back; `lowered_under_key` while a key that
            authenticates what it counts stayed.
        raised: by counter, what drove it up.
        own_keys: by what of the device's own credentials changed, the command.
        planted: modes of which a future-dated command was stored, and ran when due.
        cancelled: by what another's waiting command was removed.
        replayed: by counter that moved, or by what else happened, the modes after whose use
            recorded commands ran again.
        credited: by what topped a meter up with a token that nobody has paid for.
        origins: origins of certificates that some cell took.
        attempts, changes: how many commands were tried, and how many changed anything.
    """

    replaced: Ways = field(default_factory=dict)
    taken: Ways = field(default_factory=dict)
    reached: Ways = field(default_factory=dict)
    lowered: Ways = field(default_factory=dict)
    lowered_under_key: Ways = field(default_factory=dict)
    raised: Ways = field(default_factory=dict)
    own_keys: Ways = field(default_factory=dict)
    planted: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    replayed: Ways = field(default_factory=dict)
    credited: Ways = field(default_factory=dict)
    origins: set[str] = field(default_factory=set)
    attempts: int = 0
    changes: int = 0

    def note(
        self, way: str, seen: CredentialChange, origin: Origin | None, *, is_first: bool
    ) -> None:
        """Take down what one attempt changed.

        Args:
            way: the mode or the command.
            is_first: nothing was taken before; otherwise cells count as reached.
        """
        if not is_first:
            for what in (*map(str, seen.replaced), *seen.own_keys, *seen.topped_up):
                _add(self.reached, what, way)
            return
        for cell in map(str, seen.replaced):
            _add(self.replaced, cell, way)
            if origin is not None and origin.is_own:
                _add(self.taken, cell, way)
        if seen.replaced and origin is not None:
            self.origins.add(origin.name)
        counters = (
            (self.lowered, seen.lowered),
            (self.lowered_under_key, seen.lowered_under_key),
            (self.raised, seen.raised),
            (self.credited, seen.topped_up),
        )
        for ways, names in counters:
            for name in names:
                _add(ways, str(name), way)
        for what in seen.own_keys:
            _add(self.own_keys, what, way)
        if seen.removed:
            self.cancelled.add(way)

    def note_replay(self, names: Iterable[str], way: str) -> None:
        """Take down that recorded commands ran again after the use of a mode."""
        for name in names:
            _add(self.replayed, name, way)

    def as_json(self) -> dict[str, object]:
        """Everything but the counts, sorted."""
        return {
            _WRITTEN_AS.get(name, name): _plain(value)
            for name, value in vars(self).items()
            if name not in ("attempts", "changes") and value
        }


def _add(ways: Ways, what: str, way: str) -> None:
    ways.setdefault(what, set()).add(way)


def _plain(value: Mapping[str, set[str]] | set[str]) -> object:
    if isinstance(value, set):
        return sorted(value)
    return {name: sorted(value[name]) for name in sorted(value)}
