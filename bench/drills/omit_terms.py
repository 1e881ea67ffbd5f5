"""`omit` and `under` of an update: a command that lacks something, or stands beneath another OCA.

Such commands are made to be refused, or to fail in a cell: what the device must say of them is for
the step's `expect`.
"""

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Final, Literal

from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL

Omitted = Literal["link certificate", "MAC", "symmetric key"]

Forged = Literal["link certificate", "wrapped key", "symmetric key", "signature"]

LINK: Final[Omitted] = "link certificate"

_NEEDS: Final[dict[Omitted | Forged, str]] = {
    "link certificate": "a mode that replaces the root by a link, and the root cell",
    "MAC": "a mode whose commands carry one",
    "symmetric key": "the mode anyByContingency",
    "wrapped key": "a mode that replaces the root, and the root cell",
    "signature": "a mode whose commands carry one",
}

_DUE_IF_OMITTED: Final[dict[Omitted, str]] = {
    "MAC": "{refused: [wrong protection]}",
    "symmetric key": "{refused: [malformed]}",
    "link certificate": "{root: noTrustAnchor}",
}
_DUE_IF_FORGED: Final[dict[Forged, str]] = {
    "signature": "{refused: [bad signature]}",
    "symmetric key": "{refused: [contingency key does not unwrap]}",
    "link certificate": "{root: noTrustAnchor}",
    "wrapped key": "{root: badCertificate}",
}
"""What a device must say of it, as a step writes that; the first that it looks at comes first."""


def due_expectation(omitted: Collection[str], forged: Collection[str]) -> str:
    """The `expect` that such a command needs; what comes first, if several things are wrong.

    Raises:
        StopIteration: nothing is left out or forged.
    """
    left_out = (text for what, text in _DUE_IF_OMITTED.items() if what in omitted)
    altered = (text for what, text in _DUE_IF_FORGED.items() if what in forged)
    return next(chain(left_out, altered))


def omission_mistakes(
    omitted: Collection[Omitted | Forged],
    mode: ReplacementMode,
    cells: Collection[str],
    key: Literal["omit", "forge", "links"] = "omit",
) -> Iterator[tuple[Location, str]]:
    """What a command of that mode does not have, so that it cannot be left out."""
    rule = REPLACEMENT_RULES[mode]
    replaces_root = bool(selected_cells(cells, (ROOT_CELL,)))
    has: dict[Omitted | Forged, bool] = {
        "link certificate": rule.root is RootReplacement.NORMAL and replaces_root,
        "MAC": rule.maced,
        "symmetric key": mode is ReplacementMode.ANY_BY_CONTINGENCY,
        "signature": True,
        "wrapped key": rule.root is not RootReplacement.NEVER and replaces_root,
    }
    for number, what in enumerate(omitted):
        if not has[what]:
            yield (key, number), f"{mode.label} has no {what} here; it takes {_NEEDS[what]}"
