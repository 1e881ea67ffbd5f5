"""`omit` and `under` of an update: a command that lacks something, or stands beneath another OCA.

Such commands are made to be refused, or to fail in a cell: what the device must say of them is for
the step's `expect`.
"""

from collections.abc import Collection, Iterator
from typing import Final, Literal

from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL

Omitted = Literal["link certificate", "MAC", "symmetric key"]

Forged = Literal["link certificate", "wrapped key"]

LINK: Final[Omitted] = "link certificate"

_NEEDS: Final[dict[Omitted | Forged, str]] = {
    "link certificate": "a mode that replaces the root by a link, and the root cell",
    "MAC": "a mode whose commands carry one",
    "symmetric key": "the mode anyByContingency",
    "wrapped key": "a mode that replaces the root, and the root cell",
}


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
        "wrapped key": rule.root is not RootReplacement.NEVER and replaces_root,
    }
    for number, what in enumerate(omitted):
        if not has[what]:
            yield (key, number), f"{mode.label} has no {what} here; it takes {_NEEDS[what]}"
