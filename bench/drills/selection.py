"""How a story names cells and generations: ``all``, a role, or one cell."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Annotated, TypeVar

from pydantic import AfterValidator, WithJsonSchema

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.files.yaml_mistakes import quoted, suggestion
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.gbcs.roles import ROOT_CELL, KeyUsage, RemotePartyRole, TrustAnchorCellId

ALL = "all"

T = TypeVar("T")

_ROLES = {role.label: role for role in RemotePartyRole}
_CELLS = [*map(str, (ROOT_CELL, *PARTY_CELLS))]


def _checked(text: str) -> str:
    if text != ALL and text not in _ROLES:
        try:
            TrustAnchorCellId.parse(text)
        except ValueError:
            near = suggestion(text, (ALL, *_ROLES, *map(str, PARTY_CELLS)))
            raise ValueError(
                f"{quoted(text)} is neither 'all', nor a role such as supplier, nor a cell such as "
                f"supplier.KA.PP{near}"
            ) from None
    return text


CellSelector = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "enum": [ALL, *_ROLES, *_CELLS]}),
]


def selects(selector: str, cell: TrustAnchorCellId) -> bool:
    """Whether a selector of a story means that cell."""
    return selector == ALL or _ROLES.get(selector) is cell.role or selector == str(cell)


def selected_cells(
    selectors: Collection[str], cells: Collection[TrustAnchorCellId]
) -> tuple[TrustAnchorCellId, ...]:
    """Those of `cells` that any selector means, in the order in which cells are numbered."""
    return _selected(tuple(selectors), frozenset(cells))


def meant_for(cell: TrustAnchorCellId, entries: Mapping[str, T]) -> T | None:
    """What a story says of a cell: the last selector that means it decides; None if none does."""
    decisive = _last_for(cell, tuple(entries))
    return None if decisive is None else entries[decisive]


def idle_selectors(selectors: Iterable[str], cells: Collection[TrustAnchorCellId]) -> list[str]:
    """Those selectors that mean none of `cells`."""
    return [text for text in selectors if not any(selects(text, cell) for cell in cells)]


def require_matches(selectors: Iterable[str], cells: Collection[TrustAnchorCellId]) -> None:
    """Check that every selector means one of `cells` at least.

    Raises:
        BenchError: one means none: a statement about no cell would always hold.
    """
    idle = idle_selectors(selectors, cells)
    if idle:
        raise BenchError(
            f"no device concerned has a cell {' or '.join(map(repr, idle))}",
            "name cells that the devices of this step have",
        )


def asking_cell(role: RemotePartyRole) -> TrustAnchorCellId:
    """The cell with which a device checks a read back: a MAC of the Broker, else a signature."""
    broker = role is RemotePartyRole.ACCESS_CONTROL_BROKER
    return TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT if broker else KeyUsage.DIGITAL_SIGNATURE)


# A step asks the same of every device, and devices of a type have the same cells.
@lru_cache(maxsize=1024)
def _selected(
    selectors: tuple[str, ...], cells: frozenset[TrustAnchorCellId]
) -> tuple[TrustAnchorCellId, ...]:
    chosen = (cell for cell in cells if any(selects(text, cell) for text in selectors))
    return tuple(sorted(chosen, key=cell_order))


@lru_cache(maxsize=1024)
def _last_for(cell: TrustAnchorCellId, selectors: tuple[str, ...]) -> str | None:
    return next((text for text in reversed(selectors) if selects(text, cell)), None)


def cell_order(cell: TrustAnchorCellId) -> tuple[int, int, int]:
    """A key to sort cells with: role, then key usage, then cell usage."""
    return cell.role, cell.key_usage.value, cell.cell_usage
