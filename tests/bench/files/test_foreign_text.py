"""Text of others as it is shown: what acts or hides is written out, what is read stays."""

import re
import sys
from unicodedata import bidirectional, category

import pytest

from firmware_sim.bench.files.foreign_text import in_a_cell, in_one_line, visible

TURNING = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F]
ZERO_WIDTH = [0x00AD, 0x034F, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xE0041]
BREAKING = [0x2028, 0x2029, 0x0085, 0x000B, 0x000C]


@pytest.mark.parametrize("code", TURNING + ZERO_WIDTH + BREAKING, ids=hex)
def test_what_turns_hides_or_breaks_a_line_is_written_out(code: int) -> None:
    shown = visible(f"a{chr(code)}b")
    assert shown.isascii()
    assert shown.isprintable()
    assert f"{code:x}" in shown


def test_no_character_that_sets_a_direction_passes() -> None:
    """By the Unicode Character Database, and not by our own list."""
    setting = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    found = [each for each in map(chr, range(sys.maxunicode)) if bidirectional(each) in setting]
    assert len(found) == 9
    assert all(visible(each).isascii() for each in found)


def test_every_control_of_ascii_and_latin_1_is_written_out() -> None:
    for each in map(chr, range(0x100)):
        if category(each) == "Cc" and each not in "\n\t":
            assert visible(each).isprintable()


@pytest.mark.parametrize("text", ["", "Zähler 1", "Σ = 3 €", "متر", "電力", "a\n\tb", "a\u00a0b"])
def test_what_people_read_stays(text: str) -> None:
    assert visible(text) == text


def test_any_text_that_is_shown_is_legal_in_xml() -> None:
    """XML 1.0, section 2.2, Char."""
    illegal = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    assert not illegal.search(visible("".join(map(chr, range(sys.maxunicode + 1)))))


def test_one_line_is_one_line() -> None:
    assert in_one_line("a\x1b[2J\r\nb\u009b\udcff\u202e\t") == (
        "a\\x1b[2J\\r\\nb\\x9b\\udcff\\u202e\\t"
    )
    assert in_one_line("Zähler 1") == "Zähler 1"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+44", "'+44"),
        ("-5", "'-5"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("", ""),
        ("a=1", "a=1"),
        ("\x1b[2J\0", "\\x1b[2J\\x00"),
        ("\u202excod", "\\u202excod"),
    ],
)
def test_a_cell_of_a_spreadsheet_holds_no_formula_and_nothing_unseen(text: str, cell: str) -> None:
    assert in_a_cell(text) == cell
