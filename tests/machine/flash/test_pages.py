"""Pages hold what a plain array of octets would, wherever a write begins and ends."""

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.machine.flash.pages import Pages

SIZE, PAGE = 64, 16


@given(st.lists(st.tuples(st.integers(0, SIZE), st.binary(max_size=SIZE)), max_size=6))
def test_what_was_written_is_read_whether_or_not_it_crosses_pages(
    writes: list[tuple[int, bytes]],
) -> None:
    pages, plain = Pages(SIZE, PAGE, 0xFF), bytearray(b"\xff" * SIZE)
    before = pages.snapshot()
    for start, octets in writes:
        fitting = octets[: SIZE - start]
        pages.write(start, fitting)
        plain[start : start + len(fitting)] = fitting
    assert pages.all() == plain
    assert {len(page) for page in pages.snapshot()} == {PAGE}
    assert all(pages.read(start, SIZE - start) == plain[start:] for start in range(SIZE))
    pages.restore(before)
    assert pages.all() == b"\xff" * SIZE
