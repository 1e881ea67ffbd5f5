"""One attacker before one kind of device: everything it can think of, step by step to the end."""

from firmware_sim.bench.experiments.attack.history import past
from firmware_sim.bench.experiments.attack.origins import ENROLLED, World
from firmware_sim.bench.experiments.attack.other_commands import routine_tries
from firmware_sim.bench.experiments.attack.position import DUE, LATER, Position
from firmware_sim.bench.experiments.attack.powers import REPLAY, Powers
from firmware_sim.bench.experiments.attack.sequences import floor_tries, replayed, return_keys
from firmware_sim.bench.experiments.attack.setup import TARGETS, Moment, new_device
from firmware_sim.bench.experiments.attack.stolen_keys import LOOTS
from firmware_sim.bench.experiments.attack.updates import (
    Effort,
    Try,
    available,
    plain,
    tries,
    way_of,
)
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.times import NEVER

_MOST_STEPS = 6
_RULES = {way_of(rule): rule for rule in REPLACEMENT_RULES.values()}


def explore(target: str, loot: str, effort: Effort = Effort.DEFAULT) -> Powers:
    """What the attacker can do to the device, found out by trying.

    Args:
        target: name in `firmware_sim.bench.experiments.attack.setup.TARGETS`.
        loot: name in `firmware_sim.bench.experiments.attack.stolen_keys.LOOTS`.
    """
    return _Exploration(target, loot, effort).run()


def _stays(world: World) -> bool:
    """Whether the attacker goes on holding the keys, under the root that vouched for others."""
    return world.is_own and world.root is None


class _Exploration:
    def __init__(self, target: str, loot: str, effort: Effort) -> None:
        before = past(target)
        flash = new_device(TARGETS[target], Moment()).flash
        self._recorded = before.recorded
        self._effort = effort
        self._position = Position(TARGETS[target], before.start, flash, LOOTS[loot])
        self._first = self._position.held
        self._powers = Powers()
        self._works: dict[str, list[Try]] = {}
        self._is_first = True

    def run(self) -> Powers:
        """Try everything, keep what was taken, and try everything again from there."""
        for step in range(_MOST_STEPS):
            self._works, self._is_first = {}, step == 0
            self._at_once()
            self._others()
            if self._is_first:
                self._at_a_later_time()
                self._counters()
            if not self._take():
                break
        self._powers.attempts = self._position.attempts
        self._powers.changes = self._position.changes
        return self._powers

    def _at_once(self) -> None:
        position = self._position
        for each in tries(position, self._effort, lying=self._is_first):
            seen = position.attempt(position.update(each.update, each.how))
            self._powers.note(each.way, seen, each.world, is_first=self._is_first)
            if seen.replaced:
                self._works.setdefault(each.way, []).append(each)

    def _at_a_later_time(self) -> None:
        position = self._position
        for each in (self._best(way) for way in _RULES):
            later = each.update._replace(execution=DUE)
            seen = position.attempt(position.update(later, each.how), then=LATER)
            self._powers.note(each.way, seen, each.world, is_first=self._is_first)
            if seen.replaced:
                self._powers.planted.add(each.way)
            cancelling = each.update._replace(execution=NEVER)
            seen = position.attempt(position.update(cancelling, each.how))
            self._powers.note(each.way, seen, each.world, is_first=self._is_first)

    def _counters(self) -> None:
        position = self._position
        for way in self._works:
            rule, world = _RULES[way], self._best(way).world
            for each in floor_tries(position, rule, world):
                seen = position.attempt(position.update(each.update, each.how))
                self._powers.note(way, seen, None, is_first=self._is_first)
            # A root of the attacker's own would shut out the keys that are to return.
            staying = [each.world for each in self._works[way] if _stays(each.world)]
            again = return_keys(
                position, self._first, rule, next(iter(staying), world), self._recorded
            )
            self._powers.note_replay(again, way)

    def _others(self) -> None:
        position = self._position
        for way, octets in routine_tries(position):
            self._powers.note(way, position.attempt(octets), None, is_first=self._is_first)
        self._powers.note_replay(replayed(position, self._recorded), REPLAY)

    def _best(self, way: str) -> Try:
        """The update of a mode that took most cells with keys of the attacker's own, or any."""
        works = self._works.get(way)
        if works:
            return max(works, key=lambda each: (each.world.is_own, len(each.update.replacements)))
        [world] = (each for each in available(self._position) if each.name == ENROLLED)
        update, how = plain(self._position, _RULES[way], world)
        return Try(way, world, update, how)

    def _take(self) -> bool:
        """Put in every key that can be put in; whether the attacker has more than before."""
        position, before = self._position, self._gripped()
        for way, works in self._works.items():
            for world in dict.fromkeys(each.world for each in works if each.world.is_own):
                update, how = plain(position, _RULES[way], world)
                octets = position.update(update, how)
                start = position.mark()
                had = self._gripped()
                if octets is None or not position.strike(octets).replaced:
                    position.go_back()
                    continue
                position.settle()
                if not self._gripped() > had:
                    position.go_back(start)
        return self._gripped() > before

    def _gripped(self) -> frozenset[object]:
        position = self._position
        cells: set[object] = {
            cell for cell in position.cells() if position.hand.grip(position.held, cell) is not None
        }
        # Which of its own roots stands there does not matter: each gives way to another.
        if position.hand.own_root(position.held) is not None:
            cells.add("own root")
        return frozenset(cells)
