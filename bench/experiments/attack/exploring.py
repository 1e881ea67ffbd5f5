"""One adversary before one kind of device: everything it can try, step by step to the end."""

from firmware_sim.bench.experiments.attack.history import history_of
from firmware_sim.bench.experiments.attack.origins import ENROLLED, Origin
from firmware_sim.bench.experiments.attack.other_commands import other_tries
from firmware_sim.bench.experiments.attack.position import DUE, LATER, Position
from firmware_sim.bench.experiments.attack.powers import REPLAY, Powers
from firmware_sim.bench.experiments.attack.printing import token_tries
from firmware_sim.bench.experiments.attack.sequences import floor_tries, replayed, return_keys
from firmware_sim.bench.experiments.attack.setup import TARGETS, new_device
from firmware_sim.bench.experiments.attack.stolen_keys import STOLEN_KEYS
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


def explore(target: str, stolen: str, effort: Effort = Effort.DEFAULT) -> Powers:
    """What the adversary can do to the device, found out by trying.

    Args:
        target: name in `firmware_sim.bench.experiments.attack.setup.TARGETS`.
        stolen: name in `firmware_sim.bench.experiments.attack.stolen_keys.STOLEN_KEYS`.
    """
    return _Exploration(target, stolen, effort).run()


def _stays(origin: Origin) -> bool:
    """Whether the adversary goes on holding the keys, under the root that vouched for others."""
    return origin.is_own and origin.root is None


class _Exploration:
    def __init__(self, target: str, stolen: str, effort: Effort) -> None:
        before = history_of(target)
        flash = new_device(TARGETS[target]).flash
        self._recorded = before.recorded
        self._effort = effort
        self._position = Position(TARGETS[target], before.start, flash, STOLEN_KEYS[stolen])
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
            seen = position.attempt(position.update(each.request, each.sender))
            self._powers.note(each.way, seen, each.origin, is_first=self._is_first)
            if seen.replaced:
                self._works.setdefault(each.way, []).append(each)

    def _at_a_later_time(self) -> None:
        position = self._position
        for each in (self._best(way) for way in _RULES):
            later = each.request._replace(execution=DUE)
            seen = position.attempt(position.update(later, each.sender), then=LATER)
            self._powers.note(each.way, seen, each.origin, is_first=self._is_first)
            if seen.replaced:
                self._powers.planted.add(each.way)
            cancelling = each.request._replace(execution=NEVER)
            seen = position.attempt(position.update(cancelling, each.sender))
            self._powers.note(each.way, seen, each.origin, is_first=self._is_first)

    def _counters(self) -> None:
        position = self._position
        for way in self._works:
            rule, origin = _RULES[way], self._best(way).origin
            for each in floor_tries(position, rule, origin):
                seen = position.attempt(position.update(each.request, each.sender))
                self._powers.note(way, seen, None, is_first=self._is_first)
            # A root of the adversary's own would shut out the keys that are to return.
            staying = [each.origin for each in self._works[way] if _stays(each.origin)]
            again = return_keys(
                position, self._first, rule, next(iter(staying), origin), self._recorded
            )
            self._powers.note_replay(again, way)

    def _others(self) -> None:
        position = self._position
        for way, octets in other_tries(position):
            self._powers.note(way, position.attempt(octets), None, is_first=self._is_first)
        for way, octets in token_tries(position):
            self._powers.note(way, position.attempt(octets), None, is_first=self._is_first)
        self._powers.note_replay(replayed(position, self._recorded), REPLAY)

    def _best(self, way: str) -> Try:
        """The update of a mode that took most cells with keys of the adversary's own, or any."""
        works = self._works.get(way)
        if works:
            return max(works, key=lambda each: (each.origin.is_own, len(each.request.replacements)))
        [origin] = (each for each in available(self._position) if each.name == ENROLLED)
        request, sender = plain(self._position, _RULES[way], origin)
        return Try(way, origin, request, sender)

    def _take(self) -> bool:
        """Put in every key that can be put in; whether the adversary has more than before."""
        position, before = self._position, self._known_keys()
        for way, works in self._works.items():
            for origin in dict.fromkeys(each.origin for each in works if each.origin.is_own):
                octets = position.update(*plain(position, _RULES[way], origin))
                start = position.mark()
                had = self._known_keys()
                if octets is None or not position.strike(octets).replaced:
                    position.go_back()
                    continue
                position.settle()
                if not self._known_keys() > had:
                    position.go_back(start)
        return self._known_keys() > before

    def _known_keys(self) -> frozenset[object]:
        position = self._position
        cells: set[object] = {
            cell
            for cell in position.cells()
            if position.capabilities.key_of(position.held, cell) is not None
        }
        # Which of its own roots stands there does not matter: each gives way to another.
        if position.capabilities.own_root(position.held) is not None:
            cells.add("own root")
        return frozenset(cells)
