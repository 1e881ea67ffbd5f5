"""Octets in immutable pages, shared until they change.

A thousand memories that start from one cost a list each, and a snapshot costs no copying.
"""

from collections.abc import Sequence


class Pages:
    """A fixed number of octets, blank at first.

    Args:
        size: octets in all, a multiple of `page_octets`.
        page_octets: how much is copied when an octet changes.
        blank: the value of a blank octet.
    """

    __slots__ = ("_blank", "_page_octets", "_pages")

    def __init__(self, size: int, page_octets: int, blank: int) -> None:
        self._page_octets = page_octets
        self._blank = bytes((blank,)) * page_octets
        self._pages = [self._blank] * (size // page_octets)

    def read(self, start: int, length: int) -> bytes:
        """`length` octets from `start`, which must lie inside."""
        page, offset = divmod(start, self._page_octets)
        end = offset + length
        if end <= self._page_octets:
            return self._pages[page][offset:end]
        last = page + (end - 1) // self._page_octets
        return b"".join(self._pages[page : last + 1])[offset:end]

    def write(self, start: int, octets: bytes) -> None:
        """Put `octets` at `start`."""
        if not octets:
            return
        size, pages = self._page_octets, self._pages
        first, offset = divmod(start, size)
        last, end = divmod(start + len(octets) - 1, size)
        new = b"".join((pages[first][:offset], octets, pages[last][end + 1 :]))
        if first == last:
            pages[first] = new
        else:
            pages[first : last + 1] = [new[at : at + size] for at in range(0, len(new), size)]

    def clear(self, start: int, length: int) -> None:
        """Make whole pages blank."""
        first, count = start // self._page_octets, length // self._page_octets
        if count == 1:
            self._pages[first] = self._blank
        else:
            self._pages[first : first + count] = [self._blank] * count

    def all(self) -> bytes:
        """Everything."""
        return b"".join(self._pages)

    def snapshot(self) -> tuple[bytes, ...]:
        """The present contents, to come back to with `restore`."""
        return tuple(self._pages)

    def restore(self, pages: Sequence[bytes]) -> None:
        """Return to a snapshot of a memory of the same size."""
        self._pages[:] = pages
