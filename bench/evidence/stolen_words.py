"""What an attacker got done with copied keys in the steps of a story, in sentences and figures."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from firmware_sim.bench.evidence.accounts.attacks import Deed, StolenKeyUse
from firmware_sim.bench.evidence.wording import clock, count, day, moment, several

_READINGS: Final[tuple[Deed, ...]] = ("read", "opened")
_DEEDS: Final[dict[Deed, str]] = {
    "topped up": "topped up {} with tokens that nobody had paid for",
    "armed": "armed the supply of {}",
    "activated": "had {} carry out an activation of firmware",
    "replaced": "replaced credentials in {}",
}


def read_sentences(uses: Sequence[StolenKeyUse], openings: int) -> list[str]:
    """Whom it read, of what time, and what stays readable; empty if it read nothing.

    Args:
        openings: how many recorded answers it tried to open.
    """
    found = read_figures(uses)
    if found is None:
        return []
    kinds = several([f"{number:,} {kind}" for kind, number in found["types"].items()])
    ways = []
    if openings:
        ways.append(f"it opened {found['opened']:,} of {count(openings, 'recorded answer')}")
    if found["asked"]:
        ways.append(f"it asked for {count(found['asked'], 'answer')} itself")
    first, last = found["first"], found["last"]
    until = clock(last)[:5] if day(first) == day(last) else moment(last)
    told = [(
        f"The attacker read {count(found['devices'], 'device')} ({kinds}): "
        f"{count(found['answers'], 'answer')}, given from {moment(first)} to {until}; "
        f"{several(ways)}."
    )]  # fmt: skip
    if late := found["opened_late"]:
        told.append(
            f"{count(late, 'recorded answer')} it opened when the device had another key already: "
            "what was recorded before stays readable."
        )
    return told


def deed_sentences(uses: Sequence[StolenKeyUse]) -> list[str]:
    """What else devices did for it; empty if they did nothing."""
    found = deed_figures(uses)
    did = [words.format(count(found[deed], "device")) for deed, words in _DEEDS.items()
           if deed in found]  # fmt: skip
    return [f"With a copied key it {several(did)}."] if did else []


def read_figures(uses: Iterable[StolenKeyUse]) -> dict[str, Any] | None:
    """The readings of copied keys together; None if nothing was read.

    Returns:
        ``devices`` and ``types`` count devices, ``answers`` those that were read: ``asked`` by the
        attacker itself or ``opened`` of a recording, ``opened_late`` when the device held another
        key already. ``first`` and ``last``: when devices gave them, by the drill's clock.
    """
    read = [use for use in uses if use.deed in _READINGS]
    if not read:
        return None
    times: Counter[str] = Counter()
    for use in read:
        times[use.deed] += use.times
    types = Counter(sorted({use.device: use.type for use in read}.values()))
    return {
        "devices": types.total(),
        "types": dict(types),
        "answers": times.total(),
        "asked": times["read"],
        "opened": times["opened"],
        "opened_late": sum(use.late for use in read),
        "first": min(use.first for use in read),
        "last": max(use.last for use in read),
    }


def deed_figures(uses: Iterable[StolenKeyUse]) -> dict[str, int]:
    """How many devices did something else for it, by what they did."""
    return dict(Counter(use.deed for use in uses if use.deed not in _READINGS))
