"""One trial of the attacker on the link: its actions carried out, up to the first broken rule."""

from collections import Counter
from typing import NamedTuple

from firmware_sim.bench.experiments.attack.link.actions import Action, LinkToken, Verb
from firmware_sim.bench.experiments.attack.link.altering import altered, spliced
from firmware_sim.bench.experiments.attack.link.shadowed_device import (
    HonestCommand,
    LinkViolation,
    ShadowedDevice,
)
from firmware_sim.bench.experiments.campaign.shrinking import shortest
from firmware_sim.machine.flash.cut import CutPlan, Flavour

_FLAVOURS = tuple(Flavour)
_CUTS_WITHIN = 6

COUNTED = ("actions", "deliveries", "altered", "obeyed", "power_cuts", "false_answers")


class LinkFailure(NamedTuple):
    """A trial after which something was wrong, and the token that makes it again."""

    token: str
    text: str

    def __str__(self) -> str:
        return f"{self.token}: {self.text}"


class LinkTrial:
    """Two devices, their parties, and an attacker between them.

    Attributes:
        counts: of what was done, by the names in `COUNTED`.
    """

    def __init__(self, token: LinkToken) -> None:
        other = "ESME" if token.target == "CHF" else "CHF"
        self._pairs = tuple(
            ShadowedDevice(target, careless=token.careless) for target in (token.target, other)
        )
        self._actions = token.actions
        self.counts: Counter[str] = Counter()

    def run(self) -> str:
        """Carry everything out; what went wrong, or nothing."""
        try:
            for action in self._actions:
                self.counts["actions"] += 1
                self._act(action)
        except LinkViolation as violation:
            return str(violation)
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

    def _besides(self, pair: ShadowedDevice, action: Action) -> None:
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

    def _deliver(self, pair: ShadowedDevice, octets: bytes) -> None:
        self.counts["deliveries"] += 1
        pair.deliver(octets)

    def _cut(self, pair: ShadowedDevice, octets: bytes, how: int) -> None:
        flavour = _FLAVOURS[how // 7 % len(_FLAVOURS)]
        plan = CutPlan(how % _CUTS_WITHIN, flavour, how // 7 // len(_FLAVOURS) % 400)
        self.counts["deliveries"] += 1
        self.counts["power_cuts"] += pair.deliver(octets, plan)

    def _answer(self, pair: ShadowedDevice, action: Action) -> None:
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
            raise LinkViolation("a party does not believe the device's own answer")


def _recent(pair: ShadowedDevice, action: Action) -> HonestCommand:
    """Something said: mostly lately, now and then long ago."""
    if action.which & 1:
        return pair.said[-1 - action.which // 2 % min(4, len(pair.said))]
    return pair.said[action.which // 2 % len(pair.said)]


def failure_of(token: LinkToken) -> LinkFailure | None:
    """What goes wrong in a trial, with as few actions as still break a rule."""
    if not LinkTrial(token).run():
        return None
    fewest = token._replace(actions=shortest(token.actions, lambda fewer: _breaks(token, fewer)))
    return LinkFailure(str(fewest), LinkTrial(fewest).run())


def _breaks(token: LinkToken, actions: tuple[Action, ...]) -> bool:
    return bool(LinkTrial(token._replace(actions=actions)).run())
