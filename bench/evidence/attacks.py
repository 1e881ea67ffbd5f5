"""What an attacker did in a run: which devices it changed, for how long, and which are lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.accounts.attacks import Attack, DeviceAttack, StolenKeyUse
from firmware_sim.bench.evidence.accounts.told import Accounts
from firmware_sim.bench.evidence.findings import Exposure, exposure_in
from firmware_sim.bench.evidence.prepayment_words import printed_sentences
from firmware_sim.bench.evidence.stolen_words import (
    deed_figures,
    deed_sentences,
    read_figures,
    read_sentences,
)
from firmware_sim.bench.evidence.wording import count, span

TRIED_NOTHING: Final = (
    "The attacker had a key and tried nothing with it: this run does not show what it could do."
)


class AttackFigures(NamedTuple):
    """Of one run in which the attacker had a key.

    Attributes:
        tries: how many commands it sent.
        devices: every device that it came to.
        idle: why attackers could change no cell, whatever they held, in a sentence each.
        openings: how many answers that it had recorded it tried to open.
        uses: what it got done with copied keys in the story's own steps.
        exposure: how long its certificates stood, in seconds by the drill's clock, of the devices
            that were won back; `lost` are those in which they stand at the end.
    """

    tries: int
    devices: Sequence[DeviceAttack]
    exposure: Exposure
    idle: Sequence[str] = ()
    openings: int = 0
    uses: Sequence[StolenKeyUse] = ()

    @property
    def tried_nothing(self) -> bool:
        """It had a key, and neither sent a command nor opened an answer."""
        return not self.tries and not self.openings

    @property
    def harm(self) -> list[str]:
        """What it got done with copied keys in the story's own steps, for people."""
        return [*read_sentences(self.uses, self.openings), *deed_sentences(self.uses)]

    @property
    def changed(self) -> list[DeviceAttack]:
        """Devices of which a cell held something of its own."""
        return [each for each in self.devices if each.since is not None]

    @property
    def won_back(self) -> int:
        """How many of them hold nothing of it any more."""
        return sum(not each.lost for each in self.changed)

    @property
    def sentences(self) -> list[str]:
        """The same for people."""
        told, found = [*self.first_sentences, *printed_sentences(self.devices)], self.exposure
        if found.median_s is not None and found.p95_s is not None and found.max_s is not None:
            told.append(
                f"Its certificates stood for {span(found.median_s)} in half of the devices that "
                f"were won back, for up to {span(found.p95_s)} in 95 % of them, and for "
                f"{span(found.max_s)} at the most."
            )
        return told

    @property
    def first_sentences(self) -> list[str]:
        """Those of them that the summary has as well: how much it tried, and what came of it."""
        if self.tried_nothing:
            return [TRIED_NOTHING]
        sent = count(self.tries, "command") if self.tries else "no command"
        told = [f"The attacker sent {sent}{self._all_refused}.", *self.harm]
        if self.devices:
            came, changed = count(len(self.devices), "device"), len(self.changed)
            told.append(f"It came to {came} and changed {changed or 'none'}{self._ends}.")
        return [*told, *self.idle]

    @property
    def _all_refused(self) -> str:
        """Tokens that it printed are told beside this."""
        has_replaced = any(use.deed == "replaced" for use in self.uses)
        is_idle = self.tries and not (self.changed or has_replaced)
        is_idle = is_idle and not printed_sentences(self.devices)
        return ", and none of them changed a Trust Anchor Cell" if is_idle else ""

    @property
    def _ends(self) -> str:
        """Of the devices that it changed, how many were won back, and how many were not."""
        if not self.changed:
            return ""
        back = f"; {self.won_back:,} {'was' if self.won_back == 1 else 'were'} won back"
        if not (lost := self.exposure.lost or 0):
            return f"{back}, and none is lost for good"
        are, these = ("is", "it") if lost == 1 else ("are", "these")
        return (
            f"{back}, and {count(lost, 'device')} {are} lost for good: at the end a certificate of "
            f"the attacker stands in {these} [SEC L10.17(b)(i)]"
        )

    def as_json(self) -> dict[str, object]:
        """For ``record.json``, without the devices."""
        return {
            "tries": self.tries,
            "openings": self.openings,
            "read": read_figures(self.uses),
            "done": deed_figures(self.uses),
            "devices": len(self.devices),
            "changed": len(self.changed),
            "won_back": self.won_back,
            "exposure": self.exposure._asdict(),
        }


def attack_figures(accounts: Accounts) -> AttackFigures | None:
    """None of a run in which the attacker had no key."""
    told = accounts.last(Attack)
    if told is None:
        return None
    devices = accounts.all(DeviceAttack)
    spans = [
        (_time(each.until) - _time(each.since)).total_seconds()
        for each in devices
        if each.since is not None and each.until is not None
    ]
    lost = sum(bool(each.lost) for each in devices)
    uses = accounts.all(StolenKeyUse)
    exposure = exposure_in(sorted(spans), lost)
    return AttackFigures(told.tries, devices, exposure, told.idle, told.openings, uses)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
