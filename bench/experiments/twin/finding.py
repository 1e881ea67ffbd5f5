"""A difference of a twin run, and whether its replay token shows it again on fresh devices."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Final, NamedTuple

from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.twin.comparing import TwinDifference, compare
from firmware_sim.bench.experiments.twin.token import TwinToken
from firmware_sim.devices.links.board_errors import DeviceFaultError

FreshTwins = Callable[[], AbstractContextManager[Sequence[DeviceUnderTest]]]
"""Opens the same devices anew: emulators are started again, an erased board is taken up again."""


class Again(StrEnum):
    """What came when a difference was tried once more on fresh devices."""

    UNTRIED = "not tried again"
    ALONE = "reproducible"
    WHOLE_TRIAL = "not reproducible alone, but with its whole trial"
    NOT = "not reproducible alone"
    """Neither the shrunk trial nor the whole one shows it: what came before it is needed."""


class TwinFinding(NamedTuple):
    """A difference and how to see it again.

    Attributes:
        difference: as it was seen last.
        token: of the shrunk trial; of the whole one, if the shrunk one does not show it.
        first: the difference as it was seen in the run, before anything was shrunk.
        why_untried: what went wrong when it was tried again.
    """

    difference: TwinDifference
    token: TwinToken
    first: TwinDifference
    again: Again = Again.UNTRIED
    why_untried: str = ""

    def tried_again(self, fresh: FreshTwins) -> "TwinFinding":
        """The same after one try of the shrunk trial and, if that shows nothing, of the whole one.

        A trial begins with a new device, but a driver or an emulator may remember what was before:
        only devices that are opened anew tell that.
        """
        whole = self.token._replace(kept=None)
        tries: Final = ((self.token, Again.ALONE), (whole, Again.WHOLE_TRIAL))
        try:
            for token, again in tries:
                with fresh() as twins:
                    found = compare(token.trial(), twins)
                if found is not None:
                    return self._replace(difference=found, token=token, again=again)
        except (BenchError, DeviceFaultError) as error:
            return self._replace(why_untried=str(error))
        return self._replace(difference=self.first, token=whole, again=Again.NOT)

    @property
    def told(self) -> str:
        """How the difference came again, in words; empty if it did as it should."""
        trial = self.difference.trial
        match self.again:
            case Again.ALONE:
                return ""
            case Again.WHOLE_TRIAL:
                return "not reproducible alone: only the whole trial shows it on fresh devices"
            case Again.NOT:
                return (
                    f"not reproducible alone, nor is the whole trial {trial} on fresh devices: "
                    f"what the device did before counts"
                )
        return f"not tried on fresh devices{self.why_untried and f': {self.why_untried}'}"
