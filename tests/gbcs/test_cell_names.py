"""Names of Trust Anchor Cells, and what is said of a text that is none."""

import pickle

import pytest

from firmware_sim.gbcs.roles import TrustAnchorCellId, UnknownCellError


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("suplier.DS", "'suplier.DS' names no Trust Anchor Cell; did you mean 'supplier.DS'?"),
        ("zzz", "'zzz' names no Trust Anchor Cell, e.g. supplier.DS"),
        ("", "'' names no Trust Anchor Cell, e.g. supplier.DS"),
    ],
)
def test_a_name_that_is_none_is_answered_by_the_one_that_is_near(text: str, said: str) -> None:
    with pytest.raises(UnknownCellError) as caught:
        TrustAnchorCellId.parse(text)
    assert str(caught.value) == said
    assert str(pickle.loads(pickle.dumps(caught.value))) == said


def test_a_text_of_any_length_is_not_compared() -> None:
    with pytest.raises(UnknownCellError) as caught:
        TrustAnchorCellId.parse("supplier.DS" * 100_000)
    assert str(caught.value).endswith(", e.g. supplier.DS")
