"""A failing sequence or case is made as small as its failure allows, in bounded time."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.bench.experiments.campaign.shrinking import shortest, simplest

ITEMS = st.integers(1, 60)


@given(ITEMS, st.data())
def test_shortest_sequence_is_what_the_failure_needs_and_no_more(
    length: int, data: st.DataObject
) -> None:
    needed = data.draw(st.sets(st.integers(0, length - 1), min_size=1, max_size=5))
    found = shortest(range(length), lambda fewer: needed <= set(fewer))
    assert found == tuple(sorted(needed))


@given(ITEMS, st.data())
def test_no_single_item_can_be_left_out_of_a_failure_that_is_not_monotone(
    length: int, data: st.DataObject
) -> None:
    first, second = (data.draw(st.integers(0, length - 1)) for _ in range(2))

    def fails(items: tuple[int, ...]) -> bool:
        """A pair that must come with an even number of others."""
        return {first, second} <= set(items) and (len(items) - len({first, second})) % 2 == 0

    if fails(tuple(range(length))):
        found = shortest(range(length), fails)
        assert fails(found)
        assert not any(fails(found[:at] + found[at + 1 :]) for at in range(len(found)))


@given(st.integers(1, 200), st.integers(0, 30))
def test_shrinking_asks_no_more_often_than_it_may_and_never_about_nothing(
    length: int, most: int
) -> None:
    asked: list[tuple[int, ...]] = []

    def fails(items: tuple[int, ...]) -> bool:
        asked.append(items)
        return 0 in items

    found = shortest(range(length), fails, most_tries=most)
    assert 0 in found
    assert len(asked) <= most
    assert () not in asked


def test_hundred_items_of_which_one_matters_take_few_tries() -> None:
    tries = 0

    def fails(items: tuple[int, ...]) -> bool:
        nonlocal tries
        tries += 1
        return 61 in items

    assert shortest(range(100), fails) == (61,)
    assert tries < 20


def halves(number: int) -> Iterator[int]:
    yield number // 2
    yield number - 1


def test_simplest_case_is_one_of_which_no_simpler_fails() -> None:
    assert simplest(1000, halves, lambda number: number >= 70, most_steps=100) == 70


def test_simplifying_ends_after_the_most_steps() -> None:
    assert simplest(1000, halves, lambda number: number >= 70, most_steps=2) == 250
