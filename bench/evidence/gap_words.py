"""What a drill tells of prepayment customers who could not top up, in sentences and by device."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.accounts.uses import TopUpGap
from firmware_sim.bench.evidence.wording import count

MAX_LINES: Final = 30
"""Devices in the table of the report; ``csv/top-up-gaps.csv`` has them all."""


class GapLine(NamedTuple):
    """One customer: in how many gaps, for how many minutes in all, and whether it is over.

    Attributes:
        why: of the first gap.
    """

    device: str
    gaps: int
    tries: int
    minutes: int
    is_over: bool
    why: str


def gap_lines(told: Sequence[TopUpGap]) -> list[GapLine]:
    """By device, those that waited longest first."""
    of_device: defaultdict[str, list[TopUpGap]] = defaultdict(list)
    for gap in told:
        of_device[gap.device].append(gap)
    lines = [
        GapLine(
            device=device,
            gaps=len(gaps),
            tries=sum(gap.tries for gap in gaps),
            minutes=sum(gap.seconds for gap in gaps) // 60,
            is_over=gaps[-1].until is not None,
            why=gaps[0].why,
        )
        for device, gaps in of_device.items()
    ]
    return sorted(lines, key=lambda line: (-line.minutes, line.device))


def gap_sentences(told: Sequence[TopUpGap]) -> list[str]:
    """How many customers could not top up, and for how long; empty if all could."""
    lines = gap_lines(told)
    if not lines:
        return []
    minutes = [line.minutes for line in lines]
    still = sum(not line.is_over for line in lines)
    tries = count(sum(line.tries for line in lines), "top-up")
    waited = (
        f"{count(len(lines), 'prepayment customer')} could not top up: {tries} came to nothing. "
        f"Half of them waited {count(int(median(minutes)), 'minute')} or more, the longest "
        f"{count(max(minutes), 'minute')}, all together {count(sum(minutes), 'minute')}, counted "
        "from the first top-up that came to nothing to the next one that was credited."
    )
    if not still:
        return [waited, "At the end of the drill every one of them could again."]
    return [waited, f"At the end of the drill {count(still, 'customer')} still could not."]
