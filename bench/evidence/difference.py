"""Where a run is not what its manifest, its chain or its own messages say; the first such place."""

from typing import NamedTuple


class Difference(NamedTuple):
    """One place at which something was altered.

    Attributes:
        file: inside the run's folder.
        row: of the ledger: its table and its place in the chain, or its number; None elsewhere.
        field: the path of a value, e.g. ``checks[3].verdict``; None if it cannot be told.
        problem: what is wrong there, in words that follow the name of the file.
    """

    file: str
    row: str | None = None
    field: str | None = None
    problem: str = ""

    def __str__(self) -> str:
        place = ", ".join(filter(None, (self.file, self.row, self.field)))
        return f"{place}: {self.problem}" if self.problem else place


class AlteredError(Exception):
    """A run is not as it was; says where.

    Args:
        others: further files of which this is known, in order of name.
    """

    def __init__(self, difference: Difference, others: tuple[Difference, ...] = ()) -> None:
        self.difference = difference
        self.others = others
        super().__init__(str(difference))


def first_difference(mine: object, theirs: object, path: str = "") -> str | None:
    """The path of the first value that differs between two JSON documents; None if none does."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in (*mine, *(each for each in theirs if each not in mine)):
            inner = f"{path}.{key}" if path else str(key)
            if key not in mine or key not in theirs:
                return inner
            if (found := first_difference(mine[key], theirs[key], inner)) is not None:
                return found
        return None
    if isinstance(mine, list) and isinstance(theirs, list):
        for number, (left, right) in enumerate(zip(mine, theirs, strict=False)):
            if (found := first_difference(left, right, f"{path}[{number}]")) is not None:
                return found
        return None if len(mine) == len(theirs) else f"{path}[{min(len(mine), len(theirs))}]"
    # A number is not a truth value, though Python calls 1 and True equal.
    return None if (type(mine), mine) == (type(theirs), theirs) else path
