"""What an attacker did in a run: which devices it changed, for how long, and which are lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.accounts.attacks import Attack, DeviceAttack
from firmware_sim.bench.evidence.accounts.told import Accounts
from firmware_sim.bench.evidence.findings import Exposure, exposure_in
from firmware_sim.bench.evidence.prepayment_words import printed_sentences
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
        exposure: how long its certificates stood, in seconds by the drill's clock, of the devices
            that were won back; `lost` are those in which they stand at the end.
    """

    tries: int
    devices: Sequence[DeviceAttack]
    exposure: Exposure
    idle: Sequence[str] = ()

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
        if not self.tries:
            return [TRIED_NOTHING]
        told = [f"The attacker sent {count(self.tries, 'command')}{self._all_refused}."]
        if self.devices:
            came, changed = count(len(self.devices), "device"), len(self.changed)
            told.append(f"It came to {came} and changed {changed or 'none'}{self._ends}.")
        told += self.idle
        told += printed_sentences(self.devices)
        found = self.exposure
        if found.median_s is not None and found.p95_s is not None and found.max_s is not None:
            told.append(
                f"Its certificates stood for {span(found.median_s)} in half of the devices that "
                f"were won back, for up to {span(found.p95_s)} in 95 % of them, and for "
                f"{span(found.max_s)} at the most."
            )
        return told

    @property
    def _all_refused(self) -> str:
        """Tokens that it printed are told beside this."""
        is_idle = not self.changed and not printed_sentences(self.devices)
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
    return AttackFigures(told.tries, devices, exposure_in(sorted(spans), lost), told.idle)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
