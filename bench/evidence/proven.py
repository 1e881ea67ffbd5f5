"""How the key in each cell was proven: by use, by credential command only, or not."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from firmware_sim.bench.evidence.accounts.told import Accounts
from firmware_sim.bench.evidence.accounts.uses import CellProofs
from firmware_sim.bench.evidence.record_rows import DeviceRecord
from firmware_sim.bench.evidence.wording import count

BY_USE: Final = "by use"
BY_COMMAND: Final = "by credential command only"
NOT_PROVEN: Final = "not proven"
_WHY_NOT: Final = " (nothing was sent that needs them)"
_WORDS: Final = {"use": BY_USE, "command": BY_COMMAND, "not": NOT_PROVEN}


def take_proofs(accounts: Accounts, devices: Iterable[DeviceRecord]) -> None:
    """Put what the drill told into the cells; the last account of a device counts."""
    told = {each.device: each for each in accounts.all(CellProofs)}
    for device in devices:
        account = told.get(device.entity)
        if account is None:
            continue
        for cell in device.cells:
            way = account.cells.get(cell.cell)
            cell.proven = None if way is None else _WORDS[way]
            cell.has_use = None if way is None else cell.cell not in account.without_use


def replaced_proven(devices: Iterable[DeviceRecord]) -> dict[str, int] | None:
    """Of all cells that hold another key than before, how many were proven how.

    Returns:
        None if the run tells of no cell; the fourth number is of those that could be proven by
        use, and were not.
    """
    cells = [cell for device in devices for cell in device.cells if cell.proven is not None]
    if not cells:
        return None
    replaced = [cell for cell in cells if cell.change == "replaced"]
    ways = Counter(cell.proven for cell in replaced)
    unused = sum(bool(cell.has_use) and cell.proven != BY_USE for cell in replaced)
    found = {way.replace(" ", "_"): ways[way] for way in (BY_USE, BY_COMMAND, NOT_PROVEN)}
    return found | {"could_be_used_and_was_not": unused}


def proven_sentences(found: dict[str, int] | None) -> list[str]:
    """The same for a reader; nothing if the run tells of no cell."""
    if found is None:
        return []
    used, commanded, not_proven, unused = found.values()
    keys = count(used + commanded + not_proven, "replaced key")
    first = (
        f"{keys}: {used:,} proven by use, {commanded:,} by credential command only, "
        f"{not_proven:,} not proven{_WHY_NOT if not_proven else ''}."
    )
    told = [first]
    if commanded:
        told.append(
            "By credential command only: the device took a command about credentials that the key "
            "protects, so the key is there; that it serves for readings, supply or top-ups is not "
            "shown."
        )
    one = "is a key" if unused == 1 else "are keys"
    more = (
        f"{unused:,} of those not proven by use {one} that a device could have been asked to use; "
        "the drill did not ask."
    )
    return [*told, more] if unused else told
