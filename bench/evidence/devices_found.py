"""The verdict on all devices together, from the checks and steps of a run as they come."""

from typing import Final

from firmware_sim.bench.outcome import DevicesVerdict, Verdict

_BAD: Final = (Verdict.FAILED, Verdict.ERROR)


class DevicesFound:
    """What checks and steps have said so far; each is told once."""

    __slots__ = ("_failed", "_found", "_unlike")

    def __init__(self) -> None:
        self._found: set[tuple[Verdict, bool]] = set()
        self._failed: set[int] = set()
        self._unlike: set[int] = set()

    def add_check(self, step: int, verdict: Verdict, *, of_device: bool) -> bool:
        """A check was made, of one device or of all together; whether it may change the verdict."""
        is_unlike = verdict is Verdict.FAILED and not of_device and step not in self._unlike
        if is_unlike:
            self._unlike.add(step)
        return self._add(verdict, of_device=of_device) or is_unlike

    def end_step(self, step: int, verdict: Verdict) -> bool:
        """A step is over; whether that may change the verdict."""
        if verdict is Verdict.FAILED:
            self._failed.add(step)
        return self._add(verdict, of_device=False) or verdict is Verdict.FAILED

    @property
    def verdicts(self) -> list[Verdict]:
        """Each that was said, once: for `Outcome.of`."""
        return list({verdict for verdict, _ in self._found})

    def verdict(self, *, outstanding: bool) -> DevicesVerdict:
        """Of the devices, so far.

        If all that failed is what the story says of devices together, no device is to blame: the
        story may be out of date, and every device right.

        Args:
            outstanding: whether a device is.
        """
        said = (verdict for verdict, of_device in self._found if of_device or verdict in _BAD)
        found = DevicesVerdict.of(said).with_outstanding(outstanding=outstanding)
        is_blamed = (Verdict.FAILED, True) in self._found or not self._failed <= self._unlike
        if found is DevicesVerdict.WRONG and not is_blamed:
            return DevicesVerdict.NOT_AS_DECLARED
        return found

    def _add(self, verdict: Verdict, *, of_device: bool) -> bool:
        before = len(self._found)
        self._found.add((verdict, of_device))
        return len(self._found) > before
