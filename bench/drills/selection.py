"""How a story names cells and generations: ``all``, a role, or one cell."""

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import AfterValidator

from gbcs.roles import RemotePartyRole, TrustAnchorCellId

ALL = "all"

_ROLES = {role.label: role for role in RemotePartyRole}


def _checked(text: str) -> str:
    if text != ALL and text not in _ROLES:
        try:
            TrustAnchorCellId.parse(text)
        except ValueError:
            raise ValueError(
                f"{text!r} is neither 'all', nor a role such as supplier, nor a cell such as "
                "supplier.KA.PP"
            ) from None
    return text


CellSelector = Annotated[str, AfterValidator(_checked)]


def selects(selector: str, cell: TrustAnchorCellId) -> bool:
    """Whether a selector of a story means that cell."""
    return selector == ALL or _ROLES.get(selector) is cell.role or selector == str(cell)


def selected_cells(
    selectors: Collection[str], cells: Collection[TrustAnchorCellId]
) -> tuple[TrustAnchorCellId, ...]:
    """Those of `cells` that any selector means, in the order in which cells are numbered."""
    chosen = (cell for cell in cells if any(selects(text, cell) for text in selectors))
    return tuple(sorted(chosen, key=cell_order))


def generation_of(cell: TrustAnchorCellId, generations: Mapping[str, int]) -> int | None:
    """The generation that a story expects in a cell: the last selector that means it decides."""
    found = [number for text, number in generations.items() if selects(text, cell)]
    return found[-1] if found else None


def cell_order(cell: TrustAnchorCellId) -> tuple[int, int, int]:
    """A key to sort cells with: role, then key usage, then cell usage."""
    return cell.role, cell.key_usage.value, cell.cell_usage
