"""The check digit of a UTRN: Verhoeff's scheme as GBCS 14.8 varies it.

It finds each wrong digit and each swap of neighbours; against a forger it is no protection.
"""

_FIRST_ROW = 4
_ROWS = 8
_FIVE = 5
# What each digit becomes in row 1; row r is that, r times over.
_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
# The last step; Verhoeff's own takes the inverse in the dihedral group.
_LAST = (1, 2, 6, 7, 5, 8, 3, 0, 9, 4)


def check_digit(digits: str) -> str:
    """The digit that follows these decimal digits; in a UTRN there are 19 of them."""
    sum_ = 0
    for place, digit in enumerate(digits):
        sum_ = _product(sum_, _ROW[(_FIRST_ROW + place) % _ROWS][int(digit)])
    return str(_LAST[sum_])


def _product(left: int, right: int) -> int:
    """In the dihedral group D5: 0 to 4 are rotations, 5 to 9 reflections."""
    turn = right % _FIVE
    is_reflected = left >= _FIVE
    rotation = (left - turn if is_reflected else left + turn) % _FIVE
    return rotation + _FIVE * (is_reflected != (right >= _FIVE))


def _rows() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(10))]
    while len(rows) < _ROWS:
        rows.append(tuple(_PERMUTATION[digit] for digit in rows[-1]))
    return tuple(rows)


_ROW = _rows()
