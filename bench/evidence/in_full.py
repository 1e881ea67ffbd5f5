"""Which devices a record shows in full, and the row that each of the others has.

Of up to 50 devices all are shown in full. Of more: those that did wrong, that were not recovered or
that an attacker changed for good, and for each type the first that is well. Thousands that went
alike would say the same thousands of times: of these there is a row, `csv/` has their checks and
cells, and the ledger everything.
"""

from collections.abc import Hashable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from firmware_sim.bench.evidence.accounts.attacks import DeviceAttack
from firmware_sim.bench.evidence.record_rows import CellHistory, Contents, DeviceRecord
from firmware_sim.bench.outcome import Verdict

if TYPE_CHECKING:
    from firmware_sim.bench.evidence.record import RunRecord

WHOLE_LIMIT: Final = 50
"""Up to so many devices all are shown in full."""

FULL_LIMIT: Final = 200
"""At most so many of a larger run, and one more for each type."""

COLUMNS: Final = (
    "entity", "type", "premises", "verdict", "outcome", "cells", "image_before", "image_after",
    "responsible_supplier", "network_operator", "smi_status", "relevant",
)  # fmt: skip
"""Of a device's row; `cells` is a number in `cell_codes`."""

_BAD: Final = (Verdict.FAILED, Verdict.ERROR)


def devices_in_full(record: "RunRecord") -> frozenset[str]:
    """The Entity Identifiers of the devices that are shown in full."""
    if len(record.devices) <= WHOLE_LIMIT:
        return frozenset(device.entity for device in record.devices)
    odd = _odd(record)
    chosen = [device.entity for device in record.devices if device.entity in odd][:FULL_LIMIT]
    good = [device for device in reversed(record.devices) if device.entity not in odd]
    well = {device.type: device.entity for device in good}
    return frozenset((*chosen, *well.values()))


def rows_of_others(record: "RunRecord", full: frozenset[str]) -> dict[str, Any]:
    """The devices that are not shown in full, a row each; what cells hold stands once."""
    codes: dict[Hashable, int] = {}
    found: list[list[dict[str, Any]]] = []
    rows = []
    for device in record.devices:
        if device.entity in full:
            continue
        held = tuple(map(_code, device.cells))
        if held not in codes:
            codes[held] = len(found)
            found.append(list(map(cell_as_json, device.cells)))
        rows.append(list(_row(record, device, codes[held])))
    return {"columns": list(COLUMNS), "rows": rows, "cell_codes": found}


def cell_as_json(cell: CellHistory) -> dict[str, Any]:
    """A cell before and after, with what follows from both."""
    return asdict(cell) | {"change": cell.change, "sources_agree": cell.sources_agree}


def _odd(record: "RunRecord") -> set[str]:
    odd = {device.entity for device in record.devices if device.verdict in _BAD}
    odd.update(each.device for each in record.outcomes.values() if each.outcome != "recovered")
    odd.update(each.device for each in record.accounts.all(DeviceAttack) if each.lost)
    return odd


def _row(record: "RunRecord", device: DeviceRecord, cells: int) -> Iterator[Any]:
    outcome, standing = record.outcomes.get(device.entity), record.standings.get(device.entity)
    yield from (device.entity, device.type, device.premises, record.verdict_of(device))
    yield None if outcome is None else outcome.outcome
    yield from (cells, device.image_before, device.image_after)
    if standing is None:
        yield from (None, None, None, None)
    else:
        yield from (standing.responsible_supplier, standing.network_operator)
        yield from (standing.smi_status, standing.relevant)


def _code(cell: CellHistory) -> Hashable:
    return cell.cell, _side(cell.before), _side(cell.after), cell.proven, cell.has_use


def _side(side: dict[str, Contents]) -> Hashable:
    return tuple([(name, item.subject, item.key_identifier) for name, item in side.items()])
