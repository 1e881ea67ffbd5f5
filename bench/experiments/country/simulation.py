"""A recovery, step by step through its time: what is signed, carried, lost, and asked again.

The devices are counted, not played: groups of them that have the same fate so far, as expected
numbers. A country has so many that chance changes little. In each step

1. devices that were away come back, half of them after each `back`;
2. the party signs as many commands as its hours allow, but none before its wave has begun;
3. each region's WAN carries as many of them as it has room for;
4. a command to a device that is away is spent; of the others a share is lost, both are asked again
   after the back-off; a share fails for good, and the rest is recovered;
5. the next wave begins once all of this one were asked once, or are done, and it was watched.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

HERE: Final = 0
"""The group of devices that can be reached; those that are away have numbers from 1."""

_LEAST: Final = 1e-6
"""Fewer expected devices than this are none."""

_HALF_A_DEVICE: Final = 0.5
_SECONDS_A_DAY: Final = 86_400


class Away(NamedTuple):
    """Devices that cannot be reached at first.

    Attributes:
        half: seconds until half of them can be; None for never.
    """

    share: float
    half: float | None


class RecoveryModel(NamedTuple):
    """What a simulation needs; times in seconds, shares of one.

    Attributes:
        waves: devices of each.
        watches: after each wave.
        regions: share of the devices, and commands a second that its WAN carries.
        signing: commands a second, while it signs.
        signing_day: seconds a day in which it does.
        attempts: how often a device is asked at most.
        step: of the simulation.
        is_patient: the next wave waits until no device of this one is to be asked again, as the
            waves of a story do.
    """

    waves: tuple[float, ...]
    watches: tuple[float, ...]
    regions: Mapping[str, tuple[float, float]]
    away: tuple[Away, ...]
    lost: float
    fails: float
    signing: float
    signing_day: float
    attempts: int
    back_off: float
    step: float
    longest: float
    is_patient: bool = False


class WaveCourse(NamedTuple):
    """When a wave began, and when every device of it had been asked; seconds."""

    devices: float
    began: float
    asked: float


class RecoveryCourse(NamedTuple):
    """What became of it.

    Attributes:
        times, recovered: the curve: seconds, and devices recovered until then.
        failed: devices that refused for good.
        unanswered: devices that were asked as often as is allowed, without an answer.
        left: devices that were still to be asked at the end.
        commands: sent in all, each signed once.
        sent_again: of them, not for the first time.
    """

    devices: float
    times: list[float]
    recovered: list[float]
    failed: float
    unanswered: float
    left: float
    commands: float
    sent_again: float
    waves: list[WaveCourse]

    def asked_until(self, share: float) -> float | None:
        """As `reached`, where devices answer at once: the beginning of the step in question."""
        wanted = share * self.recovered[-1]
        for before, count in zip(self.times, self.recovered[1:], strict=False):
            if count >= wanted:
                return before
        return None

    def reached(self, share: float) -> float | None:
        """Seconds until this share of all devices was recovered; None if it never was."""
        wanted, before, since = share * self.devices, 0.0, 0.0
        for time, count in zip(self.times, self.recovered, strict=True):
            if count >= wanted:
                part = (wanted - before) / (count - before) if count > before else 0.0
                return since + part * (time - since)
            before, since = count, time
        return None

    def exposure(self) -> float:
        """Device-seconds until recovery, of all devices, up to the end of the curve."""
        total = since = before = 0.0
        for time, count in zip(self.times, self.recovered, strict=True):
            total += (time - since) * (self.devices - (before + count) / 2)
            since, before = time, count
        return total


Key = tuple[str, int, int]
"""Region, group (here or which of the away), and how often asked before."""


class Simulation:
    """One run; `run` gives its course."""

    def __init__(self, model: RecoveryModel) -> None:
        self._model = model
        self._ready: defaultdict[Key, float] = defaultdict(float)
        self._later: defaultdict[int, defaultdict[Key, float]] = defaultdict(
            lambda: defaultdict(float)
        )
        self._step = 0
        self._recovered = self._failed = self._unanswered = 0.0
        self._commands = self._again = 0.0
        self._waves: list[WaveCourse] = []
        self._opened: float | None = None
        self._room: dict[str, float] = {}
        self._signed = 0.0
        self._times: list[float] = [0.0]
        self._curve: list[float] = [0.0]

    def run(self) -> RecoveryCourse:
        """Until nothing is left to ask, or the longest time is over."""
        model = self._model
        self._open(0.0)
        while self._step * model.step < model.longest and not self._is_over():
            self._come_back()
            for key, count in self._later.pop(self._step, {}).items():
                self._ready[key] += count
            self._room = {name: rate * model.step for name, (_, rate) in model.regions.items()}
            self._signed += self._signatures()
            self._send()
            while self._next_wave():
                self._send()
            # What is signed and not sent yet is sent later, by night too.
            self._signed = min(self._signed, sum(self._ready.values()))
            self._step += 1
            self._times.append(self._step * model.step)
            self._curve.append(self._recovered)
        left = sum(self._ready.values()) + sum(sum(each.values()) for each in self._later.values())
        left += sum(model.waves[len(self._waves) :])
        return RecoveryCourse(
            sum(model.waves),
            self._times,
            self._curve,
            self._failed,
            self._unanswered,
            left,
            self._commands,
            self._again,
            self._waves,
        )

    def _is_over(self) -> bool:
        everybody = len(self._waves) == len(self._model.waves)
        return everybody and not self._ready and not self._later

    def _open(self, now: float) -> None:
        """Let the next wave begin: its devices stand ready, here or away."""
        devices = self._model.waves[len(self._waves)]
        here = 1 - sum(each.share for each in self._model.away)
        for region, (share, _) in self._model.regions.items():
            self._ready[region, HERE, 0] += devices * share * here
            for number, away in enumerate(self._model.away, 1):
                # Those of a later wave had time to come back.
                still = away.share * _still_away(away.half, now)
                self._ready[region, number, 0] += devices * share * still
                self._ready[region, HERE, 0] += devices * share * (away.share - still)
        self._waves.append(WaveCourse(devices, now, 0.0))
        self._opened = None

    def _next_wave(self) -> bool:
        """Open it, once this one keeps it no longer and the watch is over; whether it was."""
        now = self._step * self._model.step
        if self._opened is None and self._is_done():
            number = len(self._waves) - 1
            self._waves[number] = self._waves[number]._replace(asked=now)
            self._opened = now + self._model.watches[number]
        is_due = self._opened is not None and now >= self._opened
        if not is_due or len(self._waves) == len(self._model.waves):
            return False
        self._open(now)
        return True

    def _is_done(self) -> bool:
        """Whether the present wave keeps the next one no longer."""
        if self._model.is_patient:
            waiting = sum(self._ready.values())
            waiting += sum(sum(each.values()) for each in self._later.values())
            return waiting < _HALF_A_DEVICE
        return not any(count > _LEAST for (*_, asked), count in self._ready.items() if not asked)

    def _come_back(self) -> None:
        """Of all devices that wait, some of those that were away are here now."""
        for number, away in enumerate(self._model.away, 1):
            if away.half is None:
                continue
            back = 1 - _still_away(away.half, self._model.step)
            for group in (self._ready, *self._later.values()):
                for region, which, asked in list(group):
                    if which == number:
                        count = group[region, which, asked]
                        group[region, which, asked] = count * (1 - back)
                        group[region, HERE, asked] += count * back

    def _send(self) -> None:
        """As many as are signed and as the regions carry; first those not asked before."""
        room = self._room
        for asked in sorted({key[2] for key in self._ready}):
            waiting = {key: count for key, count in self._ready.items() if key[2] == asked}
            wanted: defaultdict[str, float] = defaultdict(float)
            for (region, _, _), count in waiting.items():
                wanted[region] += count
            carried = {region: min(count, room[region]) for region, count in wanted.items()}
            share = min(1.0, self._signed / total) if (total := sum(carried.values())) > 0 else 0.0
            for key, count in waiting.items():
                region = key[0]
                part = carried[region] * share / wanted[region] if wanted[region] else 0.0
                self._ask(key, count * part)
                self._keep(key, count * (1 - part))
            for region, count in carried.items():
                room[region] -= count * share
            self._signed -= total * share

    def _signatures(self) -> float:
        """That are made within this step."""
        model = self._model
        start = self._step * model.step
        whole, rest = divmod(start + model.step, _SECONDS_A_DAY)
        before, rest_before = divmod(start, _SECONDS_A_DAY)
        seconds = (whole - before) * model.signing_day
        seconds += min(rest, model.signing_day) - min(rest_before, model.signing_day)
        return model.signing * seconds

    def _keep(self, key: Key, count: float) -> None:
        if count > _LEAST:
            self._ready[key] = count
        else:
            del self._ready[key]

    def _ask(self, key: Key, count: float) -> None:
        region, group, asked = key
        model = self._model
        self._commands += count
        self._again += count if asked else 0.0
        silent = count if group != HERE else count * model.lost
        if group == HERE:
            self._failed += (count - silent) * model.fails
            self._recovered += (count - silent) * (1 - model.fails)
        if asked + 1 >= model.attempts:
            self._unanswered += silent
        elif silent > _LEAST:
            due = self._step + max(1, round(model.back_off / model.step))
            self._later[due][region, group, asked + 1] += silent


def _still_away(half: float | None, seconds: float) -> float:
    """Of those that are away, the share that is so after some time."""
    return 1.0 if half is None else 0.5 ** (seconds / half)
