"""One run of the attacker on the link: its actions carried out, up to the first fault."""

from collections import Counter

from firmware_sim.bench.experiments.attack.link.actions import Action, Token, Verb, shorter
from firmware_sim.bench.experiments.attack.link.altering import altered, spliced
from firmware_sim.bench.experiments.attack.link.pair import Fault, Pair, Said
from firmware_sim.bench.experiments.attack.link.result import LinkFailure
from firmware_sim.machine.flash.cut import CutPlan, Flavour

_FLAVOURS = tuple(Flavour)
_CUTS_WITHIN = 6


class Play:
    """Two devices, their parties, and somebody between them.

    Attributes:
        counts: of what was done, by the names of `bench.experiments.attack.link.result.LinkResult`.
    """

    def __init__(self, token: Token) -> None:
        other = "ESME" if token.target == "CHF" else "CHF"
        self._pairs = tuple(
            Pair(target, careless=token.careless) for target in (token.target, other)
        )
        self._actions = token.actions
        self.counts: Counter[str] = Counter()

    def run(self) -> str:
        """Carry everything out; what went wrong, or nothing."""
        try:
            for action in self._actions:
                self.counts["actions"] += 1
                self._act(action)
        except Fault as fault:
            return str(fault)
        finally:
            self.counts["obeyed"] += sum(pair.obeyed for pair in self._pairs)
        return ""

    def _act(self, action: Action) -> None:
        pair = self._pairs[action.how % 5 == 0]
        said = pair.said[action.which % len(pair.said)]
        match action.verb:
            case Verb.SAY:
                pair.say(action.which)
            case Verb.DELIVER:
                self._deliver(pair, _recent(pair, action).octets)
            case Verb.MISDELIVER:
                [elsewhere] = (each for each in self._pairs if each is not pair)
                self._deliver(elsewhere, said.octets)
            case Verb.ALTER:
                self.counts["altered"] += 1
                self._deliver(pair, altered(_recent(pair, action).octets, action.how))
            case Verb.SPLICE:
                self.counts["altered"] += 1
                other = pair.said[action.how // 6 % len(pair.said)]
                self._deliver(pair, spliced(said.octets, other.octets, action.how))
            case Verb.CUT:
                self._cut(pair, _recent(pair, action).octets, action.how)
            case _:
                self._besides(pair, action)

    def _besides(self, pair: Pair, action: Action) -> None:
        match action.verb:
            case Verb.REFLECT if pair.heard:
                octets = pair.heard[action.which % len(pair.heard)]
                self._deliver(self._pairs[action.how % 2], octets)
            case Verb.ANSWER if pair.answers:
                self._answer(pair, action)
            case Verb.POWER:
                self.counts["power_cuts"] += 1
                pair.restart()
            case Verb.TIME:
                for each in self._pairs:
                    each.wait(1 + action.which % 30)

    def _deliver(self, pair: Pair, octets: bytes) -> None:
        self.counts["deliveries"] += 1
        pair.deliver(octets)

    def _cut(self, pair: Pair, octets: bytes, how: int) -> None:
        flavour = _FLAVOURS[how // 7 % len(_FLAVOURS)]
        plan = CutPlan(how % _CUTS_WITHIN, flavour, how // 7 // len(_FLAVOURS) % 400)
        self.counts["deliveries"] += 1
        self.counts["power_cuts"] += pair.deliver(octets, plan)

    def _answer(self, pair: Pair, action: Action) -> None:
        """The attacker answers in the device's place, with what it has recorded."""
        said, octets = pair.answers[-1 - action.which % len(pair.answers)]
        kind = action.how % 3
        if kind:
            self.counts["false_answers"] += 1
        if kind == 1:
            octets = altered(octets, action.how // 3)
        elif kind == 2:
            said = pair.said[action.how // 3 % len(pair.said)]
        believed = pair.is_believed(said, octets)
        if not kind and not believed:
            raise Fault("a party does not believe the device's own answer")


def _recent(pair: Pair, action: Action) -> Said:
    """Something said: mostly lately, now and then long ago."""
    if action.which & 1:
        return pair.said[-1 - action.which // 2 % min(4, len(pair.said))]
    return pair.said[action.which // 2 % len(pair.said)]


def failure_of(token: Token) -> LinkFailure | None:
    """What goes wrong in a run, with the shortest actions that still show it."""
    text = Play(token).run()
    if not text:
        return None
    shrinking = True
    while shrinking:
        shrinking = False
        for fewer in shorter(token.actions):
            tried = token._replace(actions=fewer)
            found = Play(tried).run()
            if found:
                token, text, shrinking = tried, found, True
                break
    return LinkFailure(str(token), text)
