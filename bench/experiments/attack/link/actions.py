"""What an attacker on the link does, as short words that a token consists of."""

from enum import StrEnum
from typing import NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.attack.setup import TARGETS
from firmware_sim.bench.experiments.campaign.token import TokenForm
from firmware_sim.machine.drbg import HmacDrbg

_FORM = TokenForm("attack explore", ".")


class Verb(StrEnum):
    """One thing that happens; the letters are those of tokens."""

    SAY = "s"
    """An honest party says something; the attacker has it now."""
    DELIVER = "d"
    """A recorded message is delivered: at once, late, out of order or again."""
    MISDELIVER = "m"
    """A recorded message is delivered to the other device."""
    ALTER = "a"
    """A recorded message is changed and delivered."""
    SPLICE = "x"
    """Parts of two recorded messages are put together and delivered."""
    REFLECT = "r"
    """Something that a device sent is delivered to it, or to the other one."""
    ANSWER = "f"
    """A recorded answer, changed or not, is handed to a party that waits for one."""
    POWER = "p"
    """A device is restarted."""
    CUT = "c"
    """A recorded message is delivered, and power fails in it."""
    TIME = "t"
    """Some hours pass."""


_OFTEN = (
    *[Verb.SAY] * 6,
    *[Verb.DELIVER] * 9,
    Verb.MISDELIVER,
    *[Verb.ALTER] * 4,
    *[Verb.SPLICE] * 2,
    Verb.REFLECT,
    *[Verb.ANSWER] * 4,
    Verb.POWER,
    *[Verb.CUT] * 2,
    *[Verb.TIME] * 2,
)


class Action(NamedTuple):
    """A verb with two numbers that choose among what there is when it happens."""

    verb: Verb
    which: int
    how: int

    def __str__(self) -> str:
        return f"{self.verb}{self.which:x}-{self.how:x}"

    @classmethod
    def parse(cls, text: str) -> "Action":
        """Read one word of a token; ValueError if it is none."""
        which, _, how = text[1:].partition("-")
        return cls(Verb(text[:1]), int(which, 16), int(how, 16))


class LinkToken(NamedTuple):
    """One trial: before which device, whether parties are careless, and all actions."""

    target: str
    actions: tuple[Action, ...]
    careless: bool = False

    def __str__(self) -> str:
        return _FORM.write(self.target + ("!" if self.careless else ""), self.actions)

    @classmethod
    def parse(cls, text: str) -> "LinkToken":
        """Read a token.

        Raises:
            UsageError: it is none.
        """
        place, actions = _FORM.read(text, str, Action.parse)
        target = place.removesuffix("!")
        if target not in TARGETS:
            raise UsageError(f"there is no target {target!r}", "see: attack list")
        return cls(target, actions, place.endswith("!"))


def drawn(seed: int, target: str, run: int, length: int) -> tuple[Action, ...]:
    """The actions of one trial: the same ones for the same seed."""
    drbg = HmacDrbg(seed.to_bytes(32, "big"), f"{target} {run}".encode())
    return tuple(_action(drbg) for _ in range(length))


def _action(drbg: HmacDrbg) -> Action:
    verb, *numbers = drbg.generate(5)
    return Action(
        _OFTEN[verb % len(_OFTEN)],
        int.from_bytes(numbers[:2], "big"),
        int.from_bytes(numbers[2:], "big"),
    )
