"""YAML of others: whatever it holds is a value or a mistake of its author, and soon so."""

import time

import pytest
from pydantic import ValidationError

from firmware_sim.bench.files.strict_yaml import MAX_OCTETS, MistakesError, load_yaml
from firmware_sim.bench.files.terms import Strict
from firmware_sim.bench.files.yaml_aliases import MOST_VALUES
from firmware_sim.bench.files.yaml_mistakes import mistakes_in, quoted

_NESTED = "".join(
    f" - &{letter} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
)


class Small(Strict):
    """A file with two keys."""

    name: str
    kind: str = ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("9" * 5_000, "a number of over 100 characters"),
        ("-" + "9" * 5_000, "a number of over 100 characters"),
        ("0x" + "f" * 5_000, "a number of over 100 characters"),
        ("0b" + "1" * 20_000, "a number of over 100 characters"),
        ("1:" + ":".join(["59"] * 3_000), "a number of over 100 characters"),
        ("1." + "9" * 5_000, "a number of over 100 characters"),
        ("!!int x", "this is no whole number"),
        ("!!int ''", "this is no whole number"),
        ("!!int _", "this is no whole number"),
        ("!!float x", "this is no number"),
        ("!!float ''", "this is no number"),
        ("!!bool x", "this is no truth value"),
        ("!!timestamp x", "this is no time"),
        ("!!map x", "expected a mapping node"),
        ("!!seq x", "expected a sequence node"),
        ("!!set x", "expected a mapping node"),
        ('"\\U00110000"', "there is no such character"),
        ('"\\UFFFFFFFF"', "there is no such character"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_mistake_with_its_line(value: str, words: str) -> None:
    with pytest.raises(MistakesError, match=words) as caught:
        load_yaml(f"name: x\nkind: {value}\n", "a.yaml")
    assert [each.line for each in caught.value.mistakes] == [2]


@pytest.mark.parametrize("value", [".inf", "-.INF", ".nan", "1.0e+999"])
def test_what_is_no_number_is_never_offered_as_one(value: str) -> None:
    _, _, mistakes = load_yaml(f"kind: {value}\n", "a.yaml")
    assert [each.text for each in mistakes] == [f"{value} is no number; write one in digits"]


@pytest.mark.parametrize(
    "text",
    [
        f"- &a [x, x, x, x, x, x, x, x, x]\n{_NESTED}".replace("\n -", "\n-").replace(" - ", "- "),
        "a: &a {k: 1, l: 2}\n"
        + "".join(
            f"{letter}: &{letter} {{{', '.join(f'{n}: *{before}' for n in range(9))}}}\n"
            for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "- &a {"
        + ", ".join(f"k{n}: 1" for n in range(999))
        + "}\n"
        + "".join(
            f"- &{letter} {{<<: [{', '.join([f'*{before}'] * 9)}]}}\n"
            for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
        ),
    ],
    ids=["lists", "mappings", "merged"],
)
def test_aliases_make_no_large_value_of_a_small_file(text: str) -> None:
    assert len(text) < 20_000
    begin = time.process_time()
    with pytest.raises(MistakesError, match=f"aliases make over {MOST_VALUES} values"):
        load_yaml(text, "a.yaml")
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("text", ["&a [*a]", "k: &a {b: *a}", "k: &a {<<: *a}", "&a [[[*a]]]"])
def test_no_value_contains_itself(text: str) -> None:
    with pytest.raises(MistakesError, match="an alias stands in what it stands for"):
        load_yaml(text, "a.yaml")


def test_an_alias_that_repeats_a_value_is_obeyed() -> None:
    _, value, mistakes = load_yaml("a: &x [1, 2]\nb: *x\nc: {d: *x, e: *x}\n", "a.yaml")
    assert value == {"a": [1, 2], "b": [1, 2], "c": {"d": [1, 2], "e": [1, 2]}}
    assert not mistakes


def test_the_fullest_file_without_an_alias_is_not_refused_for_its_values() -> None:
    text = "{" + "a," * ((MAX_OCTETS - 2) // 2) + "}"
    _, value, _ = load_yaml(text[:20_000] + "}", "a.yaml")
    assert value == {"a": None}
    assert len(text) == MAX_OCTETS
    assert 2 * text.count("a") + 1 <= MOST_VALUES


def test_ten_thousand_unknown_keys_are_told_in_seconds() -> None:
    root, value, _ = load_yaml("".join(f"nam{n}: 1\n" for n in range(10_000)), "a.yaml")
    with pytest.raises(ValidationError) as caught:
        Small.model_validate(value)
    begin = time.process_time()
    mistakes = mistakes_in(caught.value, root, Small)
    assert time.process_time() - begin < 10  # 25 seconds when each key was looked for in all
    assert len(mistakes) == 10_001
    assert [each.line for each in mistakes[1:]] == list(range(1, 10_001))


def test_what_an_author_wrote_is_never_long_in_a_sentence() -> None:
    nested: object = "x"
    for _ in range(40):
        nested = [nested] * 9
    assert len(quoted(nested)) < 1_000
    assert len(quoted("x" * 100_000)) < 100
    assert quoted("supplier") == "'supplier'"
